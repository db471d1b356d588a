/* vmlinux.h is included and nothing of it is used: the slice may be empty, and must compile. */
#include "vmlinux.h"

__attribute__((section("tc"), used)) int use(void *ctx)
{
	return 0;
}
