/*
 * A kernel as it is kept: a folder with its parts and a file, `kernel`, that names each with its
 * size and digest and ends with a digest of its own. A folder appears whole.
 */
#ifndef SKEP_KERNEL_KEPT_H
#define SKEP_KERNEL_KEPT_H

#include "kernel/kernels.h"

struct kept_module {
	char *name; /* "xfs", as the kernel calls it */
	struct buf content;
};
typedef VEC(struct kept_module) kept_modules;

void kept_modules_free(kept_modules *m);
#define _cleanup_modules_ _cleanup_(kept_modules_free)

/* What is to be kept; everything is borrowed. */
struct kept_parts {
	const char *name, *release, *package;
	const struct arch *arch;
	bool is_file;
	const struct buf *image, *btf, *config; /* NULL or empty: there is none */
	const kept_modules *modules;		/* in an order in which they load */
};

/* $XDG_CACHE_HOME/skep/kernels, or below ~/.cache. NULL after a message when there is neither. */
char *kept_root(void);

/*
 * An empty folder beside the kept ones, for work that may fail: it goes away at the next such call
 * when its process is gone. Caller frees the path and removes the folder. Negative errno after a
 * message.
 */
int kept_make_room(const char *root, char **ret);

/* Keeps the parts in root/folder, in place of what is there. Negative errno after a message. */
int kept_write(const char *root, const char *folder, const struct kept_parts *p,
	       struct kernel *ret);

/* Reads root/folder. -ENOENT without a message when there is none; -EBADMSG after a message that
 * says what to do when it is damaged. */
int kept_read(const char *root, const char *folder, struct kernel *ret);

/*
 * Unpacks an image and keeps it, with modules and configuration found as kernel_add finds them.
 * about says what the image does not: name (NULL: its release), package, is_file and, when it must
 * be a certain one, arch. folder NULL: named after release and architecture.
 */
int kept_add(const char *path, const char *modules_dir, const struct kept_parts *about,
	     const char *folder, struct kernel *ret);

#endif
