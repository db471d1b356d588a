/* Types that only a static function's locals use, and one in a function that nothing calls. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

static inline __attribute__((unused)) int never_called(void *p)
{
	struct css_set *set = p;

	return set->colony->limits->season->start;
}

static __noinline int hidden(struct __sk_buff *skb)
{
	struct frame_aligned frame = {.a = skb->len};
	volatile struct egg egg = {.age = frame.a};

	return egg.age;
}

SEC("tc")
int use(struct __sk_buff *skb)
{
	return hidden(skb);
}
