/* Packed structs, unnamed padding, alignment by zero-width fields, flexible arrays, by value. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct holder {
	char before;
	struct frame_packed packed;
	struct frame_aligned aligned;
	enum tiny_state state;
} holder;

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct frame_packed packed = holder.packed;

	return packed.width + holder.aligned.c + sizeof(holder) +
	       __builtin_offsetof(struct holder, state) + sizeof(struct weather);
}
