/* The compiler's flags for a target: private to this room. */
#ifndef SKEP_PLAN_FLAGS_H
#define SKEP_PLAN_FLAGS_H

#include "project/project.h"
#include "steps/steps.h"

/*
 * The target triple for objects of this machine's byte order, whatever `bpf` alone means to a
 * compiler.
 */
const char *flags_host_target(void);

/*
 * Fills flags, unhashed, roots and flag_files of c (the rest is set), all but the folder of a
 * generated vmlinux.h. cpu is o's with "probe" resolved.
 */
void flags_for(const struct compile_options *o, const char *cpu, struct compile *c);

/* Adds the folder of a generated vmlinux.h: before all others (a header that was named), or after
 * the user's own. */
void flags_add_types_dir(struct compile *c, const char *dir, bool first);

/*
 * Adds what the source of types (NULL: none was named) means for the flags: a header is copied, and
 * may include others that lie beside it.
 */
void flags_add_source(struct compile *c, const char *source);

/* What the project says of a compile, on a host like this: the same text means the same. Caller
 * frees. */
char *flags_describe(const struct compile_options *o);

/* Frees what flags_for filled. */
void flags_free(struct compile *c);

/* The flags among c's that may change where the compiler looks for includes. */
void flags_for_search(const struct compile *c, struct strv *ret);

#endif
