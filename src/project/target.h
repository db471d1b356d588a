/* Making targets: defaults, names, and the check that no two are called alike. */
#ifndef SKEP_PROJECT_TARGET_H
#define SKEP_PROJECT_TARGET_H

#include "project/project.h"

#define TARGET_MAX 100000

/*
 * Adds a target with every default applied and no sources. name and origin are taken over. The
 * pointer is valid until the next call.
 */
struct target *target_add(struct project *p, char *name, char *origin);
void target_free(struct target *t);

/* What is wrong with a name for a target, or NULL. */
const char *target_name_problem(const char *name);
/* What names a source's target: its file name less ".bpf.c", or else less its last suffix. */
char *target_stem(const char *source);

/* Sorts the targets by name; two of one name are -EEXIST after a message for each pair. */
int target_sort_unique(struct project *p);

#endif
