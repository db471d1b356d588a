/*
 * As above, where the struct is reached through a member of a kernel struct: the member's type and
 * the program's must be one.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct pollen_stock {
	u32 jars;
};

SEC("tc")
int count(struct __sk_buff *skb)
{
	return bpf_get_current_task_btf()->hive->stock->jars;
}
