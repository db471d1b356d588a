/* Two parameters pasted to one name, and three with a word between. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define JOIN(a, b) a##b
#define JOIN3(a, b) a##_##b
#define JOIN_MANY(a, b, c) a##_##b##_##c

SEC("tc")
int paste(struct __sk_buff *skb)
{
	struct JOIN(colony_, limits) *limits = (void *)bpf_get_current_task_btf();
	struct JOIN3(flight, stats) *stats = (void *)limits;
	struct JOIN3(frame, packed) *frame = (void *)limits;

	return limits->JOIN(honey, _max) + stats->metres + frame->height +
	       JOIN_MANY(HIVE, EVENT, FROST) + JOIN(TEMPER, _CALM);
}
