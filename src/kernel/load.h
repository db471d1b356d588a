/*
 * Loading programs to learn a kernel's verdict. Nothing is attached and nothing is pinned; what was
 * loaded is gone when its process ends. The same code asks the running kernel and, in the agent,
 * that of a virtual machine; a job travels there as bytes.
 */
#ifndef SKEP_KERNEL_LOAD_H
#define SKEP_KERNEL_LOAD_H

#include "kernel/verdict.h"

/* A word for one program, map or global: "NAME=VALUE". */
struct load_pair {
	char *name, *value;
};

struct load_pairs {
	struct load_pair *v;
	size_t n, cap;
};

/* How one attempt is made. An object's programs are tried together first when there are several
 * plain ones, which opens the object once. */
struct load_try {
	char *program;	   /* NULL: every program that a loader would load, each with a verdict */
	struct strv with;  /* programs that are loaded along and have no verdict */
	bool unprivileged; /* without CAP_BPF and the like; never on the running kernel of a host */
	bool run;	   /* a test run afterwards; on a host only when the job allows it */
	bool want_translated;
	uint32_t log_level; /* 0: the figures only, and everything when it is rejected */
	uint32_t flags;	    /* BPF_F_* of BPF_PROG_LOAD, beside libbpf's */
};

struct load_object {
	char *name; /* identifies it in verdicts */
	struct buf data;
	VEC(struct load_try) tries;
	/* What a loader sets at run time. */
	struct load_pairs globals;   /* global data: "VAR", "VAR[2]", "VAR.field" */
	struct load_pairs targets;   /* program -> function to attach to */
	struct load_pairs types;     /* program -> "xdp", "cgroup_skb:ingress" as libbpf names
					sections */
	struct load_pairs map_sizes; /* map -> max_entries */
};

struct load_job {
	VEC(struct load_object) objects;
	uint32_t seconds;   /* deadline of one program with its log and test run; 0: 60 */
	uint32_t log_limit; /* bytes of a log that are kept, half from its end; 0: 256 KiB */
	bool allow_run;
	bool want_all_logs; /* of accepted programs, too: level 2 */
	/* The machine is thrown away afterwards: unprivileged tries are made, for which the kernel
	 * is told to allow them. Without it they get VERDICT_UNTRIED. */
	/* What is to happen between WIRE_HELLO and the first object; it may write frames to fd.
	 * NULL: nothing. No part of the bytes. */
	void (*begin)(int fd);
	bool own_machine;
};

void load_job_free(struct load_job *j);
#define _cleanup_load_job_ _cleanup_(load_job_free)

/* As bytes; reading gives -EBADMSG, without a message, for what is no job. */
void load_job_put(const struct load_job *j, struct buf *ret);
int load_job_get(const void *data, size_t size, struct load_job *ret);

/*
 * Works through a job and writes frames (kernel/wire.h) to fd: WIRE_HELLO, then for each object
 * WIRE_OBJECT and its WIRE_VERDICTs, and WIRE_DONE. Each object is loaded in a child: one that
 * hangs or dies costs its program a verdict, not the others theirs. Negative errno, without a
 * message, when fd cannot be written to.
 */
int load_job_run(const struct load_job *j, int fd);

/* Whether this process may ask the running kernel at all: -EPERM after a message that says which
 * capabilities are missing. */
int load_check_rights(void);

#endif
