/* Compound literals and designated initialisers, nested, with ranges. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

static __noinline int weigh(struct nectar *nectar)
{
	return nectar->volume;
}

struct comb_row row = {
	.cells = {[1 ... 3] = {.honey = {.sugar = 4}, .capped = 1}, [4].egg.laid = 2},
};

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct pollen_load load = (struct pollen_load){.scent = {[15] = 1}};

	return weigh(&(struct nectar){.volume = skb->mark, .grade = GRADE_AMBER}) + load.scent[15] +
	       ((cell_id_t){.row = skb->len}).raw + row.used;
}
