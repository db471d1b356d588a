/* Line ends of two characters, with splices, in the middle of words as well. */
#include \
"vmlinux.h"
#include <bpf/bpf_helpers.h>

#define LONG(x) \
	struct deep_##\
x

SEC("tc")
int use(struct __sk_buff *skb)
{
	LONG(c) *c = (void *)skb;
	struct sea\
son *season = (void *)skb;

	return c->ds[1].depth + season->start;
}
