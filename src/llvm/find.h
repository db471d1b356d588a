/*
 * The libLLVMs of this machine, and which of them reads certain bitcode. Libraries are taken from
 * the system's library folders and from rustc's own, never from a name that an input chose.
 */
#ifndef SKEP_LLVM_FIND_H
#define SKEP_LLVM_FIND_H

#include "base/mem.h"
#include "llvm/inputs.h"

/* Older ones are found and never chosen: too much of what linking needs is missing or different. */
#define LLVM_MIN_MAJOR 19

struct llvm_library {
	char *path;	       /* absolute, without symbolic links */
	unsigned major, minor; /* as its name says; minor 0 when it does not */
	char *rust;	       /* version of the rustc it belongs to, or NULL */
};

typedef VEC(struct llvm_library) llvm_libraries;

/*
 * All that are found, the newest first; of the same major version the system's before rustc's.
 * Where they are looked for: in the toolchain whose rustc called us (it comes first in PATH, and
 * LD_LIBRARY_PATH may name it), in the toolchains of rustup, in the system's folders.
 */
void llvm_find_all(llvm_libraries *ret);
/*
 * The two most common answers without looking through the system's large folders, 2 ms that every
 * small link would feel: the libraries of rustc's toolchains, and the system's release of one major
 * version under the name that distributions give it (nothing when it is not there).
 */
void llvm_find_rust(llvm_libraries *ret);
void llvm_find_release(unsigned major, llvm_libraries *ret);
/* Adds the places where that release is looked for; the first that is a library counts. */
void llvm_release_places(unsigned major, struct strv *ret);
/* Adds what is found in these folders. */
void llvm_find_in(const struct strv *folders, llvm_libraries *ret);
/* Whether it is a shared library for this machine; linker scripts of that name are not. */
bool llvm_is_library(const char *path);
void llvm_libraries_free(llvm_libraries *list);

/*
 * The library for these modules: wanted (--llvm or $SKEP_LLVM: a path of a library or of the folder
 * it is installed in, or a version such as "19" or "22.1") if it is not NULL; else rustc's own for
 * what rustc made, else the system's of the same major version as the newest producer among the
 * modules, else the oldest newer one; without bitcode, or when its producer is nobody we know, the
 * newest. Caller frees the path. -ENOENT after a message that says what wrote the inputs, what was
 * looked at, and what to install.
 */
int llvm_choose(const struct inputs *in, const char *wanted, char **ret_path);
/* The same among the libraries of a list. */
int llvm_choose_from(const llvm_libraries *list, const struct inputs *in, const char *wanted,
		     char **ret_path);

/* The same for what a compiler (named in messages) of that major version is going to write. */
int llvm_choose_for(const char *compiler, unsigned major, const char *wanted, char **ret_path);
/*
 * What tells a library from any other, wherever it lies: its file name and the identity that its
 * build gave it, or the digest of the file if that gave it none. Caller frees. Negative errno after
 * a message.
 */
int llvm_identify(const char *path, char **ret);

/* What a library says of itself; words are separated by blanks. */
struct llvm_facts {
	char *version; /* "22.1.8" */
	char *targets; /* those for BPF: "bpf bpfeb bpfel", or "" */
	char *cpus;    /* what -mcpu may be for them: "generic probe v1 v2 v3 v4", or "" */
};

/* Loads a library in a child process and asks it. Negative errno after a message. */
int llvm_inspect(const char *path, struct llvm_facts *ret);
void llvm_facts_free(struct llvm_facts *f);

#endif
