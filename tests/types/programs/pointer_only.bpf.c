/*
 * Kernel structs behind pointers the program never follows: fields of its maps' values, members of
 * its structs. What the BTF shows behind them is what the whole header gives.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct keeps {
	struct queen_cell *cell;
	const struct keeper *const *keepers;
	struct season *seasons[4];
	int (*call)(struct larva *, struct sting **);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct keeps);
} kept SEC(".maps");

struct keeps global;

SEC("tc")
int use(struct __sk_buff *skb)
{
	return bpf_map_lookup_elem(&kept, &skb->mark) != 0 && global.cell;
}
