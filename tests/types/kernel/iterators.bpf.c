/* Open-coded iterators: kfuncs whose names only exist after pasting in bpf_for_each(). */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";
int seen;

SEC("syscall")
int count(void *ctx)
{
	int i, *number;

	bpf_for(i, 0, 10)
		seen += i;
	bpf_for_each(num, number, 0, 5)
		seen += *number;
	return 0;
}
