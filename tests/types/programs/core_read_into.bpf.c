/* The other readers: into a variable, strings, user memory, and through pointers to pointers. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

SEC("tc")
int chain(struct __sk_buff *skb)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	char name[16];
	struct flight_stats stats;
	scent_t scent;
	struct deep_a *a = (void *)task;
	struct deep_e *e;

	BPF_CORE_READ_INTO(&stats, task, hive, queen, stats);
	BPF_CORE_READ_STR_INTO(&name, task, hive, colony, limits, season, name);
	BPF_CORE_READ_INTO(&scent, task, hive, queen, partner, scent);
	BPF_CORE_READ_INTO(&e, a, b, c, d, e[0]);
	return stats.best.sugar + name[0] + scent[3] + BPF_CORE_READ(e, bottom) +
	       BPF_PROBE_READ_USER(task, mm, mm_users.counter);
}
