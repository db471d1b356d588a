/* A warning about the header's types that -Werror makes an error: pointers of two structs. */
#pragma clang diagnostic error "-Wincompatible-pointer-types"
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct smoker *smoker = bpf_get_current_task_btf();

	return smoker->heat;
}
