/* All compilers there are, for who wants to see them rather than to use one. */
#ifndef SKEP_COMPILER_LIST_H
#define SKEP_COMPILER_LIST_H

#include <stdbool.h>

#include "base/mem.h"

struct compiler_facts {
	char *path;
	char *version; /* first line of what it says of itself; its complaint when it does not run
			*/
	char *cpus;    /* what -mcpu may be: "generic probe v1 v2 v3 v4"; "" without BPF target */
	bool is_suitable; /* new enough and with the BPF target */
};

typedef VEC(struct compiler_facts) compiler_list;

/* Asks each clang that a build could find in PATH, the newest name first. */
void compiler_list_all(compiler_list *ret);
void compiler_list_free(compiler_list *list);

#endif
