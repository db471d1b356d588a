/* skep build --check-reproducible */
#ifndef SKEP_CLI_REPRODUCIBLE_H
#define SKEP_CLI_REPRODUCIBLE_H

#include "cli/progress.h"
#include "plan/plan.h"

struct reproducible_options {
	const char *manifest; /* or NULL */
	const char *output_dir;
	struct strv arguments; /* those of `skep build` that shape the result */
	struct files *files;
	struct progress *progress;
};

/*
 * Copies the inputs of every step to other folders, builds there with another environment and
 * another layout of memory, and compares every wanted object and skeleton, byte by byte. Negative
 * errno after a message that names what differs; the number of a signal that stopped it.
 */
int reproducible_check(const struct plan *p, const struct reproducible_options *o);

#endif
