/* The include's name is a macro of the program. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define NAME(x) <bpf/x.h>
#include NAME(bpf_core_read)
#define HEADER "computed.h"
#include HEADER

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return from_computed((void *)BPF_CORE_READ(task, hive, scout, mother));
}
