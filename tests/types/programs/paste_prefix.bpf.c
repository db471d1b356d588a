/* One parameter behind a prefix and before a suffix: tags, members, enumerators and typedefs. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define EVENT(name) struct trace_event_raw_##name
#define VALUE(name) CASTE_##name
#define GRADE(name) name##_grade_t
#define COLONY(field) field##_max
#define SIZED(bits) u##bits

SEC("tc")
int paste(struct __sk_buff *skb)
{
	EVENT(bee_return) *event = (void *)bpf_get_current_task_btf();
	struct colony_limits *limits = (void *)event;
	GRADE(honey) grade = event->crop.grade;
	SIZED(16) water = event->crop.water;

	return VALUE(DRONE) + grade + limits->COLONY(bees) + water;
}
