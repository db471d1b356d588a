/*
 * A kfunc whose parameters and result are typedefs of pointers to a typedef of a struct. Rule: the
 * pointee is complete however many typedefs lie between.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tc")
int neighbour(struct __sk_buff *skb)
{
	return bpf_hive_neighbour((void *)0, CASTE_QUEEN) != 0;
}
