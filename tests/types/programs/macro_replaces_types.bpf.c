/*
 * Macros that turn the header's words into others: a member's type, a whole member, a tag. What
 * they expand to is named by the program, and needed by the header's declaration.
 */
#define stings stings; struct egg unexpected
#define colony_limits changed_limits
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct changed_limits *limits = (void *)bpf_get_current_task_btf();
	struct keeper *keeper = (void *)limits;

	return limits->honey_max + keeper->unexpected.laid;
}
