/* Finding a program; running one to its end and reading what it says. The executor has its own
 * way to run them. */
#ifndef SKEP_BASE_PROCESS_H
#define SKEP_BASE_PROCESS_H

#include "base/str.h"

/*
 * The first executable of that name in PATH's absolute entries; or the file, when the name has a
 * slash. Caller frees; NULL when there is none.
 */
char *process_find(const char *name);

/*
 * Runs argv[0] (a path) with the given environment and stdin from /dev/null; appends stdout and
 * stderr to ret_output. Gives the wait status. Negative errno, without a message, when it could
 * not be started.
 */
int process_capture(char *const argv[], char *const env[], struct buf *ret_output, int *ret_status);
/*
 * The same with an end: -ETIMEDOUT when it still ran after so many seconds, or something that it
 * started still held its output; the program was killed then.
 */
int process_capture_within(unsigned seconds, char *const argv[], char *const env[],
			   struct buf *ret_output, int *ret_status);

/* "exited with status 1", "was killed by signal 11 (Segmentation fault)". Caller frees. */
char *process_describe_status(int status);

#endif
