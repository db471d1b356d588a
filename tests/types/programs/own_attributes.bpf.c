/*
 * A struct of the program's own, with and without preserve_access_index, that no header knows, and
 * that points to kernel structs.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct plain {
	struct weather *weather;
	struct season season;
};

struct relocated {
	struct weather *weather;
	struct plain *plain;
} __attribute__((preserve_access_index));

SEC("tc")
int count(struct __sk_buff *skb)
{
	struct relocated *r = (void *)bpf_get_current_task_btf();

	return r->plain->season.start + r->weather->celsius + r->plain->weather->wind.speed;
}
