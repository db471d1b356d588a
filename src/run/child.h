/* One running child process and the pipe its words come through. */
#ifndef SKEP_RUN_CHILD_H
#define SKEP_RUN_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/str.h"

struct child {
	pid_t pid; /* 0: none */
	int fd;	   /* -1: none; readable, does not block */
	struct buf said;
	bool truncated;
};

/*
 * Starts a program (argv ends with NULL; argv[0] is its path), or forks and calls builtin with
 * argv when that is given. stdin is /dev/null; stdout and stderr come through child->fd. The child
 * dies with this process. Negative errno, without a message, when it could not be started.
 */
int child_start(struct child *c, char *const argv[], char *const env[],
		int (*builtin)(int argc, char **argv));
/* Reads what is there. */
void child_read(struct child *c);
/* Sends a signal to it and to what it started in turn. */
void child_signal(const struct child *c, int sig);
/*
 * Whether it has ended; if so reads what it said last and gives its wait status. kill_rest: what it
 * started in turn is killed.
 */
bool child_reap(struct child *c, bool kill_rest, int *ret_status);
/* Frees what was said and closes the pipe; the process must be gone. */
void child_release(struct child *c);

#endif
