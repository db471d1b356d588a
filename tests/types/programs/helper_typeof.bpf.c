/* The type of a helper's result, taken without calling it. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

typeof(*bpf_get_current_task_btf()) *kept;

SEC("tc")
int chain(struct __sk_buff *skb)
{
	__auto_type task = bpf_get_current_task_btf();

	return task->real_parent->tgid;
}
