/* Typedefs of structs and of anonymous structs, unions and arrays, by value and by pointer. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

atomic_t refs;
cell_id_t where = {.row = 1, .column = 2};
scent_t scents[3];

SEC("tc")
int use(struct __sk_buff *skb)
{
	apiary_hive_ptr_t hive = (void *)bpf_get_current_task_btf();
	apiary_hive_t *other = hive;
	honey *jar = (void *)hive;

	return hive->queen->caste + other->colony->totals[1].died + jar->honey + refs.counter +
	       where.column + scents[1][2] + bpf_core_type_exists(cell_id_t);
}
