/* Global functions with kernel structs as parameters: the verifier checks callers by their BTF. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#undef __arg_trusted
#define __arg_trusted __attribute__((btf_decl_tag("arg:trusted")))

char LICENSE[] SEC("license") = "GPL";

__noinline int weigh(struct task_struct *task __arg_trusted)
{
	return task->pid + task->tgid;
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(on_wakeup, struct task_struct *task)
{
	return weigh(task) & 0;
}
