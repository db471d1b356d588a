/* Kfuncs whose names only exist after pasting: the open-coded iterators of bpf_for_each(). */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tc")
int each(struct __sk_buff *skb)
{
	struct bee *bee;
	int drones = 0, i;

	bpf_for_each(bee, bee, (struct hive *)0)
		drones += bee->caste == CASTE_DRONE;
	bpf_for(i, 0, 5)
		drones++;
	return drones;
}
