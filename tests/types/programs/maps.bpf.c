/* Kernel structs as keys and values of maps, known through typeof of the map's members only. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, cell_id_t);
	__type(value, struct flight_stats);
} flights SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CASTE_COUNT);
	__type(key, enum caste);
	__type(value, struct larva *);
} larvae SEC(".maps");

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct queen_cell);
} inner SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, u32);
	__array(values, struct inner);
} outer SEC(".maps") = {.values = {&inner}};

SEC("tc")
int use(struct __sk_buff *skb)
{
	cell_id_t where = {.raw = 3};
	__auto_type flight = (typeof(flights.value))bpf_map_lookup_elem(&flights, &where);

	return flight ? flight->best.sugar : 0;
}
