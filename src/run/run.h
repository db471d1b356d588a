/*
 * Runs the wanted part of a graph: whatever is ready, longest remaining chain first, as many at a
 * time as there are slots. One thread; it sleeps in poll() while children work.
 */
#ifndef SKEP_RUN_RUN_H
#define SKEP_RUN_RUN_H

#include <signal.h>

#include "run/jobserver.h"
#include "run/step.h"
#include "store/cas.h"
#include "store/remote.h"
#include "store/state.h"

enum run_event_type {
	RUN_REASON,    /* text: why the step is not up to date */
	RUN_START,     /* its first command starts */
	RUN_COMMAND,   /* text: a command line, as a shell would take it */
	RUN_CLEAN,     /* it was up to date */
	RUN_DONE,      /* it ran; text: what its commands said, may be "" */
	RUN_FAILED,    /* text: what its commands said; why: what happened, hint: what to do about
			  it, both may be NULL */
	RUN_WOULD_RUN, /* dry run: it is not up to date */
	RUN_NOTE,      /* text: something about a step that ran */
	RUN_TICK,      /* some time has passed; step is one that runs */
};

struct run_event {
	enum run_event_type type;
	const struct step *step;
	const char *text;
	const char *why;
	const char *hint;
	bool restored;	      /* done without running: it was in the store */
	bool shared;	      /* done without running: another step of this build did the same */
	unsigned done, total; /* steps that need no more work, and all that may */
	unsigned running;
};

/* Files below path are called by name in actions, wherever path is. */
struct run_root {
	char *path; /* tidied */
	const char *name;
};

/* Where steps are looked for before they run, and kept when they ran. */
struct run_cache {
	struct store *store;	    /* or NULL: only among the steps of one build */
	VEC(struct run_root) roots; /* the first that fits counts */
	bool refresh;		    /* nothing is taken from it */
	/* A remote one, of which the store has a part; NULL: none, or it could not be started. That
	 * is done when something is looked for in it, or made that it should have. */
	const struct remote_options *remote_options;
	struct remote *remote; /* once it was started; the caller ends it */
};

/* For store_open: the blobs that a value of ours names. */
int run_cache_blobs_of(const void *value, size_t size,
		       void (*blob)(const struct digest *digest, uint64_t size, void *arg),
		       void *arg);

struct run_options {
	unsigned jobs;		     /* most children at a time */
	struct jobserver *jobserver; /* or NULL; borrowed */
	bool keep_going;	     /* after a failure run what does not depend on it */
	bool dry_run;
	bool want_reasons;	    /* send RUN_REASON */
	bool want_commands;	    /* send RUN_COMMAND */
	unsigned tick_milliseconds; /* 0: no RUN_TICK */
	struct state *state;
	struct files *files;
	struct run_cache *cache; /* or NULL */
	void (*on_event)(const struct run_event *e, void *arg);
	void *arg;
};

struct run_result {
	unsigned clean, ran, failed, would_run;
	unsigned restored;  /* of those that are done: from the store */
	unsigned shared;    /* of those that are done: as another step of this build */
	unsigned blocked;   /* not run because something they need failed */
	unsigned cancelled; /* not run because the build stopped */
	int signal;	    /* the build was stopped by this one, or 0 */
};

/* Those of SIGINT, SIGTERM and SIGHUP that end a build: not those that whoever started us ignores,
 * as nohup does. */
void run_stopping_signals(sigset_t *ret);

/* A step by its name in the store, and the action that it is. */
struct run_known {
	char *name;
	struct digest action;
};

typedef VEC(struct run_known) run_known_list;

/*
 * Lists the wanted steps of a graph that is up to date, for an export. -ESTALE after a message when
 * one is not.
 */
int run_list_known(struct graph *g, const struct run_options *o, run_known_list *ret);
void run_known_free(run_known_list *list);

/* Negative errno after a message when running at all was not possible; failed steps are counted,
 * not an error. */
int run_graph(struct graph *g, const struct run_options *o, struct run_result *ret);

#endif
