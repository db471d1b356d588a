/* What the user-space side of every example needs: running until told or until time is up. */
#ifndef EXAMPLES_COMMON_H
#define EXAMPLES_COMMON_H

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

static volatile sig_atomic_t stopping;

static inline void stop(int signal)
{
	(void)signal;
	stopping = 1;
}

/* Sets `stopping` at Ctrl-C, at SIGTERM and, unless seconds is 0, when that time is over. */
static inline void stop_on_signals(unsigned int seconds)
{
	/* No SA_RESTART: waiting calls are to return, so that the loop around them sees the flag.
	 */
	struct sigaction action = {.sa_handler = stop};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	alarm(seconds);
}

static inline void wait_until_stopped(void)
{
	/* Woken now and then: a signal just before the call would otherwise be slept through. */
	while (!stopping)
		poll(NULL, 0, 200);
}

/* Reads a number from 0 to max for an option, or ends the program with a message. */
static inline unsigned long parse_number(const char *option, const char *text, unsigned long max)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value > max) {
		fprintf(stderr, "%s: '%s' is not a number from 0 to %lu\n", option, text, max);
		exit(2);
	}
	return value;
}

/* Says that a step failed and, for the usual reason, what to do; returns the exit status. */
static inline int report_failure(const char *what, int err)
{
	err = err < 0 ? -err : err;
	fprintf(stderr, "%s: %s%s\n", what, strerror(err),
		err == EPERM || err == EACCES ? " (are you root?)" : "");
	return 1;
}

/* libbpf's warnings go to stderr, its progress reports nowhere. */
static inline int print_warnings(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

#endif
