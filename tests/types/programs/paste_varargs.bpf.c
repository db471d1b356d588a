/* Pasting with __VA_ARGS__, and a GNU named variable argument. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define TAGGED(prefix, ...) struct prefix##__VA_ARGS__
#define GNU(prefix, rest...) prefix##rest

SEC("tc")
int paste(struct __sk_buff *skb)
{
	TAGGED(colony_, limits) *limits = (void *)bpf_get_current_task_btf();

	return limits->season->start + GNU(TINY_, ON);
}
