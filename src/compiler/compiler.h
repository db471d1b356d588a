/*
 * The compiler behind one small interface: finding the right clang, and what it says of itself.
 * Answers are kept in the state, so that a build with nothing to do starts no compiler.
 */
#ifndef SKEP_COMPILER_COMPILER_H
#define SKEP_COMPILER_COMPILER_H

#include "base/str.h"
#include "scan/walk.h"
#include "store/cas.h"
#include "store/state.h"

#define COMPILER_MIN_MAJOR 14
/* Names clang-NN are looked for from here down. */
#define COMPILER_MAX_MAJOR 49

/* Where what compilers say of themselves is remembered. */
struct compiler_memory {
	struct state *state;
	struct store *store; /* or NULL: shared by all projects of this user */
};

struct compiler {
	char *path;    /* absolute */
	char *version; /* first line of its version text, packaging revision included */
	unsigned major;
	bool no_default_config; /* knows --no-default-config */
};

/*
 * Finds the newest clang of at least COMPILER_MIN_MAJOR that has the BPF target: clang-NN and
 * clang in PATH. wanted, when not NULL, is the only one considered: a path or a name in PATH;
 * who names what asked for it, for messages. target and flags (or NULL) are those that
 * compiler_search is likely to be asked about: one start of the compiler then answers both.
 * Negative errno after a message.
 */
int compiler_find(const char *wanted, const char *who, const char *target, const struct strv *flags,
		  const struct compiler_memory *memory, struct compiler *ret);
void compiler_free(struct compiler *c);

/*
 * The directories the compiler would search with these flags for this target, and a text that
 * changes with the resource headers' place. Negative errno after a message that carries the
 * compiler's own words when it refuses the flags.
 */
int compiler_search(const struct compiler *c, const char *target, const struct strv *flags,
		    const struct compiler_memory *memory, struct search *ret);

/*
 * For those who want to know whether all that follows from a compiler is still so: the folders that
 * count, beside the program itself; whether what it said is remembered, for the program as it is
 * now; and the folders that it looked for in vain.
 */
void compiler_folders(const char *path, struct strv *ret);
bool compiler_is_remembered(const char *path, struct state *state);
void compiler_each_absent(struct state *state, void (*fn)(const char *dir, void *arg), void *arg);

/*
 * The environment compilers run in: what they need to run, nothing that steers them
 * (C_INCLUDE_PATH, CCC_OVERRIDE_OPTIONS and the like are absent).
 */
void compiler_environment(struct strv *ret);

#endif
