/* What the parts of `skep verify` share: objects are asked about, kernels answer, rows fill. */
#ifndef SKEP_CLI_VERIFY_PARTS_H
#define SKEP_CLI_VERIFY_PARTS_H

#include "base/map.h"
#include "cli/session.h"
#include "kernel/expect.h"
#include "kernel/recall.h"
#include "kernel/worker.h"
#include "project/project.h"
#include "report/report.h"

/* One object, in one way to load it. */
struct subject {
	char *name; /* for people */
	char *preset;
	const struct target *target; /* it was built from, of the project; NULL: a file */
	const struct arch *arch;     /* it was built for; NULL: every one of its byte order */
	bool big_endian;
	struct load_object object;
	expectation_list expectations; /* none: every program is to be accepted */
	struct object_lines *lines;    /* read when they are needed first */
	bool looked_for_lines;
	bool is_borrowed;     /* data and expectations are those of a subject before it */
	struct strv optional; /* patterns of programs that need not load */
	verify_groups one_of;
	bool *is_asked; /* by kernel; NULL: all are asked about it */
};

typedef VEC(struct subject) subject_list;

/* How objects are to be loaded, and what is to come of it. */
struct verify_settings {
	struct verify_options
		command;	/* the command line, which goes over everything; no presets */
	struct strv presets;	/* only these; none: all, and each object without one beside them */
	struct project project; /* of the targets; empty for files alone */
};

/* What an object has that can be named. */
struct object_names {
	struct strv programs, maps, globals;
};

/* verify_names.c: -EBADMSG or -EOPNOTSUPP after a message. */
int object_names_read(const char *what, const void *object, size_t size, struct object_names *ret);
void object_names_free(struct object_names *n);

/* verify_subjects.c */

/*
 * Appends a subject for each word that names an object file, and hands the other words on.
 * Negative errno after a message.
 */
int subjects_of_files(const struct strv *words, subject_list *ret, struct strv *ret_targets);
/*
 * Builds targets (none: all) with `skep build` and appends them; status is its exit status. They
 * point into ret_project, which outlives them.
 */
int subjects_of_targets(const struct session_options *o, const struct strv *targets,
			subject_list *ret, struct project *ret_project, int *ret_status);
/* What an object is called in patterns of programs. Caller frees. */
char *subject_short_name(const struct subject *s);
/* Whether the nth kernel, of an architecture (NULL: an unknown one), is asked about it. */
bool subject_is_for(const struct subject *s, size_t nth, const struct arch *arch);
/* Says of which objects no kernel is asked. -EINVAL, after a message, when that is all of them. */
int subjects_check_kernels(const subject_list *l, const kernel_list *kernels);
void subject_free(struct subject *s);
void subjects_free(subject_list *l);

/*
 * verify_settings.c: gives every subject what it is to be loaded with, and makes one more of it for
 * each preset. What is said for all goes to the objects that have what is named; what no object
 * has is a mistake. Negative errno after a message for each.
 */
int subjects_prepare(subject_list *l, const struct verify_settings *s);

/* verify_rows.c */

struct rows {
	struct matrix *matrix;
	subject_list *subjects;
	VEC(size_t) subject_of; /* by row */
	struct map by_name;	/* subject, program and privileges -> row plus one, as a pointer */
	struct strv keys;
};

/* A row for everything that is expected, in order; matrix->kernels must be complete. */
void rows_begin(struct rows *r, struct matrix *m, subject_list *subjects);
/* Puts a verdict where it belongs, taking it over; object: the subject's number. */
void rows_put(struct rows *r, size_t kernel, size_t subject, struct verdict *v, bool is_stored);
/* After the last verdict: what is missing, and why. */
void rows_end(struct rows *r, const struct kernel *kernels);

/* verify_choices.c: after the last verdict, what a loader switches off where it does not load is no
 * failure, and alternatives fail when none of them loads. Rows are in the order of subjects. */
void rows_choose(struct rows *r);

/* verify_ask.c */

struct ask_options {
	struct store *store; /* or NULL */
	bool refresh, quiet;
	unsigned jobs;	     /* kernels at the same time */
	struct load_job way; /* deadline and so on; its objects are empty */
	bool emulate;
};

/*
 * Asks every kernel about every subject. A kernel that gives no answer gets its trouble written
 * down in the matrix. Negative errno after a message, or the number of a signal that stopped it.
 */
int ask_kernels(const kernel_list *kernels, subject_list *subjects, const struct ask_options *o,
		struct rows *rows);

#endif
