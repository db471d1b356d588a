/* CO-RE questions about the kernel, answered at load time. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "GPL";
int answers;

SEC("raw_tp/sys_enter")
int ask(void *ctx)
{
	answers = bpf_core_type_exists(struct task_struct) + bpf_core_type_size(struct file) +
		  bpf_core_type_id_kernel(struct inode) + bpf_core_type_matches(struct path) +
		  bpf_core_field_offset(struct sock, __sk_common.skc_family) +
		  bpf_core_enum_value(enum bpf_map_type, BPF_MAP_TYPE_RINGBUF) +
		  bpf_core_type_exists(work_func_t);
	return 0;
}
