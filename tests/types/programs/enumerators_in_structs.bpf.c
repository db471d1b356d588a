/* Enumerators of unnamed enums that the header defines inside a struct's body, two levels down. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

u8 room[QUEUE_FAST];

SEC("tc")
int use(struct __sk_buff *skb)
{
	return QUEUE_FULL + room[skb->mark & 3];
}
