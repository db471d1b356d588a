/*
 * What is left of a job while machines come and go. It is a list of parts, in the job's order: at
 * first a part is an object with all its tries. Where a machine dies the object it was at is split
 * into one part for each program that has no verdict yet, so that a second death names one.
 */
#ifndef SKEP_KERNEL_VM_REST_H
#define SKEP_KERNEL_VM_REST_H

#include "kernel/load.h"

struct vm_part {
	const struct load_object *object;
	bool is_single;
	struct load_try single; /* its strings belong to the job and to vm_rest */
};

struct vm_rest {
	const struct load_job *job;
	VEC(struct vm_part) parts;
	struct strv names; /* of programs that objects were found to have */
	/* Of the machine that runs: */
	size_t begun;		   /* parts that it has announced; the last is the one it is at */
	VEC(struct load_try) seen; /* verdicts that came for that one: program and unprivileged */
};

void vm_rest_begin(struct vm_rest *r, const struct load_job *job);
void vm_rest_free(struct vm_rest *r);
#define _cleanup_rest_ _cleanup_(vm_rest_free)

/* What a new machine gets, as bytes. */
void vm_rest_put(const struct vm_rest *r, struct buf *ret);

/* The machine says that it begins the next object, or sends a verdict. -EBADMSG, without a message,
 * when that cannot be. */
int vm_rest_object(struct vm_rest *r);
int vm_rest_verdict(struct vm_rest *r, const struct verdict *v);

/*
 * The machine died. What it was done with is no longer left. 1: it was alone with the try that
 * *ret_part then is, and which is no longer left either; 0: the rest may be tried again.
 */
int vm_rest_died(struct vm_rest *r, struct vm_part *ret_part);

#endif
