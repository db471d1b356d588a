/*
 * With BPF_NO_KFUNC_PROTOTYPES the header declares no kfunc, and the program may declare one
 * otherwise. A slice must keep the #ifndef, or the two conflict.
 */
#define BPF_NO_KFUNC_PROTOTYPES
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

extern long bpf_bee_release(struct drone *bee, int how) __ksym;

SEC("tc")
int release(struct __sk_buff *skb)
{
	return bpf_bee_release((void *)0, 1);
}
