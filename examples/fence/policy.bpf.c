/* The decision, and what it is made from: a list of ports that user space fills. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#include "fence.h"
#include "policy.h"

#define MAX_PORTS 64
#define MAX_DECISIONS 1024

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_PORTS);
	__type(key, u16);
	__type(value, u8);
} allowed_ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_DECISIONS);
	__type(key, struct decision);
	__type(value, u64);
} decisions SEC(".maps");

static void remember(const struct decision *d)
{
	u64 one = 1, *count = bpf_map_lookup_elem(&decisions, d);

	if (!count && !bpf_map_update_elem(&decisions, d, &one, BPF_NOEXIST))
		return;
	count = count ?: bpf_map_lookup_elem(&decisions, d);
	if (count)
		__sync_fetch_and_add(count, 1);
}

__hidden int policy_allows(u16 port, u8 protocol)
{
	struct decision d = {.port = port, .protocol = protocol};

	d.allowed = bpf_map_lookup_elem(&allowed_ports, &port) != NULL;
	remember(&d);
	return d.allowed;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
