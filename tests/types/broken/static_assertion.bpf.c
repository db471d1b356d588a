/* A false assertion about a layout: its message shows the number that the whole header gives. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

_Static_assert(sizeof(struct egg) == 12, "an egg has three fields");

SEC("tc")
int use(struct __sk_buff *skb)
{
	return 0;
}
