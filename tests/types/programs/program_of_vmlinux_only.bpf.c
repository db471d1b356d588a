/* Nothing but vmlinux.h: no libbpf header, so that helpers are numbers and T is tiny. */
#include "vmlinux.h"

static void *(*const current)(void) = (void *)158;

__attribute__((section("tc"), used)) int use(struct __sk_buff *skb)
{
	struct task_struct *task = current();

	return task->mm->owner->hive->colony->limits->season->end;
}
