/*
 * Names the program uses for things of its own, and the header for others: a local variable called
 * like a typedef, a struct like an enumerator, a label, a parameter, a macro.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct CASTE_DRONE {
	int honey;
	int nectar;
};

struct bee_visit_fn {
	struct season season;
};

enum combs {
	stings = 3,
};

#define smoker(x) ((x) + 1)

static __noinline int seasons(int bees, int colony)
{
	return bees + colony;
}

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct CASTE_DRONE honey = {.honey = skb->mark};
	struct bee_visit_fn fn = {.season.end = 2};
	int cell_id_t = stings;

	if (honey.honey)
		goto hive;
	cell_id_t++;
hive:
	return smoker(cell_id_t) + fn.season.end + seasons(1, skb->len);
}
