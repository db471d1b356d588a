/* skep build --check-types */
#ifndef SKEP_CLI_CHECK_TYPES_H
#define SKEP_CLI_CHECK_TYPES_H

#include "cli/progress.h"
#include "plan/plan.h"

struct check_types_options {
	const char *output_dir;
	struct strv arguments; /* those of `skep build` that shape the result */
	struct progress *progress;
};

/*
 * Builds once more with the whole vmlinux.h and compares every wanted object (units that are
 * linked, too) and skeleton: whether libbpf and the kernel would see a difference. Negative errno
 * after a message for each difference; the number of a signal that stopped it.
 */
int check_types(const struct plan *p, const struct check_types_options *o);

#endif
