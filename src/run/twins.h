/*
 * Steps of one build that are the same action: one object for several architectures, say. One of
 * them is done, and the others take what came of it. Private to this room.
 */
#ifndef SKEP_RUN_TWINS_H
#define SKEP_RUN_TWINS_H

#include "base/map.h"
#include "run/job.h"

enum twin_state {
	TWIN_FREE,    /* nobody is doing it: whoever comes next does */
	TWIN_BUSY,    /* its owner is at it */
	TWIN_DONE,    /* its owner's output is what comes of it */
	TWIN_USELESS, /* it was done in vain, see said */
};

struct twin {
	struct digest action;
	enum twin_state state;
	struct job *owner;	 /* when busy */
	const struct step *step; /* when done: whose output it is */
	struct digest output;	 /* of which this is the digest */
	char *said;		 /* when useless */
	VEC(struct job *) waiting;
};

/* Zero-initialised is empty. */
struct twins {
	struct map by_action;
};

/* The twin that a job belongs to by its action; j owns it from now on if it was free. */
struct twin *twins_join(struct twins *t, struct job *j);
/* The job that is at an action, or NULL. */
struct job *twins_owner(const struct twins *t, const struct digest *action);
void twins_free(struct twins *t);

#endif
