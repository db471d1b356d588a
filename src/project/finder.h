/* Finding the files that a pattern matches. */
#ifndef SKEP_PROJECT_FINDER_H
#define SKEP_PROJECT_FINDER_H

#include <sys/types.h>

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

#endif
