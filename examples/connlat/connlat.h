/* The histogram that connlat.bpf.c fills and connlat.c prints. */
#ifndef CONNLAT_H
#define CONNLAT_H

/* Slot n counts latencies from 2^n up to 2^(n+1) microseconds; the last one all above. */
#define SLOTS 24

struct histogram {
	unsigned long long count;
	unsigned long long total_us;
	unsigned int slots[SLOTS];
};

#endif
