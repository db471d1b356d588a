/*
 * Measures how long TCP connections take to be established, from the first SYN until the
 * handshake is done, as one histogram per destination port.
 */
#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "connlat.h"

#define MAX_PORTS 1024

/* The start time lives with the socket: a connection that never comes about leaves nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} started SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_PORTS);
	__type(key, u16);
	__type(value, struct histogram);
} histograms SEC(".maps");

const volatile unsigned short only_port = 0; /* 0: all */
unsigned long long untold = 0;		     /* connections to more ports than fit */

static const struct histogram empty;

static u32 slot_of(u64 us)
{
	u32 slot = 0;

	while (us > 1 && slot < SLOTS - 1) {
		us >>= 1;
		slot++;
	}
	return slot;
}

static void count(u16 port, u64 us)
{
	struct histogram *h = bpf_map_lookup_elem(&histograms, &port);
	u32 slot = slot_of(us);

	if (!h) {
		/* Another CPU may be quicker: then its histogram is the one to use. */
		bpf_map_update_elem(&histograms, &port, &empty, BPF_NOEXIST);
		h = bpf_map_lookup_elem(&histograms, &port);
	}
	if (!h) {
		__sync_fetch_and_add(&untold, 1);
		return;
	}
	__sync_fetch_and_add(&h->count, 1);
	__sync_fetch_and_add(&h->total_us, us);
	if (slot < SLOTS)
		__sync_fetch_and_add(&h->slots[slot], 1);
}

static void note_start(struct sock *sk)
{
	u64 *start = bpf_sk_storage_get(&started, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);

	if (start)
		*start = bpf_ktime_get_ns();
}

static void note_end(struct sock *sk, u16 port, bool established)
{
	u64 *start = bpf_sk_storage_get(&started, sk, NULL, 0);

	if (!start)
		return;
	if (established)
		count(port, (bpf_ktime_get_ns() - *start) / 1000);
	bpf_sk_storage_delete(&started, sk);
}

/* Every change of state of every TCP socket passes here, for IPv4 and IPv6. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, struct sock *sk, int old_state, int new_state)
{
	u16 port;

	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	port = bpf_ntohs(sk->__sk_common.skc_dport);
	if (only_port && port != only_port)
		return 0;
	if (new_state == TCP_SYN_SENT)
		note_start(sk);
	else if (old_state == TCP_SYN_SENT)
		note_end(sk, port, new_state == TCP_ESTABLISHED);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
