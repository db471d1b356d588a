/* An include that is nowhere, behind vmlinux.h. */
#include "vmlinux.h"
#include "wasps.h"

int use(struct __sk_buff *skb)
{
	return 0;
}
