/* Types made and used inside statement expressions and block scopes, hidden by an inner struct. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define max_of(a, b) \
	({ \
		typeof(a) a_ = (a); \
		typeof(b) b_ = (b); \
		a_ > b_ ? a_ : b_; \
	})

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct hive *hive = bpf_get_current_task_btf()->hive;
	int sum = max_of(hive->weight, hive->colony->bees);

	{
		struct season {
			int inner;
		} season = {.inner = 3};
		struct larva;

		sum += season.inner;
	}
	return sum + ({ struct smoker s = {.heat = skb->len}; s.heat; });
}
