/* Where the agent's frames leave the machine. */
#ifndef SKEP_AGENT_OUTPUT_H
#define SKEP_AGENT_OUTPUT_H

#include <stddef.h>

struct output {
	int port; /* of x86's input and output space; -1: fd is used */
	int fd;
};

/* "port:0xe9" or the path of a device. Negative errno. */
int output_open(const char *where, struct output *ret);
/* Writes all of it. Negative errno. */
int output_write(const struct output *o, const void *data, size_t size);

#endif
