/*
 * Whether a unit is the same for all architectures of one byte order: proven for each unit, each
 * time its files change, and never assumed. Private to this room.
 */
#ifndef SKEP_STEPS_NEUTRAL_H
#define SKEP_STEPS_NEUTRAL_H

#include "base/map.h"
#include "steps/slicer.h"

struct neutral {
	bool yes;
	char *why_not;	  /* for people */
	file_list beside; /* files that each architecture has its own of, and that make no
			     difference to the unit; when yes */
};

/*
 * Decides. files is what the unit may read, but for the header that slicing is about, computed as
 * for slicer_decide. Negative errno after a message.
 */
int neutral_decide(const struct compile *c, const struct step *s, const file_list *files,
		   bool computed, struct slicing *slicing, struct neutral *ret);
void neutral_clear(struct neutral *n);

/*
 * Whether a unit for another architecture that is neutral with the machine's own system headers
 * would be so with that one's own: whether all that it would read of these, among files, is alike.
 */
bool neutral_can_borrow(const struct compile_arch *own, const file_list *files);

/*
 * A unit for another architecture than the machine's reads the machine's own system headers when it
 * is neutral, or where the other's are not installed. -ENOENT after a message when it has read one
 * that is not alike.
 */
int neutral_check_borrowed(const struct compile *c, const struct strv *read);

/* Frees what slicer_verdicts holds. */
void neutral_verdicts_free(struct map *verdicts);

#endif
