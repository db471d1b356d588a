/*
 * Names that only -D supplies, whole and in part (see skep.yaml): a tag, a member, an enumerator,
 * a whole expression, the prefix of a pasted name.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define GLUE_(a, b) a##b
#define GLUE(a, b) GLUE_(a, b)

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct WHICH_TAG *p = (void *)bpf_get_current_task_btf();
	struct GLUE(WHICH_PREFIX, limits) *limits = (void *)p;

	return p->WHICH_MEMBER->bees + WHICH_VALUE + (WHICH_EXPRESSION) + limits->honey_max;
}
