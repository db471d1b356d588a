/* Types that appear in sizeof, offsetof, alignof and container_of only. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define own_container_of(p, type, member) \
	((type *)((char *)(p) - __builtin_offsetof(type, member)))

_Static_assert(sizeof(struct egg) == 8, "known size");
_Static_assert(__builtin_offsetof(struct comb_row, used) % 4 == 0, "known offset");
char room[sizeof(struct smoker) + sizeof(((struct bee *)0)->stats.best)];

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct list_head *entry = (void *)bpf_get_current_task_btf();

	return own_container_of(entry, struct bee, siblings)->caste + _Alignof(struct frame_aligned) +
	       sizeof(struct deep_e) + container_of(entry, struct task_struct, children)->pid + room[0];
}
