/* Members whose pointers carry btf_type_tag: rcu, user, percpu. The tags are part of the BTF. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct own {
	struct season __attribute__((btf_type_tag("rcu"))) *season;
	u64 __attribute__((btf_type_tag("percpu"))) *visits;
} own;

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct task_struct *task = bpf_get_current_task_btf();

	bpf_rcu_read_lock();
	skb->mark = task->cgroups->colony->bees + task->hive->scout->caste;
	bpf_rcu_read_unlock();
	return task->hive->label != 0 && task->hive->visits != own.visits;
}
