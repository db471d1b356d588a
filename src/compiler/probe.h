/* Asking a compiler, once, what it is and where it looks: a private matter of this room. */
#ifndef SKEP_COMPILER_PROBE_H
#define SKEP_COMPILER_PROBE_H

#include "compiler/compiler.h"

struct probe_answer {
	bool works;    /* it compiled an empty file for the target */
	char *text;    /* its words when it did not */
	char *version; /* first line of its version text */
	unsigned major;
	bool no_default_config;
	struct search search;
	struct strv absent; /* directories in the flags that do not exist */
};

/*
 * Compiles an empty file with the flags (NULL: none) and reads what -v prints; the answer is
 * taken from memory when the program has not changed. Negative errno when it cannot be run;
 * -EINTR, after a message, when somebody killed it.
 */
int probe_compiler(const char *path, const char *target, const struct strv *flags,
		   const struct compiler_memory *memory, struct probe_answer *ret);
void probe_answer_free(struct probe_answer *a);

#endif
