#ifndef FORCED_H
#define FORCED_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define FORCED(skb) (((struct keeper *)(skb))->hives->inside->celsius)

static inline int forced(void *p)
{
	return ((struct drone *)p)->bee.dance->target->pollen.left + DANCE_LAST;
}

#endif
