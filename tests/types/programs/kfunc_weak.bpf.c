/* A kfunc that is only looked for (bpf_ksym_exists), never called: its prototype is BTF as well. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tc")
int exists(struct __sk_buff *skb)
{
	return bpf_ksym_exists(bpf_hive_name);
}
