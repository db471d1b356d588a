/* vmlinux.h is included only where a condition holds, and after declarations. */
#include <stddef.h>

static const int ready = sizeof(max_align_t);

#if __has_include("vmlinux.h")
#include "vmlinux.h"
#else
#error "no types"
#endif
#include <bpf/bpf_helpers.h>

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct smoker *smoker = (void *)skb;

	return ready && smoker->fuel;
}
