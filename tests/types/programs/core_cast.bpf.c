/* bpf_core_cast and bpf_rdonly_cast: a type's id, and then plain accesses through it. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct season *season = bpf_core_cast(skb, struct season);

	return season->start + bpf_core_cast(skb, struct css_set)->nr_tasks;
}
