/*
 * A client of GNU make's jobserver ("POSIX Jobserver Interaction" in make's manual): every job
 * beyond the first needs a token from a pipe that all of make's children share.
 */
#ifndef SKEP_RUN_JOBSERVER_H
#define SKEP_RUN_JOBSERVER_H

#include <stdbool.h>

struct jobserver;

/*
 * Connects to the jobserver that makeflags (the value of MAKEFLAGS, may be NULL) offers. NULL when
 * there is none or it is not usable; ret_why then tells why in words when one was offered.
 */
struct jobserver *jobserver_open(const char *makeflags, const char **ret_why);
/* Gives back every token and closes. NULL is fine. */
void jobserver_close(struct jobserver *j);

/* Becomes readable when a token may be had. */
int jobserver_fd(const struct jobserver *j);
/* Takes a token if one is there; never blocks. */
bool jobserver_take(struct jobserver *j);
/* Gives one token back. */
void jobserver_give(struct jobserver *j);

#endif
