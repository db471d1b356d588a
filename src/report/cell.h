/* What all reports say of a row and of a cell, in the same words. */
#ifndef SKEP_REPORT_CELL_H
#define SKEP_REPORT_CELL_H

#include "report/matrix.h"

/* "prog", "prog @unpriv", "prog [preset]". Caller frees. */
char *row_name(const struct matrix_row *r);
/*
 * The objects' names as veristat has them, without folders, where two rows' objects are not the
 * same then. One for each row; caller frees.
 */
void row_file_names(const struct matrix *m, struct strv *ret);
/* "6.12", or with machines of several architectures "6.12 arm64". Caller frees. */
char *kernel_label(const struct matrix *m, size_t kernel);

/* There may be none, of a kernel that broke down. */
static inline bool cell_has_verdict(const struct matrix_cell *c)
{
	return c->verdict.program != NULL;
}

static inline bool cell_is_accepted(const struct matrix_cell *c)
{
	return cell_has_verdict(c) && c->verdict.kind == VERDICT_ACCEPTED;
}

/* It was accepted, and should be: its figures are what there is to say. */
bool cell_is_figures(const struct matrix_cell *c);
/* What there is to say otherwise, in a word or two. */
const char *cell_word(const struct matrix_row *r, const struct matrix_cell *c);

/* "passed", "failed", ... as in JSON and HTML. */
const char *cell_state_name(enum cell_state s);
/* "accepted", "rejected", ... */
const char *cell_verdict_name(enum verdict_kind k);

#endif
