/* The header's own #defines, and one that the program set before it. */
#define __weak __attribute__((weak, used))
#include "vmlinux.h"

extern struct rq runqueues __ksym;
__weak int fallback(void *ctx)
{
	return (long)&runqueues;
}
