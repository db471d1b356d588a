/*
 * Structs named inside a function pointer that is a kfunc's parameter: through a typedef, through
 * a typedef that returns one, and written out. They must be complete as well.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tc")
int walk(struct __sk_buff *skb)
{
	return bpf_hive_walk((void *)0, (void *)0, (void *)0) + bpf_hive_make((void *)0, (void *)0) +
	       bpf_hive_each((void *)0, (void *)0, 0);
}
