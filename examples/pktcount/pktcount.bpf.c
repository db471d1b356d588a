/*
 * Counts the packets an interface receives, by protocol. Every CPU counts for itself, so that
 * none waits for another; user space adds up. All packets pass.
 */
#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "pktcount.h"

/* These are preprocessor constants in the kernel: its type information does not have them. */
#define ETH_P_IP 0x0800
#define ETH_P_ARP 0x0806
#define ETH_P_8021Q 0x8100
#define ETH_P_IPV6 0x86dd
#define ETH_P_8021AD 0x88a8
#define IPPROTO_ICMPV6 58

#define MAX_VLAN_TAGS 2

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PROTOCOL_COUNT);
	__type(key, u32);
	__type(value, struct traffic);
} traffic SEC(".maps");

/* What is left to read of a packet; packets must be proven long enough before each read. */
struct cursor {
	void *at;
	void *end;
};

/* The next size bytes, or NULL when the packet is too short. */
static __always_inline void *take(struct cursor *c, unsigned long size)
{
	void *p = c->at;

	if (p + size > c->end)
		return NULL;
	c->at = p + size;
	return p;
}

static __always_inline enum protocol of_ip(u8 number)
{
	switch (number) {
	case IPPROTO_ICMP:
		return PROTOCOL_ICMP;
	case IPPROTO_ICMPV6:
		return PROTOCOL_ICMPV6;
	case IPPROTO_TCP:
		return PROTOCOL_TCP;
	case IPPROTO_UDP:
		return PROTOCOL_UDP;
	default:
		return PROTOCOL_OTHER_IP;
	}
}

/* IPv6 extension headers are not followed: such packets count as other IP. */
static __always_inline enum protocol classify(struct cursor *c)
{
	struct ethhdr *eth = take(c, sizeof(*eth));
	struct ipv6hdr *ip6;
	struct iphdr *ip4;
	u16 type;

	if (!eth)
		return PROTOCOL_OTHER;
	type = eth->h_proto;
	for (int i = 0; i < MAX_VLAN_TAGS; i++) {
		struct vlan_hdr *vlan;

		if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD))
			break;
		vlan = take(c, sizeof(*vlan));
		if (!vlan)
			return PROTOCOL_OTHER;
		type = vlan->h_vlan_encapsulated_proto;
	}
	switch (type) {
	case bpf_htons(ETH_P_ARP):
		return PROTOCOL_ARP;
	case bpf_htons(ETH_P_IP):
		ip4 = take(c, sizeof(*ip4));
		return ip4 ? of_ip(ip4->protocol) : PROTOCOL_OTHER;
	case bpf_htons(ETH_P_IPV6):
		ip6 = take(c, sizeof(*ip6));
		return ip6 ? of_ip(ip6->nexthdr) : PROTOCOL_OTHER;
	default:
		return PROTOCOL_OTHER;
	}
}

SEC("xdp")
int count_packet(struct xdp_md *ctx)
{
	struct cursor c = {(void *)(long)ctx->data, (void *)(long)ctx->data_end};
	unsigned long size = c.end - c.at;
	u32 key = classify(&c);
	struct traffic *t = bpf_map_lookup_elem(&traffic, &key);

	if (t) {
		t->packets++;
		t->bytes += size;
	}
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
