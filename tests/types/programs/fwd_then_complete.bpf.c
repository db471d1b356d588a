/*
 * A kernel struct that the program declares once more before and after the header. The slice's
 * own forward declarations must carry the same attributes as the header's.
 */
struct bee;
struct season;
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
struct bee;
struct wax;

SEC("tc")
int count(struct __sk_buff *skb)
{
	struct bee *bee = (void *)bpf_get_current_task_btf();
	struct wax *wax = (void *)bee;
	struct season *season = (void *)wax;

	return bee->caste + season->end;
}
