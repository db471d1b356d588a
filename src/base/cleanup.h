/* Cleanup attributes: a resource is released where its variable leaves scope. */
#ifndef SKEP_BASE_CLEANUP_H
#define SKEP_BASE_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_fclose(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void cleanup_closedir(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define _cleanup_(fn) __attribute__((cleanup(fn)))
#define _cleanup_free_ _cleanup_(cleanup_free)
#define _cleanup_close_ _cleanup_(cleanup_close)
#define _cleanup_fclose_ _cleanup_(cleanup_fclose)
#define _cleanup_closedir_ _cleanup_(cleanup_closedir)

/* Hands a pointer on: returns it and leaves NULL behind, so that cleanup does nothing. */
#define steal(pp)                                 \
	({                                        \
		__typeof__(*(pp)) steal_ = *(pp); \
		*(pp) = NULL;                     \
		steal_;                           \
	})

#endif
