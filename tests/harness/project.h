/*
 * A small project with a program of every kind, in variants whose outputs are known. A variant is a
 * set of bits, each of which changes some of the files.
 */
#ifndef SKEP_TESTS_HARNESS_PROJECT_H
#define SKEP_TESTS_HARNESS_PROJECT_H

#include "base/mem.h"
#include "base/str.h"

#define PROJECT_BITS 3
#define PROJECT_VARIANTS (1u << PROJECT_BITS)

struct project_output {
	char *name; /* in the output directory */
	struct buf content;
};

struct project {
	struct buf header;   /* a large vmlinux.h; bit 2 changes it */
	struct buf types[2]; /* objects whose BTF has its types, by bit 2 */
	VEC(struct project_output) outputs[PROJECT_VARIANTS];
};

/*
 * Builds every variant in a folder of its own below top, with no store. Negative errno when one
 * cannot be built: what skep said is on stderr.
 */
int project_learn(struct project *p, const char *skep, const char *top);
void project_free(struct project *p);

/* How files are changed: as an editor does it that writes in place, or that renames. */
enum project_how {
	PROJECT_IN_PLACE,
	PROJECT_RENAME,
};

/* Makes dir hold a variant. Ends the process when it cannot. */
void project_write(const struct project *p, const char *dir, unsigned variant,
		   enum project_how how);

/*
 * What is wrong with the outputs below dir/build, or NULL; the caller frees it. exactly: they are
 * those of the variant, all of them; else each one that is there is that of some variant.
 */
char *project_compare(const struct project *p, const char *dir, unsigned variant, bool exactly);

/* The first temporary file left anywhere below path, or NULL. The caller frees it. */
char *project_find_temporary(const char *path);

#endif
