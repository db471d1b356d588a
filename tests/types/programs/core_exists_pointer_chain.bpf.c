/* bpf_core_type_matches compares members and pointees: declared ones would match otherwise. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

SEC("tc")
int use(struct __sk_buff *skb)
{
	return bpf_core_type_matches(struct deep_a) + bpf_core_type_matches(struct hive_ops) * 2 +
	       bpf_core_type_matches(bee_done_t) * 4;
}
