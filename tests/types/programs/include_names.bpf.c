/*
 * The program itself names next to nothing: an included header holds the types, the members and
 * the inline functions, and it includes vmlinux.h itself.
 */
#include "inline.h"

SEC("tc")
int use(struct __sk_buff *skb)
{
	return advertise(0) + seasons(3);
}
