/*
 * Fields of map values that the kernel finds by the name of their type: locks, timers, kptrs, lists
 * and trees. A slice that only declares them does not compile; kptrs' pointees must be complete.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define __contains(name, node) __attribute__((btf_decl_tag("contains:" #name ":" #node)))
#define private(name) SEC(".data." #name) __hidden __attribute__((aligned(8)))

struct node_data {
	struct egg egg;
	struct bpf_list_node list;
	struct bpf_rb_node tree;
};

struct value {
	struct bpf_spin_lock lock;
	struct bpf_timer timer;
	struct colony __kptr *colony;
	struct season __kptr_untrusted *season;
	struct smoker __percpu_kptr *smoker;
	struct bpf_list_head list __contains(node_data, list);
	struct bpf_rb_root root __contains(node_data, tree);
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, struct value);
} values SEC(".maps");

private(A) struct bpf_spin_lock global_lock;
private(A) struct bpf_list_head global_list __contains(node_data, list);

SEC("tc")
int use(struct __sk_buff *skb)
{
	u32 key = 0;
	struct value *value = bpf_map_lookup_elem(&values, &key);

	if (value) {
		bpf_spin_lock(&value->lock);
		bpf_spin_unlock(&value->lock);
		return bpf_kptr_xchg(&value->colony, (void *)0) != 0;
	}
	return 0;
}
