/* A typedef of a pointer to a struct that has no body in the header. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

pollen_stock_t stock;

SEC("tc")
int use(struct __sk_buff *skb)
{
	return bpf_core_type_exists(pollen_stock_t) + (stock == (void *)skb);
}
