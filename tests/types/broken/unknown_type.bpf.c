/* One error: a struct nothing declares, used by value. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct wasp wasp;

SEC("tc")
int use(struct __sk_buff *skb)
{
	return sizeof(struct wasp);
}
