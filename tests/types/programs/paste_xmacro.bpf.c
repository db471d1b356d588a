/* An X-macro makes tags, enumerators and members out of one list. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define CASTES(X) X(WORKER) X(DRONE) X(QUEEN)
#define SHAPES(X) X(frame, aligned) X(frame, packed) X(dance, request) X(queen, cell)

#define CASTE_SUM(name) +CASTE_##name
#define SHAPE_SIZE(a, b) +sizeof(struct a##_##b)
#define SHAPE_FIELD(a, b) struct a##_##b b;

struct shapes {
	SHAPES(SHAPE_FIELD)
} shapes;

SEC("tc")
int paste(struct __sk_buff *skb)
{
	return 0 CASTES(CASTE_SUM) SHAPES(SHAPE_SIZE) + shapes.cell.royal_jelly;
}
