/* Names joined from a word and a number, and the number's digits behind a letter. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define SPARE(n) struct spare_##n
#define SUFFIX(name, n) name##___##n
#define REG(n) r##n

SEC("tc")
int paste(struct __sk_buff *skb)
{
	SPARE(17) *spare = (void *)bpf_get_current_task_btf();
	struct SUFFIX(drone, 2) *drone = (void *)spare;
	struct pt_regs *regs = (void *)spare;

	return bpf_core_type_size(SPARE(17)) + drone->other_drone + regs->REG(12);
}
