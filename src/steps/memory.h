/*
 * What was found out about a step, by a digest of all that it follows from: kept in the state for
 * the next build, and in the store, if there is one, for other output directories of this machine.
 * Private to this room.
 */
#ifndef SKEP_STEPS_MEMORY_H
#define SKEP_STEPS_MEMORY_H

#include "run/step.h"
#include "steps/steps.h"
#include "store/codec.h"

/*
 * What it is about; the first letter of the state's key, a capital when the unit borrows system
 * headers, and of the store's.
 */
enum memory_kind {
	MEMORY_SLICE = 't',
	MEMORY_NEUTRAL = 'a',
};

/* What follows from key, as far as anybody knows; ret reads it, and lives as long as the state. */
bool memory_recall(const struct compile *c, enum memory_kind kind, const struct step *s,
		   const struct digest *key, struct reader *ret);
/* Remembers it for this step, and forgets what followed from another key. */
void memory_keep(const struct compile *c, enum memory_kind kind, const struct step *s,
		 const struct digest *key, const struct buf *value);
/* The same, and for any step: it follows from the key whatever happens. */
void memory_share(const struct compile *c, enum memory_kind kind, const struct step *s,
		  const struct digest *key, const struct buf *value);

#endif
