/* Which names of an index ## can make. Private to this room. */
#ifndef SKEP_SLICE_PASTES_H
#define SKEP_SLICE_PASTES_H

#include "base/map.h"
#include "slice/index.h"
#include "slice/macros.h"

/* What is remembered about an index's names from unit to unit. */
struct pastes {
	const struct index *index;
	struct map affixes; /* "<TEXT" or ">TEXT": names that begin or end with TEXT */
};

struct pastes_unit {
	const struct words *words;
	/* Whether the unit mentions a word. */
	bool (*mentions)(uint32_t word, const void *arg);
	const void *arg;
};

void pastes_free(struct pastes *p);

/* Calls found for every name that one of the patterns can make, perhaps several times. */
void pastes_find(struct pastes *p, const struct patterns *patterns, const struct pastes_unit *unit,
		 void (*found)(uint32_t name, void *arg), void *arg);

#endif
