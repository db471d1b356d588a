/* A flavour for kernels that called a member otherwise, next to the kernel's own struct. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "GPL";

struct task_struct___ancient {
	long state;
} __attribute__((preserve_access_index));

long state;

SEC("raw_tp/sched_switch")
int look(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct task_struct___ancient *ancient = (void *)task;

	if (bpf_core_field_exists(task->__state))
		state = BPF_CORE_READ(task, __state);
	else
		state = BPF_CORE_READ(ancient, state);
	return 0;
}
