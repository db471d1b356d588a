/* Members of unnamed structs and unions, several levels down, and of named ones without a tag. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct hive *hive = bpf_get_current_task_btf()->hive;
	struct qstr *name = (void *)hive;

	return hive->keeper->stings + hive->visit.calm.smoker->fuel + hive->visit.first->temper +
	       name->hash + name->len + BPF_CORE_READ(hive, queen, sting, venom) +
	       hive->inside->layers[2].depth + BPF_CORE_READ(hive, visit.calm.since) +
	       bpf_core_field_offset(struct hive, rent);
}
