/* Structs of the program's own that hold kernel structs by value, and events that are sent. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct event {
	struct trace_entry entry;
	struct wing wings[2];
	union {
		struct larva larva;
		struct drone___2 drone;
	};
	enum hive_event kind;
	atomic_t left;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

const struct event *unused __attribute__((unused));

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e)
		return 0;
	e->drone.season.start = e->wings[1].beats;
	e->kind = HIVE_EVENT_RAID;
	bpf_ringbuf_submit(e, 0);
	return 0;
}
