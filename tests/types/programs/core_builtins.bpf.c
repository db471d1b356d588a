/* Every type-based and field-based question CO-RE can ask, about types named nowhere else. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct season___match {
	u32 start;
	u32 end;
};

SEC("tc")
int use(struct __sk_buff *skb)
{
	u64 sum = 0;
	struct nest *nest = (void *)skb;

	sum += bpf_core_type_exists(struct smoker);
	sum += bpf_core_type_matches(struct season___match);
	sum += bpf_core_type_matches(struct keeper);
	sum += bpf_core_type_size(union honey_or_wax);
	sum += bpf_core_type_id_local(struct queen_cell);
	sum += bpf_core_type_id_kernel(struct css_set);
	sum += bpf_core_type_exists(enum hive_event);
	sum += bpf_core_type_id_kernel(pollen_stock_t);
	sum += bpf_core_field_exists(struct dance, next);
	sum += bpf_core_field_offset(struct flower, meadow);
	sum += bpf_core_field_size(struct weather, layers[1]);
	sum += bpf_core_field_exists(nest->parts[1].u.leaf.thorn->venom);
	return sum;
}
