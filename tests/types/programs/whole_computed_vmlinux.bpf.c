/* vmlinux.h itself is included by a macro's name. */
#define TYPES "vmlinux.h"
#include TYPES
#include <bpf/bpf_helpers.h>

SEC("tc")
int use(struct __sk_buff *skb)
{
	return bpf_get_current_task_btf()->hive->weight;
}
