/*
 * Loads and runs: libbpf compares the prototypes of these kfuncs with the kernel's, their structs'
 * names and kinds (a mere declaration is "incompatible"), and the verifier follows the result.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "GPL";
int pids;

SEC("syscall")
int acquire(void *ctx)
{
	struct task_struct *task = bpf_task_from_pid(1);

	if (!task)
		return 1;
	pids = task->tgid;
	bpf_task_release(task);
	return 0;
}

SEC("syscall")
int cpus(void *ctx)
{
	struct bpf_cpumask *mask = bpf_cpumask_create();

	if (!mask)
		return 1;
	bpf_cpumask_set_cpu(0, mask);
	pids += bpf_cpumask_first((struct cpumask *)mask);
	bpf_cpumask_release(mask);
	return 0;
}
