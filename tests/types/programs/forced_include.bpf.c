/*
 * A header comes by -include (see skep.yaml), before anything else, and brings vmlinux.h with it:
 * nothing in this file says so.
 */
SEC("tc")
int use(struct __sk_buff *skb)
{
	return FORCED(skb) + forced(skb);
}
