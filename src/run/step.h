/*
 * Steps and the graph they form. A step is self-contained: commands, declared input files,
 * declared outputs. This room runs them without knowing what they do.
 */
#ifndef SKEP_RUN_STEP_H
#define SKEP_RUN_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/str.h"
#include "scan/walk.h"
#include "store/files.h"

/*
 * One command of a step. A builtin is a function of skep itself that runs in a forked child, as
 * `skep step NAME ARG...` would; its argv[0] is "skep", argv[1] "step", argv[2] the name.
 */
struct command {
	struct strv argv;
	int (*builtin)(int argc, char **argv); /* arguments from the step's name on */
};

/*
 * In argv, where an output or a scratch file goes: the executor puts temporary names there, so
 * that a name that differs each time is no part of the step's identity.
 */
#define WORK_OUTPUT "\001output"
#define WORK_SCRATCH "\001scratch" /* followed by a digit: private files, gone afterwards */
#define WORK_MAX_SCRATCH 4
/* In front of an argument that cannot change the result (colour, where this machine keeps the
 * project): passed without the mark, no part of the identity. */
#define WORK_UNHASHED "\002"

/* An input that is made for the step alone: no file of its own, or less than the file it is named
 * after. */
struct made_input {
	char *name; /* for people */
	struct digest digest;
	uint64_t size; /* bytes */
};

/* What a step consists of once everything it needs exists; filled in by its kind's prepare. */
struct work {
	VEC(struct command) commands; /* run one after another; the first failure ends the step */
	const struct strv *env;	      /* of programs, borrowed, or NULL: none; never part of the
					 identity, so only what cannot change a result belongs here */
	struct strv params;	      /* more identity: versions and settings not in argv */
	file_list inputs;
	VEC(struct made_input)
	made;			/* more inputs; the kind's begin puts them where commands look */
	file_list beside;	/* files that were looked at, and are no part of the identity: what
				   counts of them is in it otherwise */
	file_list absent;	/* places that must stay empty while the step runs */
	const char *never_keep; /* why the result must not count as up to date, or NULL */
	char *scratch[WORK_MAX_SCRATCH]; /* names, while the step runs */
};

struct step;
struct job;

struct step_kind {
	const char *name;  /* "compile" */
	unsigned revision; /* raised when the same inputs give another output */
	/* Fills ret; called once, when everything the step needs is done. Negative errno after a
	 * message. */
	int (*prepare)(struct step *s, struct work *ret);
	/* When the step is about to run and its scratch files have names: writes what it made.
	 * Negative errno after a message. NULL: nothing to do. */
	int (*begin)(struct step *s, struct work *w);
	/*
	 * After the commands ended, well or not; said is what they said. True: whatever came of it
	 * is not to be used, and prepare knows another way. NULL: there is none.
	 */
	bool (*reconsider)(struct step *s, struct work *w, const char *said, bool failed);
	/*
	 * What the project says of a step, as text: who has neither tools nor headers can compare
	 * this, and the project's own files, with what is known. No part of the identity. NULL: the
	 * step is a means to others, and nobody asks for its output. Caller frees.
	 */
	char *(*options)(const struct step *s);
	/* Whether what options said of a step elsewhere is right for this one, which was not
	 * prepared. NULL: if it is the same text. */
	bool (*accepts)(const struct step *s, const char *options);
	/* After the commands succeeded, before the output is renamed into place: may set
	 * never_keep or extra. Negative errno after a message. NULL: nothing to do. */
	int (*complete)(struct step *s, struct work *w);
	/* When the step has reached its last status: frees what only running it takes. NULL:
	 * nothing to do. */
	void (*end)(struct step *s);
	/* What to do about a failure, going by what the commands said, or NULL. Caller frees. */
	char *(*hint)(const struct step *s, const char *said);
	/* Where what failed commands said stops being of use to people; NULL: nowhere. */
	const char *(*noise)(const char *said);
	void (*free)(void *data);
};

enum step_status {
	STEP_WAITING, /* something it needs is not done */
	STEP_READY,
	STEP_RUNNING,
	STEP_CLEAN,	/* was up to date */
	STEP_DONE,	/* ran */
	STEP_WOULD_RUN, /* dry run only */
	STEP_FAILED,
	STEP_CANCELLED, /* something it needs failed, or the build was stopped */
};

struct step {
	const struct step_kind *kind;
	void *data;   /* the kind's */
	char *output; /* the path it makes; identifies the step from build to build */
	char *label;  /* for people: "execsnoop.bpf.c" */
	/* Which of several steps of one kind and label, for people: "arm64"; or NULL. Borrowed. */
	const char *variant;
	bool wanted; /* asked for, or needed by one that is */

	VEC(struct step *) needs;
	VEC(struct step *) needed_by;

	/* What a step learnt that the next build should know, such as files its inputs were not
	 * seen to include; kept with its record. */
	struct strv extra;

	char *remark; /* prepare's: what people who ask for explanations may want to know, or NULL
		       */

	/* The executor's. */
	struct job *job; /* while it is looked at, waits or runs */
	enum step_status status;
	size_t n_unfinished; /* needs that are not finished */
	uint64_t cost;	     /* milliseconds it took last time, or a guess */
	uint64_t priority;   /* cost of the longest chain that starts here */
};

struct graph {
	VEC(struct step *) steps; /* a step comes after everything it needs */
};

struct step *graph_add(struct graph *g, const struct step_kind *kind, void *data,
		       const char *output, const char *label);
/* s runs after need. Both are in one graph, need was added first; repeating is fine. */
void step_add_need(struct step *s, struct step *need);
/* Marks s and everything it needs. */
void step_want(struct step *s);
void graph_free(struct graph *g);

/* Adds a command and returns it; argv starts empty. */
struct command *work_add_command(struct work *w);
/* Adds `skep step NAME` with the arguments given, up to a NULL. */
void work_add_builtin(struct work *w, int (*builtin)(int, char **), const char *name, ...)
	__attribute__((sentinel));
void work_add_made(struct work *w, const char *name, const struct digest *digest, uint64_t size);
void work_free(struct work *w);

#endif
