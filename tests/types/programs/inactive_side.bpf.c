/*
 * Types named only where a condition is false here, and one named only where another define is
 * true. Both sides count; what the inactive side names must not break anything.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#if defined(OLD_KERNEL)
struct keeper keeper;
#define READ(h) ((h)->keeper->stings)
#elif defined(__TARGET_ARCH_none)
struct does_not_exist what;
#else
#define READ(h) ((h)->queen->stats.best.volume)
#endif

#ifdef __VMLINUX_H__
struct smoker smoker;
#endif

SEC("tc")
int use(struct __sk_buff *skb)
{
	return READ(bpf_get_current_task_btf()->hive) + smoker.heat;
}
