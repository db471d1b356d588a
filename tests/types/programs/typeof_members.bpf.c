/* typeof, __auto_type, typeof_unqual and _Generic on members: types nothing names. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

typeof(((struct flower *)0)->meadow->weather->layers) layers;
typeof(*((struct keeper *)0)->favourite->ops) ops_copy;
__typeof_unqual__(((struct keeper *)0)->friends[0]->hives->colony->totals[0]) totals;

#define KIND(x) _Generic((x), struct season *: 1, struct smoker *: 2, bee_ptr_t: 3, default: 4)

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct hive *hive = bpf_get_current_task_btf()->hive;
	__auto_type limits = hive->colony->limits;
	typeof(limits->season) season = limits->season;

	return season->end + layers[1].kind + ops_copy.flags + totals.born + KIND(season) +
	       KIND(hive->visit.calm.smoker) + KIND(hive->queen);
}
