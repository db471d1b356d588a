/* vmlinux.h is included by a header in another folder, by way of "..". */
#include "sub/below.h"
#include <bpf/bpf_helpers.h>

SEC("tc")
int use(struct __sk_buff *skb)
{
	return below(skb);
}
