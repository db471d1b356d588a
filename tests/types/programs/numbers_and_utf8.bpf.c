/* Numbers that look like names: suffixes and exponents are not words. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define HEX 0xdeadbeefULL
#define DEEP(x) deep_##x

SEC("tc")
int use(struct __sk_buff *skb)
{
	/* "größer", and a word that ends in a digit next to an operator: deep_a->b */
	struct DEEP(c) *c = (void *)skb;
	unsigned long long n = HEX + 0x1p3 + 1e1 + 'a';

	return c->ds[1].depth + n;
}
