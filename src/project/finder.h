/* Finding the files that a pattern matches. */
#ifndef SKEP_PROJECT_FINDER_H
#define SKEP_PROJECT_FINDER_H

#include <sys/stat.h>

#include "base/str.h"
#include "project/pattern.h"

/* Directories nested deeper than this are an error where a wildcard comes upon them. */
#define FINDER_MAX_DEPTH 64

/* Where files are looked for: the file system, or a fixed list in tests. */
struct finder {
	/*
	 * Adds the regular files that match to ret, in no order. To find none is no error; on
	 * failure a negative errno, the reason appended to why, no message.
	 */
	int (*find)(struct finder *f, const struct pattern *p, struct strv *ret, struct buf *why);
	/* Directories that wildcards do not enter. */
	struct {
		dev_t device;
		ino_t inode;
	} skip[2];
	size_t n_skip;
	struct strv warned; /* what a warning was given for */
};

/*
 * A finder for the file system below the current directory. Wildcards follow no symbolic links to
 * directories; a directory that cannot be read gets a warning and is left out.
 */
void finder_init(struct finder *f);
/* Keeps wildcards out of a directory; NULL or one that does not exist is fine. At most two. */
void finder_skip(struct finder *f, const char *dir);
void finder_free(struct finder *f);
#define _cleanup_finder_ _cleanup_(finder_free)

/* What was looked at on the way to files. */
enum finder_sight {
	FINDER_READ,	 /* a directory, as it was before it was read */
	FINDER_FOLLOWED, /* what a symbolic link leads to: it counts whether that is a file */
	FINDER_MISSED,	 /* a name that is spelled out and not there, or no directory; st is NULL */
	FINDER_WARNED,	 /* a warning was given, and would be again; st is NULL */
};

typedef void (*finder_watch)(enum finder_sight sight, const char *path, const struct stat *st,
			     void *arg);

/* Tells watch what all finders look at from now on; NULL: nobody. */
void finder_set_watch(finder_watch watch, void *arg);

#endif
