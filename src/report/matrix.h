/*
 * Verdicts in rows and columns: programs by kernels, with what was expected of each. The reports of
 * this room are made from it.
 */
#ifndef SKEP_REPORT_MATRIX_H
#define SKEP_REPORT_MATRIX_H

#include "kernel/explain.h"

enum cell_state {
	CELL_NONE,    /* nothing was asked */
	CELL_PASSED,  /* the verdict is as expected */
	CELL_FAILED,  /* it is not; or there is none, and there should be */
	CELL_SKIPPED, /* it does not count: see why */
};

struct matrix_cell {
	enum cell_state state;
	struct verdict verdict;
	struct explanation explanation; /* of a rejection */
	char *why;			/* FAILED: what was not met; SKIPPED: why; NULL otherwise */
	bool is_stored;			/* the store had it: nothing was loaded */
};

struct matrix_row {
	char *object, *program, *section, *type;
	char *preset;	   /* the named set of run-time settings, or NULL */
	char *description; /* its author's, or NULL */
	bool unprivileged;
	bool must_fail;		       /* the source says that it is to be rejected */
	VEC(struct matrix_cell) cells; /* one for each kernel */
};

struct matrix_kernel {
	char *name;    /* "6.12", "running" */
	char *release; /* "6.12.117+deb12-amd64", "" */
	char *arch;
	char *trouble; /* why it gave no verdicts, or NULL */
};

struct matrix {
	VEC(struct matrix_kernel) kernels;
	VEC(struct matrix_row) rows;
};

struct matrix_summary {
	unsigned passed, skipped, failed;
};

void matrix_free(struct matrix *m);
#define _cleanup_matrix_ _cleanup_(matrix_free)
struct matrix_summary matrix_count(const struct matrix *m);
struct matrix_summary matrix_count_kernel(const struct matrix *m, size_t kernel);

#endif
