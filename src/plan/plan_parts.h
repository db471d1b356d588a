/* What the files that make a plan share. Private to this room. */
#ifndef SKEP_PLAN_PLAN_PARTS_H
#define SKEP_PLAN_PLAN_PARTS_H

#include "base/map.h"
#include "plan/flags.h"
#include "plan/plan.h"

struct planner {
	const struct project *project;
	const struct build *build;
	const struct plan_options *options;
	struct plan *plan;
	const struct flags_arch *arch; /* of what is being planned */
	struct map ways;	       /* what the project says -> struct ways */
	struct map searches;	       /* flags, one a line -> struct search */
	struct map types_steps;	       /* where types come from -> struct types_steps */
	struct map index_steps;	       /* header -> step that makes its index */
	struct strv keys;	       /* keys of the maps */
	const char *probed_cpu;
};

/* The steps that make the index of a source of types, and vmlinux.h from that. */
struct types_steps {
	struct step *index, *header;
};

/* How units with certain options are compiled. */
struct ways {
	struct compile_way *plain;
	struct compile_way *typed; /* with a vmlinux.h that a step makes; NULL: not needed yet */
	struct types_steps *types; /* which do that */
};

/* ways.c */

/* One for all targets that the project says the same of. Negative errno after a message. */
int plan_find_ways(struct planner *p, const struct target *t, struct ways **ret);
/*
 * Makes one that the plan owns; types: the steps that make vmlinux.h, or NULL. Negative errno after
 * a message.
 */
int plan_make_way(struct planner *p, const struct target *t, const struct types_steps *types,
		  struct compile_way **ret);

#endif
