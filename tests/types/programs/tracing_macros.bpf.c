/* libbpf's own pasting macros: ___concat of a name and a count of arguments, PT_REGS_PARM*. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

SEC("kprobe/enter")
int BPF_KPROBE(enter, struct hive *hive, struct bee *bee)
{
	return BPF_CORE_READ(bee, hive, weight) + BPF_CORE_READ(hive, queen, caste);
}

SEC("fentry/leave")
int BPF_PROG(leave, struct hive *hive, bee_ptr_t bee, enum caste caste)
{
	return bee->stats.trips + hive->weight + caste;
}

SEC("fentry/drain")
int BPF_PROG2(drain, struct comb *, comb, struct egg, egg)
{
	return egg.laid + comb->rows[0].used;
}
