/* What pktcount.bpf.c counts and pktcount.c prints. */
#ifndef PKTCOUNT_H
#define PKTCOUNT_H

enum protocol {
	PROTOCOL_ARP,
	PROTOCOL_ICMP,
	PROTOCOL_ICMPV6,
	PROTOCOL_TCP,
	PROTOCOL_UDP,
	PROTOCOL_OTHER_IP,
	PROTOCOL_OTHER,
	PROTOCOL_COUNT,
};

struct traffic {
	unsigned long long packets;
	unsigned long long bytes;
};

#endif
