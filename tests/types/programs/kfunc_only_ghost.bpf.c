/*
 * A kfunc's parameter that the header itself only declares: it must stay declared, and nothing may
 * be invented for it.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tc")
int guard(struct __sk_buff *skb)
{
	return bpf_hive_guard((void *)0);
}
