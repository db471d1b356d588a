/*
 * The program declares kfuncs itself as well, as many do, one of them unknown to the header. Both
 * declarations must agree, and the structs of both must be complete.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

extern struct bee *bpf_bee_acquire(struct bee *bee) __ksym;
extern void bpf_bee_release(struct bee *bee) __ksym;
extern struct colony *bpf_colony_find(struct season *season, struct keeper *keeper) __ksym __weak;

SEC("tc")
int acquire(struct __sk_buff *skb)
{
	struct bee *bee = bpf_bee_acquire((void *)0);

	if (bpf_colony_find) {
		struct colony *colony = bpf_colony_find((void *)0, (void *)0);

		if (colony)
			skb->mark = 1;
	}
	if (bee)
		bpf_bee_release(bee);
	return 0;
}
