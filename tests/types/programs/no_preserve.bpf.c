/*
 * With BPF_NO_PRESERVE_ACCESS_INDEX nothing is relocated. A slice must keep that condition around
 * the pragma, and must not add the attribute by other means.
 */
#define BPF_NO_PRESERVE_ACCESS_INDEX
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

SEC("tc")
int plain(struct __sk_buff *skb)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return task->pid + BPF_CORE_READ(task, tgid) + task->mm->owner->pid;
}
