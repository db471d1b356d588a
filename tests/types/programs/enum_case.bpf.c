/* Enumerators as case labels, bit-field widths, and in the preprocessor's eyes. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct narrow {
	u32 field : DANCE_TREMBLE;
	u32 other : HIVE_EVENT_SWARM - CASTE_COUNT;
} narrow;

_Static_assert(__FORAGE_MAX == 3, "enumerators in assertions");

SEC("tc")
int values(struct __sk_buff *skb)
{
	switch (skb->mark) {
	case TEMPER_SLEEPY:
		return 1;
	case WIDE_FLAG_LOW ... BPF_MAP_TYPE_ARRAY:
		return narrow.field;
	}
	return 0;
}
