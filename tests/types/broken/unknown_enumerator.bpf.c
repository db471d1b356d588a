/* An enumerator that is not there, beside one that is. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tc")
int use(struct __sk_buff *skb)
{
	return CASTE_DRONE + CASTE_WASP;
}
