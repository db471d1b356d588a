/* Typedefs of functions and of pointers to them, asked for and used as parameters. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

bee_done_t done;
visit_chooser_t chooser;
nectar_taker_t *takers[2];

static __noinline int with(bee_visit_fn visit, comb_maker_t *make)
{
	return visit != 0 && make != 0;
}

SEC("tc")
int use(struct __sk_buff *skb)
{
	return bpf_core_type_exists(bee_visit_fn) + bpf_core_type_exists(comb_maker_t) +
	       bpf_core_type_size(kfunc_callback_t) + with((void *)done, (void *)skb) +
	       bpf_core_type_id_kernel(visit_chooser_t);
}
