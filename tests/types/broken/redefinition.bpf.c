/* The program defines a struct of the header once more; the error names both, the header's too. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct smoker {
	int other;
};

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct smoker smoker = {.other = 1};

	return smoker.other;
}
