/*
 * Structs that only a kfunc's prototype names, as parameter and as what it returns. With a mere
 * declaration of them the object compiles, and libbpf refuses it: "func_proto incompatible".
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tc")
int lookup(struct __sk_buff *skb)
{
	return bpf_hive_lookup((void *)0, 4) != 0;
}
