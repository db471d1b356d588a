/*
 * The program's own enumerator and function carry names the header declares otherwise. Whoever
 * drops the header's declarations compiles what the whole header refuses.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

enum mine {
	FORAGE_NONE = 5,
};

SEC("tc")
int use(struct __sk_buff *skb)
{
	return FORAGE_NONE;
}
