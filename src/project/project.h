/*
 * What to build: a project is a list of targets, found in a folder or read from skep.yaml. This
 * room turns names into targets with every default applied; it runs nothing and decides nothing
 * about how a target is built.
 *
 * All paths are relative to the project's directory unless absolute; that is the current directory,
 * wherever the manifest lies.
 */
#ifndef SKEP_PROJECT_PROJECT_H
#define SKEP_PROJECT_PROJECT_H

#include <stdbool.h>

#include "base/str.h"

#define PROJECT_MANIFEST "skep.yaml"

/* How one source is compiled; a target's own values have been laid over the project's. */
struct compile_options {
	char *cpu;	     /* "v1" to "v4", or "probe" */
	char *optimize;	     /* "0" to "3", "s", "z" */
	struct strv cflags;  /* passed as they are, after everything below */
	struct strv defines; /* "NAME" or "NAME=VALUE" */
	struct strv include; /* directories for -I, in order */
	char *vmlinux;	     /* raw BTF, an ELF with .BTF or a header; NULL: see the design */
	bool debug;	     /* keep DWARF in the object */
	char *types;	     /* "needed" or "full": how much of vmlinux.h is compiled */
};

/* One object: its sources are compiled alike and, when there are several, linked. */
struct target {
	char *name;	     /* of NAME.bpf.o and NAME.skel.h; never empty, no '/' */
	struct strv sources; /* at least one */
	struct compile_options compile;
	bool skeleton;	     /* generate NAME.skel.h */
	char *skeleton_name; /* C identifier for the skeleton; NULL: as bpftool derives it */
	const char *origin;  /* for messages: "skep.yaml:12:5" or the source's path; owned */
};

struct project {
	struct target *targets; /* sorted by name, names unique */
	size_t n, cap;
	char *manifest; /* "skep.yaml", or NULL when there is none */
	char *output;	/* manifest's output directory, or NULL */
	char *clang;	/* manifest's compiler, or NULL */
};

/*
 * Reads `path` when it is given, else ./skep.yaml when there is one, else finds every *.bpf.c below
 * the current directory, not in hidden folders. Wildcards do not enter output_dir (NULL: none), nor
 * the output directory that a manifest names. Returns 0 or a negative errno after messages.
 */
int project_load(const char *path, const char *output_dir, struct project *ret);
void project_free(struct project *p);
#define _cleanup_project_ _cleanup_(project_free)

#endif
