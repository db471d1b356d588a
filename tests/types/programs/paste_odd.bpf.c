/*
 * Pasting with comments around ##, three parts of one word, a part that another macro picks, a
 * macro that is an argument, one redefined between two uses, __VA_OPT__, and empty arguments.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define COMMENTED(a, b) a/* here */ ## /* there */b
#define THREE(a, b, c) a##b##c
#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)
#define SECOND(a, b) b
#define EXPAND(x) x
#define TAG_OF(x) struct frame_##x
#define APPLY(m, x) m(x)
#define OPTIONAL(a, ...) a##__VA_OPT__(_##__VA_ARGS__)
#define PART deep_
#define LATE(x) PASTE(PART, x)

struct COMMENTED(quee, n_cell) first;
struct THREE(fli, ght, _stats) second;
struct PASTE(SECOND(dance, poll), EXPAND(en_load)) third;
APPLY(TAG_OF, packed) fourth;
struct PASTE(smoker, ) fifth;
struct LATE(d) sixth;
#undef PART
#define PART wea
struct LATE(ther) seventh;
struct OPTIONAL(colony, limits) eighth;

SEC("tc")
int use(struct __sk_buff *skb)
{
	return first.royal_jelly + second.trips + third.left + fourth.tag + fifth.heat + sixth.depth +
	       seventh.celsius + eighth.bees_max;
}
