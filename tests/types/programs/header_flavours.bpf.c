/*
 * The header has two structs of one name; bpftool prints the second as drone___2. Both are needed,
 * and neither may stand for the other.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

SEC("tc")
int flavour(struct __sk_buff *skb)
{
	struct drone *a = (void *)bpf_get_current_task_btf();
	struct drone___2 *b = (void *)a;

	return a->drone_id + b->season.end + bpf_core_type_size(struct drone___2);
}
