/* Declaration tags on functions, parameters, members, typedefs and variables of kernel types. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define __tag(x) __attribute__((btf_decl_tag(x)))

struct tagged {
	struct season *season __tag("season");
	struct smoker smoker __tag("smoker");
} __tag("tagged");

typedef struct tagged tagged_t __tag("tagged_t");

tagged_t tagged __tag("variable");
struct egg egg __tag("exception_callback:none");

__noinline int global(struct keeper *keeper __tag("arg:nonnull"),
		      struct bee *bee __tag("arg:trusted"))
{
	return keeper && bee && keeper->stings;
}

SEC("tc") __tag("comment:test_expect_success")
int use(struct __sk_buff *skb)
{
	return global((void *)skb, (void *)skb) + tagged.smoker.heat + egg.age;
}
