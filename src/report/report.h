/* A matrix of verdicts, for people and for programs. All of them append to a buffer. */
#ifndef SKEP_REPORT_REPORT_H
#define SKEP_REPORT_REPORT_H

#include "report/matrix.h"

struct table_options {
	unsigned width; /* columns of the terminal; 0: as many as it takes */
	bool colour;
	bool failures_only; /* leave the table out */
	bool show_logs;	    /* whole logs of what was not accepted */
	unsigned log_lines; /* of a rejection's log, from its end; 0: none */
};

/*
 * One row for each program with a column for each kernel (instructions processed, or what went
 * wrong), then each failure with its place in the source, the verifier's message and the reason,
 * then "Summary: N PASSED, M SKIPPED, K FAILED".
 */
void report_table(const struct matrix *m, const struct table_options *o, struct buf *ret);

/* One object: kernels, programs, verdicts with all figures; ends with a newline. */
void report_json(const struct matrix *m, struct buf *ret);

/*
 * veristat's columns in its order, under its names and with its words, but for those that nobody
 * asked for (size after the JIT, attach type, memory); with several kernels a column "kernel",
 * which is not veristat's, comes last.
 */
void report_csv(const struct matrix *m, struct buf *ret);

/* As continuous integration reads it: a suite for each kernel. */
void report_junit(const struct matrix *m, struct buf *ret);

/* One self-contained page. */
void report_html(const struct matrix *m, struct buf *ret);

struct compare_limits {
	double percent; /* growth of instructions or states that counts; 0: any */
	uint64_t least; /* growth below this many instructions never counts */
};

/*
 * Compares with an earlier report_csv, or veristat's: what is rejected now, what is accepted now,
 * what got dearer or cheaper, what came and went. text is outside data: -EBADMSG after a message
 * that names the line. *ret_worse is set when something got worse.
 */
int report_compare(const struct matrix *m, const char *name, const char *text, size_t size,
		   const struct compare_limits *limits, struct buf *ret, bool *ret_worse);

#endif
