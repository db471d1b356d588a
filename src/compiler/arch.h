/* Architectures as the kernel, the compiler and Debian name them. */
#ifndef SKEP_COMPILER_ARCH_H
#define SKEP_COMPILER_ARCH_H

#include <stdbool.h>

struct arch {
	const char *machine;   /* uname -m, or its beginning where that ends in '*' */
	const char *define;    /* the part after __TARGET_ARCH_ that bpf_tracing.h knows */
	const char *multiarch; /* directory below /usr/include on Debian and its kin */
	bool big_endian;
};

/* The host's architecture, or NULL when it is none we know. */
const struct arch *arch_host(void);

#endif
