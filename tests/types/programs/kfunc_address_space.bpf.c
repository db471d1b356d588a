/* A kfunc whose prototype carries btf_type_tag attributes, before and behind the pointee. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tc")
int alloc(struct __sk_buff *skb)
{
	return bpf_meadow_alloc((void *)0, (void *)0, 1) != 0;
}
