/*
 * What a build shows: on a terminal one status line that is drawn over, elsewhere a line per step.
 * What compilers say and messages go to stderr, the rest to stdout.
 */
#ifndef SKEP_CLI_PROGRESS_H
#define SKEP_CLI_PROGRESS_H

#include "run/run.h"

struct progress {
	bool quiet;	    /* errors only */
	bool terminal;	    /* draw a status line */
	bool drawn;	    /* it is on the screen now */
	int64_t began;	    /* CLOCK_MONOTONIC, milliseconds */
	struct strv failed; /* names of steps */
	unsigned compiles;  /* that ran */
};

/* Looks at the terminal, and takes the messages from now on. */
void progress_begin(struct progress *p, bool quiet, bool dry_run);
/* A run_options.on_event; arg is the progress. */
void progress_event(const struct run_event *e, void *arg);
/* Prints a line of its own. */
void progress_print(struct progress *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Milliseconds since progress_begin. */
int64_t progress_elapsed(const struct progress *p);
/* Clears the status line and gives the messages back. */
void progress_end(struct progress *p);

#endif
