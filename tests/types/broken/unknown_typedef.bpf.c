/* Two errors about one word, which could have been a typedef of the header. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tc")
int use(struct __sk_buff *skb)
{
	wasp_ptr_t wasp = (void *)skb;

	return wasp->stripes;
}
