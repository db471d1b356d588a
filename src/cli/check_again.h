/* What `skep build --check-...` have in common: building again in another way, and comparing. */
#ifndef SKEP_CLI_CHECK_AGAIN_H
#define SKEP_CLI_CHECK_AGAIN_H

#include "base/file.h"
#include "cli/rebuild.h"
#include "plan/plan.h"

/* What was built, and the same made again. */
struct both {
	const char *mine;
	char *other;
	struct file_content contents[2];
};

/* A way to build again, and what counts as the same: functions give -EILSEQ after a message when it
 * is not, other negative errno after one when that cannot be told. */
struct check_again {
	const char *option; /* that asks for it, without dashes: begins its messages */
	const char *flag;   /* of `skep build`: that other way */
	int (*object)(const struct both *b);
	int (*skeleton)(const struct both *b);
	const char *other; /* "with the whole vmlinux.h": what is made again */
	const char *what;  /* "types": begins the line that says that all is well */
};

/*
 * Builds again and compares every wanted object (units that are linked, too) and skeleton. Negative
 * errno after a message for each difference; the number of a signal that stopped it.
 */
int check_again(const struct plan *p, const struct check_again *c, const struct rebuild_options *o);

/* For libbpf and a kernel, objects and skeletons made with slices of vmlinux.h and with all of it.
 */
extern const struct check_again check_types;
/* Byte by byte, what is made for several architectures at once and for each alone. */
extern const struct check_again check_arch;

#endif
