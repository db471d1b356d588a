/* A project as a command sees it: what is to be built, how, where, and what is known of it. */
#ifndef SKEP_CLI_SESSION_H
#define SKEP_CLI_SESSION_H

#include <argp.h>

#include "plan/plan.h"
#include "project/project.h"
#include "run/run.h"
#include "store/outdir.h"

/* What the command line says; single texts are borrowed. */
struct session_options {
	const char *directory; /* to go to first */
	const char *output, *manifest, *clang, *llvm, *vmlinux, *cache;
	const char *remote; /* a URL, "" for none */
	bool remote_write;
	const char *archs;	 /* with commas between */
	struct strv vmlinux_for; /* "ARCH=FILE" */
	bool separate_arch;	 /* nothing is shared between architectures */
	bool debug, full_types, dry_run, no_cache, refresh, prebuilt;
	struct strv words;		 /* targets; none: all */
	const struct files_world *world; /* for files_new */
};

struct session {
	const struct session_options *options;
	bool entered;	   /* we are in the project's directory */
	const char *clang; /* the one that is wanted, or NULL: the newest */
	const char *llvm;  /* the same for libLLVM; NULL: the one that fits the compiler */
	struct project project;
	bool names_kernels; /* its manifest does, which mean other files once others are kept */
	struct outdir outdir;
	struct files *files;
	struct build build;
	struct run_cache cache; /* its store is NULL when there is none */
	char *cache_root;
	struct remote_options remote;
	struct compiler_memory memory;
	struct plan plan;
};

/*
 * The part of a command line that says which project and how it is built, as an argp child; its
 * input is a struct session_options.
 */
extern const struct argp session_argp;
/* Appends the arguments of that part which say the same, the words aside. */
void session_repeat(const struct session_options *o, struct strv *ret);
/* Frees the lists in it. */
void session_options_free(struct session_options *o);

/*
 * The folder of the store: the command line goes before the environment, and that before what the
 * project says (or NULL). Caller frees; NULL when there is none.
 */
char *session_find_store(const struct session_options *o, const char *of_project);

/* Enters the project's directory, before session_open does. Negative errno after a message. */
int session_enter(struct session *s, const struct session_options *options);

/*
 * Enters the project's directory, reads it, opens its output directory and plans what is wanted.
 * Zero-initialise s; options outlive it. Negative errno after a message; session_close in any case.
 */
int session_open(struct session *s, const struct session_options *options);
void session_close(struct session *s);

#endif
