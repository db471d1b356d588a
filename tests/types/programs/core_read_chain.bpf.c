/*
 * BPF_CORE_READ names members only; the structs between are found through the members' types,
 * each of which must be complete because the next member's name follows.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

SEC("tc")
int chain(struct __sk_buff *skb)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u64 sum = BPF_CORE_READ(task, mm, exe_file, f_inode, i_ino);

	sum += BPF_CORE_READ(task, mm, exe_file, f_path.dentry, d_name.len);
	sum += BPF_CORE_READ(task, hive, visit.calm.smoker, heat);
	sum += BPF_CORE_READ(task, hive, keeper, favourite, weight);
	sum += BPF_CORE_READ(task, hive, queen, stats.best.volume);
	return sum;
}
