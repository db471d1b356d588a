/* A snapshot in the making: private to uptodate*.c. */
#ifndef SKEP_CLI_UPTODATE_PARTS_H
#define SKEP_CLI_UPTODATE_PARTS_H

#include "base/map.h"
#include "cli/uptodate.h"
#include "store/snapshot.h"

struct uptodate {
	struct session_options *options;
	int64_t began;	 /* of the clock that file systems use, nanoseconds */
	bool unknown;	 /* something decides that a snapshot cannot tell, or that is too young */
	struct buf seen; /* where files were looked for, each path with its NUL; some repeatedly */
	struct snapshot snapshot;
	struct map known; /* path -> anything: what was added by the functions below */
	struct strv paths;
};

/* A place whose stamp is known. Later changes show if it was settled when the build began. */
void uptodate_add_stamp(struct uptodate *u, const char *path, const struct file_stamp *stamp);

/*
 * Adds a place of which it counts whether it is a file, and which, or whether it is there at all.
 * It is looked at now: if it changed since the build began, all is unknown.
 */
void uptodate_add_file(struct uptodate *u, const char *path);
void uptodate_add_folder(struct uptodate *u, const char *path);
/* The same for one that was there, or was not, when the build needed it, and is still so. */
void uptodate_add_as_it_is(struct uptodate *u, const char *path);

/* Adds what the choice of the compiler, and what it said of itself, follow from. */
void uptodate_add_compiler(struct uptodate *u, const struct session *s);
/* Adds what the choice of the libLLVM follows from, if bitcode is linked. */
void uptodate_add_llvm(struct uptodate *u, const struct session *s);
/* Adds the folders with an architecture's own headers; arch may be NULL. */
void uptodate_add_system_folders(struct uptodate *u, const struct arch *arch);

#endif
