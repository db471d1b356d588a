/* Architectures as the kernel, the compiler and Debian name them. */
#ifndef SKEP_BASE_ARCH_H
#define SKEP_BASE_ARCH_H

#include <stdbool.h>

#include "base/str.h"

struct arch {
	const char *name;      /* ours */
	const char *aliases;   /* as uname -m, Go, Debian and the kernel spell it; by blanks */
	const char *define;    /* the part after __TARGET_ARCH_ that bpf_tracing.h knows */
	const char *multiarch; /* directory below /usr/include on Debian and its kin */
	const char *debian;    /* Debian's name, of its packages */
	bool big_endian;
	bool is_unlike; /* its kernel headers are its own where others have generic ones */
};

/* The host's architecture, or NULL when it is none we know. */
const struct arch *arch_host(void);

/* Appends the folders in which systems keep an architecture's own headers, there or not. */
void arch_system_dirs(const struct arch *arch, struct strv *ret);

/* The architecture of any of these names; NULL when there is none. */
const struct arch *arch_find(const char *name);
/* Appends the macros that name architectures, each once: __TARGET_ARCH_x86 and so on. */
void arch_macros(struct strv *ret);
/* Appends our names, for messages. */
void arch_names(struct strv *ret);

#endif
