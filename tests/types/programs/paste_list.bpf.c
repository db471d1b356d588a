/* A list in a file of its own that is included twice with another meaning of its macro. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define ITEM(name) struct deep_##name *name;
struct all {
#include "list.def"
} all;
#undef ITEM
#define ITEM(name) + sizeof(struct deep_##name)

SEC("tc")
int use(struct __sk_buff *skb)
{
	return all.b->width + all.e->bottom
#include "list.def"
		;
}
