/* Typedefs and prototypes repeated by the program; C allows it when they are the same. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

typedef __u32 u32;
typedef struct bee *bee_ptr_t;
typedef struct honey honey;
typedef int (*bee_visit_fn)(struct bee *, struct flower *, void *);
struct colony_limits;

SEC("tc")
int use(struct __sk_buff *skb)
{
	bee_ptr_t bee = (void *)bpf_get_current_task_btf();

	return (u32)bee->stats.metres;
}
