/*
 * A matrix makes many objects of one entry: it has axes, an axis has alternatives, and every
 * combination of alternatives, one from each axis, is an object unless it is excluded.
 */
#ifndef SKEP_PROJECT_MANIFEST_MATRIX_H
#define SKEP_PROJECT_MANIFEST_MATRIX_H

#include "base/mem.h"
#include "project/manifest_schema.h"

#define MATRIX_MAX_AXES 16
#define MATRIX_MAX_EXCLUDED 1000

struct alternative {
	const char *label;
	struct layer layer;
};

struct axis {
	const char *name;
	VEC(struct alternative) alternatives;
};

/* A choice of alternatives by their indices, axis by axis. */
struct combination {
	int choice[MATRIX_MAX_AXES];
};

/* Strings and settings point into the nodes it was read from. No axes: one combination. */
struct manifest_matrix {
	VEC(struct axis) axes;
	VEC(struct combination) excluded; /* -1 where an axis does not matter */
};

/* Reads the two nodes, each of which may be NULL. Errors are reported and left out of ret. */
void manifest_matrix_read(struct manifest_report *r, const struct node *matrix,
			  const struct node *exclude, struct manifest_matrix *ret);
void manifest_matrix_free(struct manifest_matrix *m);
#define _cleanup_manifest_matrix_ _cleanup_(manifest_matrix_free)

/* The number of combinations, excluded ones too; at most max + 1. */
size_t manifest_matrix_size(const struct manifest_matrix *m, size_t max);
bool manifest_matrix_excludes(const struct manifest_matrix *m, const struct combination *c);
/* Goes on to the next combination, the last axis changing first; false at the end. */
bool manifest_matrix_next(const struct manifest_matrix *m, struct combination *c);

#endif
