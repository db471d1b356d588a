/* A step on its way: checked against its record, run command by command, its output put in place.
 * Private to this room. */
#ifndef SKEP_RUN_JOB_H
#define SKEP_RUN_JOB_H

#include "run/child.h"
#include "run/record.h"
#include "run/run.h"
#include "store/reapi.h"

/* What the store knows of a job. */
enum cache_answer {
	CACHE_MISS,
	CACHE_HIT,     /* the output is in the job's temporary file, what was said in said */
	CACHE_USELESS, /* it ran before, and what came of it was not to be used: see said */
};

/* Where an output came from. */
enum job_origin {
	JOB_RAN,
	JOB_FROM_STORE,
	JOB_FROM_TWIN,
};

struct twin;

struct job {
	struct step *step;
	struct work work;
	struct identity identity;
	struct child child;
	size_t next_command;
	char *temp;		    /* where the output is being written */
	bool has_begun;		    /* there may be scratch files */
	int64_t began;		    /* CLOCK_MONOTONIC, milliseconds */
	struct reapi_digest action; /* what it is to the store, and to other steps */
	struct twin *twin;	    /* steps that are the same action, or NULL */
	bool is_new;		    /* this output directory knows nothing of it */
	enum job_origin origin;
	struct reapi_digest output; /* unless it ran: what its output is; set when it is finished */
	bool kept;		    /* finished, and the result counts from now on */
};

enum job_check {
	JOB_CLEAN,
	JOB_DIRTY,
};

int64_t job_clock(void);

struct job *job_new(struct step *s);

/*
 * Prepares the step and compares it with its record. ret_reason is set when it is dirty and reasons
 * are wanted (caller frees). Negative errno after a message.
 */
int job_check(struct job *j, const struct run_options *o, char **ret_reason);
/* Names its temporary files and the action that it is. Negative errno after a message. */
int job_name(struct job *j, const struct run_options *o);
/* Looks for it in the store; after a hit its output is there as if it had run, and job_finish comes
 * next. When it was done in vain, job_reconsider does. */
enum cache_answer job_restore(struct job *j, const struct run_options *o);
/* Takes a copy of a file with this digest for its output, as job_restore does; false when the file
 * has changed or cannot be copied. */
bool job_copy(struct job *j, const char *path, const struct digest *digest);
/* Starts the next command. 1: started, 0: there is none left, negative errno after a message. */
int job_start_command(struct job *j);
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
