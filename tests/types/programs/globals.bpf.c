/* Global variables of kernel types, in .bss, .data, .rodata and sections of their own. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct bee bees[2];
struct meadow meadow = {.area = 7, .beds[2] = {.petals = 5, .nectar.grade = GRADE_DARK}};
const volatile struct weather weather = {.celsius = -3, .layers[1].depth = 4};
union honey_or_wax either SEC(".data.either");
struct colony_limits *limits SEC(".data.limits");
static struct nest nest;
struct hive *hives[3];
honey jar;

SEC("tc")
int use(struct __sk_buff *skb)
{
	nest.parts[skb->mark & 1].u.leaf.egg.age = weather.celsius;
	return bees[1].temper + meadow.area + either.raw[1] + (limits == 0) + nest.parts[0].depth;
}
