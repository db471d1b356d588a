/*
 * Fields the kernel finds in the BTF of map values: kptrs (whose struct must be the kernel's), a
 * spin lock, a timer.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct value {
	struct bpf_spin_lock lock;
	struct bpf_timer timer;
	struct task_struct __kptr *task;
	struct bpf_cpumask __kptr *mask;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct value);
} values SEC(".maps");

SEC("syscall")
int keep(void *ctx)
{
	struct task_struct *task = bpf_task_from_pid(1), *old;
	struct value *value;
	int key = 0;

	if (!task)
		return 1;
	value = bpf_map_lookup_elem(&values, &key);
	old = value ? bpf_kptr_xchg(&value->task, task) : task;
	if (old)
		bpf_task_release(old);
	if (value) {
		struct bpf_cpumask *mask = bpf_cpumask_create();

		if (mask)
			mask = bpf_kptr_xchg(&value->mask, mask);
		if (mask)
			bpf_cpumask_release(mask);
	}
	return 0;
}
