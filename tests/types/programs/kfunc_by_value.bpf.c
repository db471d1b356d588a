/*
 * A kfunc that takes and returns structs by value, and a union's pointer. Declared only, the call
 * does not compile.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tc")
int mix(struct __sk_buff *skb)
{
	typeof(bpf_nectar_mix) *mixer = (void *)0;

	return mixer != 0;
}
