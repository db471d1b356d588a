#ifndef SPLICED_H
#define SPLICED_H

static inline int spliced(void *p)
{
	return ((struct frame_packed *)p)->tag;
}

#endif
