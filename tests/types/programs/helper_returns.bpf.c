/*
 * What a helper returns is dereferenced at once: no name of the struct appears in the program. Its
 * pointee must be complete when the helper's name appears, and only then.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tc")
int chain(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (sk)
		sk = bpf_sk_fullsock(sk);
	return bpf_get_current_task_btf()->mm->owner->pid + (sk ? sk->mark : 0) +
	       ((struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf()))->ip;
}
