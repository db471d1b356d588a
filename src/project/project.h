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

#include "base/arch.h"
#include "base/str.h"
#include "project/verify.h"

#define PROJECT_MANIFEST "skep.yaml"

/* A file for one architecture alone. */
struct arch_file {
	const struct arch *arch;
	char *path;
};

/* How one source is compiled; a target's own values have been laid over the project's. */
struct compile_options {
	char *cpu;	     /* "v1" to "v4", or "probe" */
	char *optimize;	     /* "0" to "3", "s", "z" */
	struct strv cflags;  /* passed as they are, after everything below */
	struct strv defines; /* "NAME" or "NAME=VALUE" */
	struct strv include; /* directories for -I, in order */
	char *vmlinux;	     /* raw BTF, an ELF with .BTF or a header; NULL: see the design */
	VEC(struct arch_file)
	vmlinux_for; /* instead of it, for single architectures; each once */
	bool debug;  /* keep DWARF in the object */
	char *types; /* "needed" or "full": how much of vmlinux.h is compiled */
	char *link;  /* "elf": sources become objects, "lto": bitcode; how they are linked */
};

/* One object: its sources are compiled alike and, when there are several, linked. */
struct target {
	char *name;	     /* of NAME.bpf.o and NAME.skel.h; never empty, no '/' */
	struct strv sources; /* at least one */
	struct compile_options compile;
	bool skeleton;	     /* generate NAME.skel.h */
	char *skeleton_name; /* C identifier for the skeleton; NULL: as bpftool derives it */
	struct verify_options verify; /* what is said for it alone */
	const char *origin; /* for messages: "skep.yaml:12:5" or the source's path; owned */
};

/* An architecture to build for, and what is said for it alone. */
struct project_arch {
	const struct arch *arch;
	char *name;	     /* as it was spelled: of its folder below the output directory */
	struct strv defines; /* as in struct compile_options, before those of all architectures */
	struct strv include;
	char *vmlinux; /* or NULL; what a target says for this architecture goes before */
	bool left_out; /* this time nothing is built for it */
};

struct project {
	struct target *targets; /* sorted by name, names unique */
	size_t n, cap;
	char *manifest;			/* "skep.yaml", or NULL when there is none */
	char *output;			/* manifest's output directory, or NULL */
	char *clang;			/* manifest's compiler, or NULL */
	VEC(struct project_arch) archs; /* each once; none: the host's */
	char *cache;			/* manifest's folder of the store, or NULL */
	char *remote;			/* manifest's remote cache, a URL, or NULL */
	struct verify_options verify;	/* what the manifest says for all objects */
};

/*
 * Reads `path` when it is given, else ./skep.yaml when there is one, else finds every *.bpf.c below
 * the current directory, not in hidden folders. Wildcards do not enter output_dir (NULL: none), nor
 * the output directory that a manifest names. Returns 0 or a negative errno after messages.
 */
int project_load(const char *path, const char *output_dir, struct project *ret);
void project_free(struct project *p);
#define _cleanup_project_ _cleanup_(project_free)

/*
 * Takes types from path, which is taken over, for one architecture; or, when arch is NULL, for all,
 * whatever was said for single ones.
 */
void project_set_vmlinux(struct compile_options *o, const struct arch *arch, char *path);

#endif
