/*
 * A process that puts a job to one kernel, the running one or one in a virtual machine, and hands
 * the answers on as they come. Whatever happens to it, skep goes on.
 */
#ifndef SKEP_KERNEL_WORKER_H
#define SKEP_KERNEL_WORKER_H

#include "kernel/load.h"
#include "kernel/vm.h"

struct worker;

/* kernel and vm are used until the worker ends. Negative errno after a message. */
int worker_start(const struct kernel *kernel, const struct load_job *job,
		 const struct vm_options *vm, struct worker **ret);
/* For poll(): readable when worker_next has something to say. */
int worker_fd(const struct worker *w);

enum worker_event {
	WORKER_NOTHING, /* not yet */
	WORKER_BEGUN,	/* the kernel runs and answers; text is its release */
	WORKER_OBJECT,	/* text: the name of an object that is begun */
	WORKER_VERDICT,
	WORKER_TROUBLE, /* text, as a message has it */
	WORKER_DONE,	/* the whole job was done */
	WORKER_LOST,	/* it ended before that; text says how */
};

struct worker_news {
	enum worker_event event;
	const char *text;	/* until the next call */
	struct verdict verdict; /* freed by the caller */
};

/* What is new; never waits. After WORKER_DONE and WORKER_LOST nothing follows. */
void worker_next(struct worker *w, struct worker_news *ret);
/* Ends the process if it still runs, and its machine with it. NULL is fine. */
void worker_free(struct worker *w);

#endif
