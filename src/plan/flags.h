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
 * What the project says of a compile: for an architecture, or of all that it may be for when the
 * unit is neutral. The same texts mean the same. Caller frees.
 */
char *flags_describe(const struct compile_options *o, const struct flags_arch *a, bool neutral);

/*
 * Adds the folders that are there of an architecture's (NULL: none's) system headers; whether any
 * is.
 */
bool flags_find_system_dirs(const struct arch *arch, struct strv *ret);

/*
 * Fills all of w but the search path, and what a generated vmlinux.h adds. headers is whose system
 * headers are read, cpu is o's with "probe" resolved, directory the project's.
 */
void flags_for(const struct compile_options *o, const struct flags_arch *a,
	       const struct arch *headers, const char *cpu, const char *directory,
	       struct compile_way *w);

/* Whether sources become bitcode, which is linked by LLVM. */
bool flags_want_bitcode(const struct compile_options *o);

/* The macro by which the project names the architecture itself, or NULL. */
const char *flags_arch_macro(const struct compile_options *o);

/* Appends what the project says for an architecture alone, as text. */
void flags_describe_arch(const struct project_arch *a, struct buf *ret);

/* The source of types for an architecture, or NULL when none was named. */
const char *flags_types_source(const struct compile_options *o, const struct flags_arch *a);

/* Adds the folder of a generated vmlinux.h: before all others (a header that was named), or after
 * the user's own. */
void flags_add_types_dir(struct compile_way *w, const char *dir, bool first);

/*
 * Adds what the source of types (NULL: none was named) means for the flags: a header is copied, and
 * may include others that lie beside it.
 */
void flags_add_source(struct compile_way *w, const char *source);

/*
 * The flags among w's that may change where the compiler looks for includes, but for the folders
 * of an architecture, which it looks at last.
 */
void flags_for_search(const struct compile_way *w, struct strv *ret);
/* Adds those folders to what the compiler said. */
void flags_add_system_dirs(const struct compile_way *w, struct search *s);

#endif
