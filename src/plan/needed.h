/* What some programs need of a header with types, without building them. */
#ifndef SKEP_PLAN_NEEDED_H
#define SKEP_PLAN_NEEDED_H

#include "base/str.h"
#include "project/project.h"

struct needed_options {
	const char *clang;		       /* --clang's value, or NULL: as for a build */
	const struct compile_options *compile; /* -I, -D and the like */
};

/*
 * Appends the part of a header (text, as `skep vmlinux` prints it, called name in messages) that
 * the programs need together. Any vmlinux.h on their include path counts as this one. Negative
 * errno after a message: -EOPNOTSUPP when the header is of a form that is not understood.
 */
int needed_types(const struct strv *programs, const struct needed_options *o, const char *name,
		 const struct buf *text, struct buf *ret);

#endif
