/*
 * Debian's packages by way of apt, in a folder of its own: the system's lists, configuration and
 * packages are neither changed nor asked, except for where Debian's mirror is, which key signs it,
 * and how to get there (proxies).
 */
#ifndef SKEP_KERNEL_APT_H
#define SKEP_KERNEL_APT_H

#include "base/arch.h"
#include "base/str.h"

struct apt {
	char *room; /* folder; whose it is also removes it */
	const struct arch *arch;
	char *mirror, *security, *key;
	struct buf network; /* what the system's configuration says of it */
	struct strv env;    /* of its processes */
	char *trouble;	    /* the first complaint of the last update, or NULL */
};

/* A suite of packages. */
struct apt_suite {
	enum { APT_MAIN, APT_SECURITY, APT_ARCHIVE } where;
	const char *name;
};

/* Of a package, as apt knows it. */
struct apt_package {
	char *name, *version, *depends;
};
typedef VEC(struct apt_package) apt_packages;
void apt_packages_free(apt_packages *p);

/* room is an empty folder. Negative errno after a message: -ENOENT without apt or Debian's key. */
int apt_open(const char *room, const struct arch *arch, struct apt *ret);
void apt_close(struct apt *a);

/* Gets the lists of packages of these suites, in place of those before. That some cannot be had is
 * left in a->trouble. Negative errno after a message. */
int apt_update(struct apt *a, const struct apt_suite *suites, size_t n);

/* Appends the packages whose names match a POSIX regular expression. Negative errno after a
 * message. */
int apt_search(const struct apt *a, const char *regex, apt_packages *ret);

/* Downloads packages, "NAME" or "NAME=VERSION", checks and unpacks them, all into *ret_dir, below
 * the room. Negative errno after a message. Caller frees. */
int apt_get(const struct apt *a, const struct strv *packages, char **ret_dir);

#endif
