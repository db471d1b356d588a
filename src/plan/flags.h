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

/* What an architecture means for flags. */
struct flags_arch {
	const struct arch *arch;	/* NULL: this machine's, which we do not know */
	const char *name;		/* of its folder and for people, or NULL */
	const struct project_arch *own; /* what the project says for it alone, or NULL */
	const struct strv *macros;	/* see struct compile_arch */
	const char *all;		/* what the project says for all architectures, as text */
};

/*
 * Fills flags, unhashed, roots, flag_files, arch and both options of c (the rest is set), all but
 * the folder of a generated vmlinux.h. cpu is o's with "probe" resolved.
 */
void flags_for(const struct compile_options *o, const struct flags_arch *a, const char *cpu,
	       struct compile *c);

/* The macro by which the project names the architecture itself, or NULL. */
const char *flags_arch_macro(const struct compile_options *o);

/* Appends what the project says for an architecture alone, as text. */
void flags_describe_arch(const struct project_arch *a, struct buf *ret);

/* The source of types for an architecture, or NULL when none was named. */
const char *flags_types_source(const struct compile_options *o, const struct flags_arch *a);

/* Adds the folder of a generated vmlinux.h: before all others (a header that was named), or after
 * the user's own. */
void flags_add_types_dir(struct compile *c, const char *dir, bool first);

/*
 * Adds what the source of types (NULL: none was named) means for the flags: a header is copied, and
 * may include others that lie beside it.
 */
void flags_add_source(struct compile *c, const char *source);

/*
 * The flags among c's that may change where the compiler looks for includes, but for the folders
 * of an architecture, which it looks at last.
 */
void flags_for_search(const struct compile *c, struct strv *ret);
/* Adds those folders to what the compiler said. */
void flags_add_system_dirs(const struct compile *c, struct search *s);

#endif
