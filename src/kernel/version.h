/* Versions of packages, as Debian orders them. */
#ifndef SKEP_KERNEL_VERSION_H
#define SKEP_KERNEL_VERSION_H

#include <stdbool.h>

/* Less than, equal to or greater than 0, by the rules of Debian's policy, 5.6.12 (no epochs). */
int version_compare(const char *a, const char *b);

/* Whether a version is what a shorter one means: "6.12" means 6.12.117-1, not 6.120. */
bool version_means(const char *shorter, const char *version);

#endif
