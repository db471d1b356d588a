/*
 * A typedef of the header with another meaning: an error with the whole header, and so it must be
 * one with the slice.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

typedef struct hive *bee_ptr_t;

SEC("tc")
int use(struct __sk_buff *skb)
{
	bee_ptr_t p = (void *)bpf_get_current_task_btf();

	return p->weight;
}
