/* Pragmas around the include change every layout in it: a slice must lie in the same place. */
#pragma pack(push, 2)
#include "vmlinux.h"
#pragma pack(pop)
#include <bpf/bpf_helpers.h>

struct queen_cell cell;

SEC("tc")
int use(struct __sk_buff *skb)
{
	return sizeof(struct flight_stats) * 100 + sizeof(struct weather) + cell.royal_jelly;
}
