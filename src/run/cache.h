/* What the store knows of a job, and what it is told. Private to this room. */
#ifndef SKEP_RUN_CACHE_H
#define SKEP_RUN_CACHE_H

#include "run/job.h"
#include "store/action_value.h"

/*
 * Looks a job up that is not up to date; its temporaries must have names. ret_said is appended to;
 * ret_output is set with a hit.
 */
enum cache_answer cache_fetch(const struct job *j, const struct run_options *o,
			      struct buf *ret_said, struct reapi_digest *ret_output);

/* Keeps what a job made, at the output's place. A failure to do so is the store's to report. */
void cache_keep(const struct job *j, const struct run_options *o, const struct file *output);
/* Keeps that a job was done in vain: another way was found better. */
void cache_keep_useless(const struct job *j, const struct run_options *o);

/*
 * Asks the remote store for a job, if there is one and it may know: 1 when an answer will come,
 * with the job's action; the store has it then, if it was found.
 */
bool cache_ask(const struct job *j, const struct run_options *o);
/* After it was found: writes down what the job consists of. */
void cache_adopt(const struct job *j, const struct run_options *o);

/* The name under which the store notes a step's actions, for store_put_hint. Caller frees. */
char *cache_step_name(const struct step *s);

/* Reads an action's value, whose bytes value holds; 0, or a negative errno without a message. */
int cache_read(struct store *s, const struct digest *action, struct buf *value,
	       struct action_value *ret);

/*
 * What is new about a job compared with the nearest that the store knows of the same step: NULL
 * when it knows none. Caller frees.
 */
char *cache_explain(const struct job *j, const struct run_options *o);

#endif
