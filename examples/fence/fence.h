/* What the two halves of the BPF program and fence.c share. */
#ifndef FENCE_H
#define FENCE_H

/* Key of the map of decisions: who was asked for. */
struct decision {
	unsigned short port;
	unsigned char protocol; /* IPPROTO_TCP, IPPROTO_UDP, ... */
	unsigned char allowed;
};

#endif
