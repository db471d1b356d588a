/*
 * Running a function of our own in a child process, so that a crash, a hang or a library's global
 * state stays there.
 */
#ifndef SKEP_BASE_CHILD_H
#define SKEP_BASE_CHILD_H

#include "base/str.h"

/*
 * Forks and runs fn(arg, out) in the child. Its messages are reported here as if it had been called
 * here; when it returns 0, what it put into out is appended to ret. Gives fn's result, or after a
 * message "WHAT: why" a negative errno: -ENOTRECOVERABLE when the child died, -ETIMEDOUT when it
 * used up the processor time it may have. Nothing else of the child's memory comes back, and it
 * may not touch threads, files being written or standard output.
 */
int child_run(const char *what, unsigned seconds, int (*fn)(void *arg, struct buf *out), void *arg,
	      struct buf *ret);

#endif
