/* A step on its way: checked against its record, run command by command, its output put in place.
 * Private to this room. */
#ifndef SKEP_RUN_JOB_H
#define SKEP_RUN_JOB_H

#include "run/child.h"
#include "run/record.h"
#include "run/run.h"
#include "store/reapi.h"

struct job {
	struct step *step;
	struct work work;
	struct identity identity;
	struct child child;
	size_t next_command;
	char *temp;		    /* where the output is being written */
	int64_t began;		    /* CLOCK_MONOTONIC, milliseconds */
	struct reapi_digest action; /* what it is to the store, if there is one */
	bool is_new;		    /* this output directory knows nothing of it */
	bool restored;		    /* its output came from the store, and is this: */
	struct reapi_digest output;
};

enum job_check {
	JOB_CLEAN,
	JOB_DIRTY,
};

int64_t job_clock(void);

/*
 * Prepares the step and compares it with its record. ret_reason is set when it is dirty and wanted
 * (caller frees). Negative errno after a message.
 */
int job_check(struct job *j, const struct run_options *o, char **ret_reason);
/*
 * Looks for it in the store. 1: its output is there as if it had run, job_finish comes next; 0: it
 * has to run; -EAGAIN: it is to be done in another way, as after job_reconsider; other negative
 * errno after a message.
 */
int job_restore(struct job *j, const struct run_options *o);
/* Starts the next command. 1: started, 0: there is none left, negative errno after a message. */
int job_start_command(struct job *j, const struct run_options *o);
/* The command line with final names, for people. */
void job_print_command(const struct job *j, const struct command *c, struct buf *ret);
/*
 * After the last command, or one that failed: whether the step is to be done in another way. If so
 * the job is as new, for job_check.
 */
bool job_reconsider(struct job *j, const struct run_options *o, bool failed);
/*
 * After the last command: puts the output in place and records it. ret_note says what people may
 * want to know, or NULL. Negative errno after a message.
 */
int job_finish(struct job *j, const struct run_options *o, char **ret_note);
/* Removes temporaries and frees everything in j, which the child must have left. */
void job_release(struct job *j);

#endif
