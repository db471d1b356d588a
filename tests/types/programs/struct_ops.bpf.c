/*
 * A partial struct_ops variable: every callback's prototype is BTF that libbpf and the kernel
 * compare, and the callbacks' own parameters are BPF_PROG casts.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

SEC("struct_ops/enter")
int BPF_PROG(enter, struct hive *hive, struct bee *bee)
{
	return bee->hive == hive;
}

SEC("struct_ops/leave")
void BPF_PROG(leave, struct hive *hive, struct bee *bee, struct flight_stats *stats)
{
	stats->trips++;
}

SEC(".struct_ops")
struct hive_ops ops = {
	.enter = (void *)enter,
	.leave = (void *)leave,
	.name = "sliced",
};

SEC(".struct_ops.link")
struct hive_ops second = {
	.leave = (void *)leave,
	.flags = CASTE_QUEEN,
};
