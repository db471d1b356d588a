/*
 * The parts of loading: a parent (load.c) that watches children (load_child.c), each of which works
 * at one object until it is done, dies or is ended. They share what is here.
 */
#ifndef SKEP_KERNEL_LOAD_PARTS_H
#define SKEP_KERNEL_LOAD_PARTS_H

#include <bpf/libbpf.h>

#include "kernel/load.h"

/* One program in one way: what has one verdict. */
struct load_attempt {
	const struct load_try *how;
	char *program;
};

/* Where a child begins: its predecessors have given the verdicts before it. */
struct load_start {
	size_t at;
	size_t alone_until; /* attempts before this one are not made together */
};

struct loader {
	const struct load_job *job;
	const struct load_object *object;
	int fd; /* to the parent */
	VEC(struct load_attempt) attempts;
	struct bpf_object *spare; /* opened and not yet used, or NULL */
	struct load_start start;
	char *log; /* LOAD_LOG_SIZE bytes; memory only where the kernel has written */
	/* How many of the next attempts are better made alone, and how many it will be then. */
	size_t alone, penalty;
};

/* As much as every kernel takes (UINT_MAX >> 8 before 5.15). */
#define LOAD_LOG_SIZE ((uint32_t)(16 << 20) - 1)

/* Runs in the child and never returns. */
_Noreturn void load_child(const struct load_job *j, const struct load_object *o,
			  struct load_start start, int fd);

/* load_alone.c: makes an attempt by itself. known_bad: it was rejected among others, so that the
 * log is asked for right away. */
struct verdict load_alone(struct loader *l, size_t at, bool known_bad);
/* What is known before: names, section, type and size. */
struct verdict load_begin_verdict(const struct loader *l, const struct load_attempt *a,
				  const struct bpf_object *obj);
/* Tells the parent what is at work, attempts [at, end), and what to say if it does not come back:
 * v as it is, or that it crashed or took too long when it is VERDICT_UNTRIED. */
void load_announce(const struct loader *l, size_t at, size_t end, const struct verdict *v);
/* A verdict for all that is left of an object. Takes said. */
struct verdict load_end_verdict(const struct load_object *o, const char *program,
				enum verdict_kind kind, int error, char *said);

/* load_open.c: the object with the job's settings, nothing loaded; for an error, a sentence that
 * the caller frees. What libbpf says goes to load_said. */
struct bpf_object *load_open(const struct load_object *o, int *ret_error, char **ret_why);
/* Chooses what is loaded: these programs and the maps they may need. */
void load_choose(struct bpf_object *obj, const struct strv *programs, bool unprivileged);
/* The value a job's list has for a name, or NULL. */
const char *load_pair_of(const struct load_pairs *l, const char *name);
/* Negative errno, and a sentence that the caller frees. */
int load_set_target(struct bpf_program *p, const char *function, char **ret_why);
const char *load_type_name(const struct bpf_program *p);

/* load_maps.c: no pins; sizes as the job gives them, or such that the kernel takes them. */
int load_set_maps(struct bpf_object *obj, const struct load_object *o, char **ret_why);
/* Whether those without rights may create such a map. */
bool load_is_map_for_all(const struct bpf_map *m);
/* Whether a struct_ops map has one of these programs as a function. */
bool load_map_has_program(const struct bpf_map *m, const struct bpf_object *obj,
			  const struct strv *programs);
/* Why a map could not be made, as a sentence when a map's type is not known here; or NULL. */
char *load_explain_map(const struct bpf_object *obj);

/* load_globals.c: writes "VAR", "VAR[2]", "VAR.field" into the object's data. */
int load_set_global(struct bpf_object *obj, const struct load_pair *p, char **ret_why);

/* load_log.c: what libbpf says, collected from load_said_begin on. */
void load_said_begin(void);
const char *load_said(void);
/* The same without what says only that something failed; program: the lines about it, or NULL for
 * all. Caller frees. */
char *load_said_text(const char *program);
/* The last program that libbpf complained of, as "NAME"; NULL when there is none. Caller frees. */
char *load_said_program(void);
/* A log within limit bytes: its beginning, a line that says what is missing, and its end. */
char *load_cut_log(const char *log, size_t limit);

/* load_rights.c */
/* The capabilities that this process lacks to load anything, "CAP_BPF, CAP_PERFMON", found by
 * trying; "" for none. Caller frees. */
char *load_missing_rights(void);
/* Gives up what an unprivileged process does not have, or takes it back. */
int load_set_privileged(bool privileged);
/* Tells the kernel to let unprivileged processes load programs. -EPERM when it does not. */
int load_allow_unprivileged(void);

/* load_run.c: a test run of a loaded program, into the verdict. */
void load_run(const struct bpf_program *p, struct verdict *v);

#endif
