/*
 * From targets to a graph of steps: which units are compiled how, what is linked, where vmlinux.h
 * comes from, and what each file is called.
 */
#ifndef SKEP_PLAN_PLAN_H
#define SKEP_PLAN_PLAN_H

#include "project/project.h"
#include "run/step.h"
#include "steps/steps.h"

/* A unit with types made from a source that is not there. */
struct planned_typeless {
	struct step *compile;
	const char *source; /* borrowed from the step that would read it */
};

struct planned_header {
	struct step *header, *compile;
};

struct planned_target {
	const struct target *target;
	const struct arch *arch;
	struct step *object;
	struct step *skeleton; /* or NULL */
};

struct flags_arch;

struct plan {
	struct graph graph;
	VEC(struct planned_target) targets; /* in the project's order, for each architecture */
	VEC(struct flags_arch *) archs;
	struct strv arch_macros; /* which tell architectures apart */
	char *arch_all;		 /* what the project says for all of them, as text */
	struct strv folders; /* of architectures, below the output directory; none for a single one
			      */
	VEC(struct compile_way *) ways;
	VEC(struct step *) compiles;
	VEC(struct planned_typeless) typeless;
	/* Headers that are made for people, editors and units that need all of one: they are
	 * wanted when one of their units is. */
	VEC(struct planned_header) headers;
	VEC(struct search *) searches;
	VEC(struct step *) ltos; /* steps that link bitcode */
	struct lto_llvm llvm;	 /* with this; empty until it is found */
};

struct plan_options {
	const char *output_dir; /* relative to the project's directory, or absolute; tidied */
	struct compiler_memory memory;
	bool prebuilt; /* nothing will be run: no compiler is asked, and no headers are looked for
			*/
};

/*
 * Plans every target. project, build and options outlive the plan. Negative errno after a message;
 * the compiler may be started to learn its search path when the state does not know it.
 */
int plan_project(const struct project *project, const struct build *build,
		 const struct plan_options *options, struct plan *ret);
void plan_free(struct plan *p);
#define _cleanup_plan_ _cleanup_(plan_free)

/*
 * The target triple and the flags that the first unit's search path depends on: what the compiler
 * is asked about first. ret stays empty when there is no unit.
 */
const char *plan_first_flags(const struct project *project, const struct build *build,
			     struct strv *ret);

/*
 * The target that words like "execsnoop", "execsnoop.bpf.o", "build/execsnoop.skel.h" or
 * "src/execsnoop.bpf.c" mean; several when a source makes several objects. Negative errno after a
 * message that suggests the nearest name when there is none.
 */
int plan_want(struct plan *p, const char *word);

/* After the last plan_want: marks what nothing needs and people want to see all the same. */
void plan_want_headers(struct plan *p);

/* After the last plan_want: -ENOENT after a message when something wanted needs types that cannot
 * be had. */
int plan_check_types(const struct plan *p);

/*
 * After the last plan_want: finds the libLLVM for bitcode that the compiler makes, if anything
 * wanted needs it. wanted is its path or version, or NULL. Negative errno after a message.
 */
int plan_find_llvm(struct plan *p, const struct compiler *compiler, const char *wanted);

/*
 * A make rule: every wanted output depends on every file that went into it. prefix, when not NULL,
 * is put before relative names. Negative errno after a message.
 */
int plan_print_depfile(const struct plan *p, const char *prefix, struct buf *ret);

/* compile_commands.json for editors (clangd), as text. directory is absolute. */
void plan_print_compile_commands(const struct plan *p, const char *directory, struct buf *ret);

/*
 * Removes outputs of earlier builds that no target of the plan makes any more, if they are still
 * as the build left them and lie below output_dir; the state forgets them. Calls removed for each.
 */
void plan_remove_stale(const struct plan *p, struct files *files, struct state *state,
		       const char *output_dir, void (*removed)(const char *path, void *arg),
		       void *arg);

#endif
