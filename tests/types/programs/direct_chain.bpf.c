/* Plain dereferences through many structs, where nothing names a struct between the ends. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tc")
int chain(struct __sk_buff *skb)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct deep_a *a = (void *)task;

	return task->mm->exe_file->f_path.dentry->d_parent->d_inode->i_blocks +
	       task->hive->queen->last_flower->meadow->beds[3].neighbours[1]->pollen.scent[2] +
	       task->hive->combs[2]->rows[1].cells[4].larva->home->egg.age +
	       (*(*a).b[0].c->d->e)->a->b->width + a->b->c->ds[1].depth;
}
