/*
 * The slice of vmlinux.h that a compile step needs: decided from what is known of its inputs, cut
 * only when nobody remembers the outcome. Private to this room, but for making and freeing it.
 */
#ifndef SKEP_STEPS_SLICER_H
#define SKEP_STEPS_SLICER_H

#include "run/step.h"
#include "steps/steps.h"

/* Shared by the steps of a build: headers' indexes in use, and what cuts them. */
struct slicer;

struct slicer *slicer_new(struct files *files, bool dry_run);
void slicer_free(struct slicer *s);

struct cutter *slicer_cutter(struct slicer *s);
/* Whether units are the same for all architectures, as far as this build knows; see neutral.h. */
struct map *slicer_verdicts(struct slicer *s);

/* How a unit is to be compiled. */
struct slicing {
	bool use;	      /* with a slice */
	bool has_lines;	      /* the object may tell where in the header something stood */
	struct digest digest; /* its content */
	uint64_t size;	      /* in bytes */
	char *why_not;	      /* for people, when a slice was thought of */
	struct buf text;      /* the slice if it had to be cut, else empty */
	struct digest key;    /* of all that the decision follows from */
};

/*
 * Decides. files is what the unit may read, the header aside. computed: some include's name is a
 * macro. Negative errno after a message.
 */
int slicer_decide(const struct compile *c, const struct step *s, const file_list *files,
		  bool computed, struct slicing *ret);
/*
 * Makes sure that a header which a step makes is there, as it should be, for a unit that needs all
 * of it: that step may not have run yet. Negative errno after a message.
 */
int slicer_need_header(const struct compile *c);
/* Makes sure that the text of a slice that is used is there. Negative errno after a message. */
int slicer_need_text(const struct compile *c, const file_list *files, struct slicing *slicing);
/* Writes the slice that was decided for. Negative errno after a message. */
int slicer_write(const struct compile *c, const file_list *files, struct slicing *slicing,
		 const char *path);
/* Remembers that this unit, as it is, needs the whole header. */
void slicer_give_up(const struct compile *c, const struct step *s, const struct slicing *slicing,
		    const char *why);
void slicing_clear(struct slicing *s);

#endif
