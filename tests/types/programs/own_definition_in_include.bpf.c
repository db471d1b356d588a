/* The definition of a struct the header only declares comes from another header. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "ghost.h"

SEC("tc")
int count(struct __sk_buff *skb)
{
	struct ghost *ghost = (void *)bpf_get_current_task_btf();

	return ghost->visible + ghost->friends->caste;
}
