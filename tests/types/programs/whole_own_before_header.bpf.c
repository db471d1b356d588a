/*
 * A struct defined before vmlinux.h is included, and declared in it: defined outside of the
 * pragma, it has no relocations, and the later declaration must not give it any.
 */
struct ghost {
	int visible;
};

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tc")
int count(struct __sk_buff *skb)
{
	struct ghost *ghost = (void *)bpf_get_current_task_btf();

	return ghost->visible;
}
