/*
 * What a call through a function pointer gives, asked about without naming it: a variable, a
 * parameter, a CO-RE question. Nothing of this needs the struct complete to compile, and with a
 * mere declaration libbpf looks for a "fwd" in the kernel and finds none.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

extern const typeof(*((struct hive_ops *)0)->advertise(0, 0)) kernel_dance __ksym;

__noinline int judge(typeof(((struct comb_ops *)0)->find(0, (cell_id_t){})) cell)
{
	return cell != 0;
}

SEC("tc")
int use(struct __sk_buff *skb)
{
	return bpf_core_type_id_kernel(typeof(*((comb_maker_t *)0)(0, 0))) + (long)&kernel_dance +
	       judge((void *)skb) + bpf_core_type_exists(typeof(*bpf_hive_lookup(0, 0)->arg));
}
