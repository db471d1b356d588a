#ifndef BELOW_H
#define BELOW_H
#include "../vmlinux.h"

static inline int below(void *p)
{
	return ((struct larva *)p)->home->honey.volume;
}

#endif
