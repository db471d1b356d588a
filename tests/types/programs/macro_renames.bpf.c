/*
 * A macro of the program renames what the header declares: a define before the include changes
 * the header's own text. The slice must be changed alike.
 */
#define drone_id renamed_id
#define swarm swarm_renamed
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#undef swarm

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct drone *drone = (void *)bpf_get_current_task_btf();

	return drone->renamed_id + (drone->bee.swarm_renamed != 0);
}
