/* The header itself only declares struct wax: its size is unknown with any slice. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tc")
int use(struct __sk_buff *skb)
{
	return sizeof(struct wax);
}
