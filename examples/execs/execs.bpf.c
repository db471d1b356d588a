/*
 * Reports every program that is started. The tracepoint fires once the new program's memory is in
 * place, so the arguments are read from where the program itself will find them.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "execs.h"

#define ANY_UID (~0U)

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

const volatile unsigned int only_uid = ANY_UID;
unsigned long long lost = 0; /* events that found the ring buffer full */

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	unsigned int uid = (unsigned int)bpf_get_current_uid_gid();
	unsigned long start, size;
	struct exec_event *e;

	if (only_uid != ANY_UID && uid != only_uid)
		return 0;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	e->time = bpf_ktime_get_boot_ns();
	e->pid = task->tgid;
	e->ppid = task->real_parent->tgid;
	e->uid = uid;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	if (bpf_probe_read_kernel_str(e->filename, sizeof(e->filename), bprm->filename) < 0)
		e->filename[0] = '\0';

	start = task->mm->arg_start;
	size = task->mm->arg_end - start;
	e->args_size = size;
	if (size > sizeof(e->args))
		size = sizeof(e->args);
	if (bpf_probe_read_user(e->args, size, (const void *)start) < 0)
		e->args_size = 0;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
