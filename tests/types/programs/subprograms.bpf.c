/* Callbacks and tail-called subprograms with kernel types in their prototypes. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

static int step(u32 index, struct nectar *nectar)
{
	nectar->volume += index;
	return 0;
}

static __noinline struct flower *choose(struct meadow *meadow, struct nectar wanted)
{
	return meadow->beds[1].neighbours[wanted.volume & 3];
}

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct nectar nectar = {};
	struct meadow *meadow = (void *)bpf_get_current_task_btf();

	bpf_loop(8, step, &nectar, 0);
	return choose(meadow, nectar) != 0;
}
