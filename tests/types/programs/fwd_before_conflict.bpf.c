/*
 * A static function's parameter of a type first seen there: a slice without the header's forward
 * declaration would give it a type of its own (-Wvisibility).
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

static __noinline int look(const struct assoc_array *array, struct net_device *device)
{
	return array == (void *)device;
}

int (*volatile looks)(const struct assoc_array *, struct net_device *);

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct assoc_array *a = (void *)bpf_get_current_task_btf();
	struct net_device *d = (void *)skb;

	return look(a, d);
}
