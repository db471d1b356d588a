/* The pasting macro is called by another that passes what it got, and the prefix is a macro too. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)
#define PREFIX deep_
#define TAG(letter) struct PASTE(PREFIX, letter)
#define KIND(name) PASTE(PASTE(DANCE, _), name)
#define FIELD flo
#define LAST last_

SEC("tc")
int paste(struct __sk_buff *skb)
{
	TAG(a) *a = (void *)bpf_get_current_task_btf();
	struct bee *bee = (void *)a;

	return a->PASTE(, b)->PASTE(wid, th) + KIND(TREMBLE) + bee->PASTE(PASTE(LAST, FIELD), wer)->petals;
}
