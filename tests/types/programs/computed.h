#ifndef COMPUTED_H
#define COMPUTED_H

static inline int from_computed(void *p)
{
	struct sting *sting = p;

	return sting->owner->dance->duration;
}

#endif
