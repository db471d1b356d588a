/*
 * Arrays of structs, of pointers, and pointers to arrays: an array's element must be complete even
 * behind a pointer, or the declaration does not compile.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct comb *comb = (void *)bpf_get_current_task_btf();
	struct counted *counted = (void *)comb;
	struct cell (*spare)[4] = comb->spare;
	struct flower *(*all)[4] = (void *)comb;

	return comb->marked[1]->feedings + (*spare)[2].honey.sugar + counted->items[2].grade +
	       comb->rows[3].cells[5].guard + (*all)[2]->petals + sizeof(*comb->spare);
}
