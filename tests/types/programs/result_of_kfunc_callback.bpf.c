/* As above, with what a kfunc's own parameter would return. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

extern const typeof(*((kfunc_factory_t)0)(0, 0)) kernel_thing __ksym;

SEC("tc")
int use(struct __sk_buff *skb)
{
	return (long)&kernel_thing;
}
