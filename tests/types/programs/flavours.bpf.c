/*
 * Flavours: structs and enums of the program's own whose names are the header's plus ___suffix.
 * They do not exist in the header, and what they are a flavour of may be needed too.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct task_struct___old {
	long older_state;
	struct hive *hive;
} __attribute__((preserve_access_index));

struct bee___v2 {
	struct season *season;
} __attribute__((preserve_access_index));

enum caste___new {
	CASTE_SOLDIER___new = 7,
};

SEC("tc")
int flavour(struct __sk_buff *skb)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_struct___old *old = (void *)task;
	struct bee___v2 *bee = (void *)task;

	if (bpf_core_field_exists(old->older_state))
		return old->older_state + old->hive->weight;
	if (bpf_core_type_exists(struct bee___v2))
		return bee->season->start;
	if (bpf_core_enum_value_exists(enum caste___new, CASTE_SOLDIER___new))
		return bpf_core_enum_value(enum caste___new, CASTE_SOLDIER___new);
	return task->state;
}
