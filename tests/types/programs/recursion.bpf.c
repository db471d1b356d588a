/* Structs that reach themselves and one another: lists, trees, mutual pointers. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct nest nest;

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return task->real_parent->real_parent->children.next->prev->next != 0 &&
	       task->task_works->next->func != 0 && task->hive->node.rb_left->rb_right != 0 &&
	       BPF_CORE_READ(task, hive, queen, mother, mother, hive, queen, caste) &&
	       nest.outer->outer->parts[1].depth;
}
