/*
 * What a kernel says of one program: the result of loading it, with the verifier's figures and its
 * log. The same structure comes from the running kernel, from a virtual machine and from the store.
 */
#ifndef SKEP_KERNEL_VERDICT_H
#define SKEP_KERNEL_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum verdict_kind {
	VERDICT_ACCEPTED,
	VERDICT_REJECTED, /* by the kernel, or by libbpf before it asked the kernel: see error, said
			   */
	VERDICT_UNTRIED,  /* the object could not be opened, or another part of it failed: see said
			   */
	VERDICT_TIMEOUT,  /* the deadline went by */
	VERDICT_CRASHED,  /* the process that loaded it died, or the machine did: see said */
};

/* Of the verifier's log; zeros when the kernel did not say. */
struct verdict_figures {
	uint64_t instructions; /* processed */
	uint64_t total_states, peak_states, max_states_per_instruction, mark_read;
	uint64_t nanoseconds;
	uint32_t stack; /* bytes, of all frames together */
};

struct verdict {
	char *object;  /* as the job names it */
	char *program; /* the function's name */
	char *section; /* "tracepoint/syscalls/sys_enter_openat" */
	char *type;    /* "tracepoint", libbpf's name of the program's type */
	bool unprivileged;
	enum verdict_kind kind;
	int error;     /* errno, positive; 0 when there is none */
	uint32_t size; /* instructions in the object */
	struct verdict_figures figures;
	bool was_run;  /* a test run was asked for and took place */
	int run_error; /* errno of the test run, positive; 0: it went well */
	uint32_t run_result;
	char *log; /* the verifier's, "" when there is none; cut in the middle to the job's limit */
	char *said;	  /* what libbpf had to say about it, "" when nothing */
	char *translated; /* the instructions as the kernel has them, when they were asked for */
};

void verdict_free(struct verdict *v);
#define _cleanup_verdict_ _cleanup_(verdict_free)

/* Figures from the last lines of a log. What is not there stays zero. */
void verdict_read_figures(const char *log, struct verdict_figures *ret);

/* As bytes (store/codec.h); reading gives -EBADMSG, without a message, for what is no verdict. */
void verdict_put(const struct verdict *v, struct buf *ret);
int verdict_get(const void *data, size_t size, struct verdict *ret);

#endif
