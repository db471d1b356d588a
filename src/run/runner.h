/* A graph on its way: what the files that run it share. Private to this room. */
#ifndef SKEP_RUN_RUNNER_H
#define SKEP_RUN_RUNNER_H

#include "run/job.h"
#include "run/queue.h"
#include "run/twins.h"

struct runner {
	const struct run_options *o;
	struct run_result result;
	struct queue ready;	/* nobody has looked at them */
	struct queue runnable;	/* they have to run: their jobs wait for slots */
	VEC(struct job *) jobs; /* with a running child each */
	struct twins twins;
	unsigned asking; /* jobs that wait for the remote store's answer */
	unsigned total, done;
	unsigned tokens; /* taken from the jobserver */
	bool stopping;	 /* start nothing more */
	int signal_fd;
	int64_t last_tick;
	int64_t kill_at; /* when children that were asked to end are killed */
};

/* finish.c: the ends of steps, and events. */

void runner_send(struct runner *r, enum run_event_type type, const struct step *s,
		 const char *text);
bool runner_is_finished(enum step_status s);
/* The one place where a step reaches its last status; its job is released. */
void runner_finish(struct runner *r, struct step *s, enum step_status status);
/* said: what its commands said, or NULL; why: what happened, unless a message told it. */
void runner_fail(struct runner *r, struct step *s, char *said, const char *why);
/* The end of a job whose output is there. */
void runner_conclude(struct runner *r, struct job *j);

/* consider.c: what becomes of a step before it runs. */

/* Looks at a step that is ready: it ends, waits, or becomes runnable. */
void runner_consider(struct runner *r, struct step *s);
/* Goes on with jobs that waited for the remote store, if it has answered. */
void runner_take_answers(struct runner *r);
/* Does the step of a running job in another way if there is one. */
bool runner_try_again(struct runner *r, struct job *j, bool failed);
/*
 * Tells those that wait for a job's action what came of it: state is TWIN_DONE, TWIN_USELESS (said
 * says why), or TWIN_FREE: nothing that others could use.
 */
void runner_settle(struct runner *r, struct job *j, enum twin_state state, const char *said);
/* Starts the first command of a runnable step; true when it runs. */
bool runner_start(struct runner *r, struct step *s);

#endif
