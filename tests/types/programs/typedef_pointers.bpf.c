/*
 * Typedefs to pointers, and to pointers to such typedefs, as variables and as members. The word
 * in the program is the typedef's; the struct behind it must be complete where it is dereferenced.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct own {
	bee_vec_t several;
	hive_ref_t hive;
	queen_cell_ptr_t cell;
};

SEC("tc")
int use(struct __sk_buff *skb)
{
	bee_ptr_t bee = (void *)bpf_get_current_task_btf();
	bee_vec_t swarm = bee->swarm;
	hive_ref_t hive = bee->hive;
	struct own *own = (void *)skb;

	return (*swarm)->caste + hive->weight + bee->partner->temper + hive->heirs->royal_jelly +
	       (*hive->foragers)->stats.metres + own->cell->heir->caste + (*own->several)->state;
}
