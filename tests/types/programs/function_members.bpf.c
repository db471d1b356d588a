/* Function-pointer members: their types taken apart, called, their results dereferenced. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

typeof(((struct comb_ops *)0)->melt) melt;
typeof(((struct file_operations *)0)->poll((void *)0, (void *)0)->target->petals) petals;
typeof(((struct comb_ops *)0)->drain((void *)0, (void *)0)) drained;
comb_maker_t *maker;

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct hive_ops *ops = (void *)bpf_get_current_task_btf();
	struct file *file = (void *)ops;

	return (ops->advertise == 0) + (file->f_op->read != 0) +
	       bpf_core_field_exists(ops->swarm) + sizeof(ops->advertise(0, 0)->duration) + drained.sugar;
}
