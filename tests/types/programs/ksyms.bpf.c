/*
 * Kernel variables: typed, untyped and per CPU, and Kconfig values. C lets an extern be incomplete;
 * libbpf compares it with the kernel's, so that its struct must be complete.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

extern const struct rq runqueues __ksym;
extern const struct percpu_only percpu_thing __ksym __weak;
extern const struct var_only kernel_thing __ksym;
extern const int bpf_prog_active __ksym;
extern const void bpf_link_fops __ksym __weak;
extern struct season *const seasons[4] __ksym __weak;
extern unsigned int CONFIG_HZ __kconfig;
extern enum libbpf_tristate CONFIG_BPF __kconfig __weak;
extern int LINUX_KERNEL_VERSION __kconfig;

SEC("tc")
int use(struct __sk_buff *skb)
{
	const struct rq *rq = bpf_per_cpu_ptr(&runqueues, 0);
	const struct percpu_only *p = bpf_this_cpu_ptr(&percpu_thing);

	return (rq ? rq->nr_running : 0) + p->ticks + kernel_thing.season.start + CONFIG_HZ +
	       CONFIG_BPF + LINUX_KERNEL_VERSION + (&bpf_link_fops != 0) + *&bpf_prog_active +
	       (seasons[0] != 0);
}
