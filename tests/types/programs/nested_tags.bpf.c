/*
 * Tags defined inside another struct's body: struct nest_leaf is part of struct nest, and the
 * outer must be there for the inner.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct colony_stats before;

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct nest_leaf *leaf = (void *)bpf_get_current_task_btf();

	return leaf->thorn->venom + before.born + bpf_core_type_size(struct nest_part);
}
