/* The name of a header comes from -D: only the compiler knows what it includes. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include WHICH_HEADER

SEC("tc")
int use(struct __sk_buff *skb)
{
	return from_computed((void *)bpf_get_current_task_btf());
}
