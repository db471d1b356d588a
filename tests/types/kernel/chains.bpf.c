/* Chains that the verifier follows through the kernel's types, and CO-RE chains by probing. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";
unsigned long sum;

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	struct task_struct *current = bpf_get_current_task_btf();

	sum += next->signal->oom_score_adj + prev->real_parent->pid + current->nsproxy->count.refs.counter;
	sum += BPF_CORE_READ(next, mm, exe_file, f_inode, i_ino);
	sum += BPF_CORE_READ(next, cgroups, subsys[0], cgroup, kn, id);
	return 0;
}
