/*
 * What a manifest says of verifying: which kernels are asked, what a loader sets at run time, and
 * which programs it switches on and off. The project says it for all objects, an object for itself;
 * both are kept apart, since only what is said for one object has to fit that one.
 */
#ifndef SKEP_PROJECT_VERIFY_H
#define SKEP_PROJECT_VERIFY_H

#include <stdbool.h>

#include "base/str.h"

/* "NAME=VALUE" each, every name once. */
struct verify_values {
	struct strv globals;   /* "VAR", "VAR[2]", "VAR.field" */
	struct strv targets;   /* a program's function to attach to */
	struct strv types;     /* a program's type */
	struct strv map_sizes; /* a map's max_entries */
};

/* A named set of them, which goes over the plain ones. */
struct verify_preset {
	char *name;
	struct verify_values values;
};

typedef VEC(struct strv) verify_groups;

struct verify_options {
	struct strv kernels;   /* words of kernel_find; none: see outside */
	unsigned long seconds; /* for one program, 0: nothing is said; of a project only */
	struct strv optional;  /* patterns of programs that need not load */
	verify_groups one_of;  /* patterns of alternatives, of each group one has to load */
	struct verify_values values;
	VEC(struct verify_preset) presets; /* each name once */
};

void verify_values_free(struct verify_values *v);
void verify_groups_free(verify_groups *g);
void verify_options_free(struct verify_options *o);

/* The preset of this name, or NULL. */
const struct verify_preset *verify_find_preset(const struct verify_options *o, const char *name);

/*
 * Patterns of programs: "PROGRAM" of any object, or "OBJECT/PROGRAM", each with the wildcards of
 * project/pattern.h. Why a text is none, as a constant; NULL: it is one.
 */
const char *verify_pattern_problem(const char *text);
/* object: a target's name; only for texts that are patterns. */
bool verify_pattern_matches(const char *text, const char *object, const char *program);

#endif
