/* One error, at the access: struct bee has no such member, in the header or in a slice of it. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct bee *bee = (void *)bpf_get_current_task_btf();

	return bee->antennae;
}
