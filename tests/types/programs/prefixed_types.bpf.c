/* vmlinux.h itself comes by -include (see skep.yaml). */
#include <bpf/bpf_helpers.h>

SEC("tc")
int use(struct __sk_buff *skb)
{
	return bpf_get_current_task_btf()->hive->colony->limits->honey_max;
}
