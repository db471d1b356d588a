/* Include directives with comments, spaces and angle brackets, and one from a folder below. */
/* first */ # /* second */ include /* third */ <vmlinux.h> // fourth
#	include"sub/below.h"
#include <bpf/bpf_helpers.h> /* a comment that
goes on */

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct egg egg = {.laid = skb->len};

	return below(skb) + egg.laid;
}
