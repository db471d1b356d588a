/* Processes of skep that run beside each other, and ways to kill them. */
#ifndef SKEP_TESTS_HARNESS_RUNS_H
#define SKEP_TESTS_HARNESS_RUNS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/mem.h"
#include "base/str.h"

/* What a kill hits, with SIGKILL. */
enum run_kill {
	RUN_KILL_ALONE,	   /* skep itself: what it started loses its parent */
	RUN_KILL_TREE,	   /* skep and all that it started, from the top */
	RUN_KILL_CHILDREN, /* only what it started: skep sees its commands die */
	RUN_N_KILLS,
};

struct run {
	pid_t pid;    /* 0 when it has ended */
	int status;   /* as waitpid gives it */
	char *log;    /* where its stdout and stderr go */
	bool harmed;  /* its children were killed, so it may fail */
	bool stopped; /* it was killed itself, and that is how it ended */
	bool doomed;  /* a kill was sent to it */
	enum run_kill how;
};

/* This process becomes the parent of all that lose theirs. */
void runs_begin(void);

/* Starts argv[0]; its output replaces the file log. */
void run_start(struct run *r, char *const argv[], const char *log);
void run_free(struct run *r);

/* True when there was something to kill. */
bool run_kill(struct run *r, enum run_kill how);

/*
 * Waits until one of the runs has ended, or until the time, in nanoseconds of runs_now. Processes
 * that have lost their parent are taken care of.
 */
void runs_wait(struct run *runs, size_t n, int64_t until);
int64_t runs_now(void);

/* Waits for processes that have lost their parent; false when some are still there then. */
bool runs_wait_for_orphans(int64_t until);

/* Kills all that is left, when a test ends early. */
void runs_kill_all(void);

#endif
