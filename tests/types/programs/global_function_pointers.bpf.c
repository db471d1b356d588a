/*
 * Types that appear only as a pointer parameter of a global or static function. Their BTF is what
 * the verifier checks the argument by: complete in the whole header, complete in the slice.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

__noinline int check(const struct season *season, struct frame_packed **frames)
{
	return season == (void *)frames;
}

__noinline long visit(union honey_or_wax *what, enum temper *temper, hive_ref_t *hive)
{
	return what == (void *)temper || hive;
}

SEC("tc")
int use(struct __sk_buff *skb)
{
	return check((void *)skb, (void *)skb) + visit((void *)skb, (void *)skb, (void *)skb);
}
