/*
 * A step as an Action of the Remote Execution API: the same wherever the same would come of it, in
 * another folder or on another machine. Private to this room.
 */
#ifndef SKEP_RUN_ACTION_H
#define SKEP_RUN_ACTION_H

#include "run/run.h"
#include "store/reapi.h"

/* The name of the output in every action. */
#define ACTION_OUTPUT "output"

/* Every input must have its digest (identity_of saw to that). */
struct reapi_digest action_digest(const struct step *s, const struct work *w,
				  const struct run_cache *c);

/*
 * The name of a file in an action: below the first root that it lies in; relative paths below
 * "project", others below "root". Caller frees.
 */
char *action_path(const struct run_cache *c, const char *path);

#endif
