/*
 * The short cut of a build with nothing to do: when a build found everything up to date, what it
 * looked at is kept as a snapshot in the output directory; while that holds, the next build of the
 * same says so and plans nothing.
 */
#ifndef SKEP_CLI_UPTODATE_H
#define SKEP_CLI_UPTODATE_H

#include "cli/session.h"

struct uptodate;

/*
 * In the project's directory, before session_open: whether a snapshot says that nothing is to do.
 * Nothing is written, and the output directory is held until the process ends. No messages:
 * whatever is amiss is for session_open to find.
 */
bool uptodate_ask(const struct session_options *options, unsigned *ret_objects);

/* Notes from now on what is looked at. options must be those that session_open gets. */
struct uptodate *uptodate_begin(struct session_options *options);

/*
 * The build found all that was asked for up to date: keeps a snapshot, unless something was not
 * settled yet or cannot be told by looking at files. Failure costs time, and is silent.
 */
void uptodate_keep(struct uptodate *u, const struct session *s, unsigned objects);

/* Ends the noting. NULL is fine. */
void uptodate_free(struct uptodate *u);

/* Once the output directory is held, before anything is run there: what was found does not count
 * any more. Then there are no temporaries of a killed build where there is a snapshot. */
void uptodate_forget(const struct outdir *o);

#endif
