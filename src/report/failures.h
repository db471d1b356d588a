/* What did not go as it should, for people to read: each failure with its place and its reason. */
#ifndef SKEP_REPORT_FAILURES_H
#define SKEP_REPORT_FAILURES_H

#include "report/report.h"

/* Colours of a terminal; what is painted is one line. */
enum paint {
	PAINT_NONE,
	PAINT_GOOD,
	PAINT_BAD,
	PAINT_ODD,
	PAINT_FAINT,
	PAINT_TITLE,
};

/* The sequence that begins a colour, or with PAINT_NONE ends it; "" when there is to be none. */
const char *paint_code(const struct table_options *o, enum paint p);

/* Told once: what is the same on several kernels, or of several programs of an object. */
struct failure {
	const struct matrix_row *row; /* the first of them */
	const struct matrix_cell *cell;
	struct strv programs, kernels; /* their names */
};

typedef VEC(struct failure) failure_list;

/* In the order of the rows; m must outlive it. Cells of a kernel that broke down are left out. */
void failures_find(const struct matrix *m, failure_list *ret);
void failures_free(failure_list *l);
#define _cleanup_failures_ _cleanup_(failures_free)

/* What became of a program where nobody said more; or NULL. */
const char *failure_fate(const struct matrix_row *r, const struct matrix_cell *c);

/* Each failure, and an empty line after it. */
void failures_put(const struct matrix *m, const struct table_options *o, struct buf *ret);
/* Kernels that gave no verdicts. */
void troubles_put(const struct matrix *m, const struct table_options *o, struct buf *ret);

#endif
