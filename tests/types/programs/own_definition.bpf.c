/*
 * Structs the header only declares, and the program defines: they inherit preserve_access_index
 * from the declaration. Without it these accesses silently lose their relocations.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct pollen_stock {
	u32 jars;
	struct colony *colony;
};

struct ghost {
	int visible;
	struct pollen_stock *haunts;
};

union phantom {
	u64 word;
	struct ghost *ghost;
};

SEC("tc")
int count(struct __sk_buff *skb)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct ghost *ghost = (void *)task->hive;
	union phantom *phantom = (void *)ghost;

	return ghost->visible + ghost->haunts->jars + (u32)phantom->word;
}
