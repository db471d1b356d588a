/* Bit-fields: read directly and by CO-RE, whose relocations name offset, size, sign and shifts. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct bee *bee = (void *)bpf_get_current_task_btf();
	struct wing *wing = &bee->wings[1];
	struct cell *cell = (void *)bee;

	return BPF_CORE_READ_BITFIELD(wing, lift) + BPF_CORE_READ_BITFIELD_PROBED(wing, span) +
	       BPF_CORE_READ_BITFIELD_PROBED(cell, guard) + wing->torn + cell->capped;
}
