/*
 * The skeleton: a C and C++ header that holds a BPF object's bytes and gives its maps, programs,
 * links and data sections as members of a struct. What is written against `bpftool gen skeleton`
 * compiles against it; it works with every libbpf from 1.0 on, whichever this program was built
 * with, because the header itself looks at the version it is compiled against.
 */
#ifndef SKEP_GEN_SKELETON_H
#define SKEP_GEN_SKELETON_H

#include "base/str.h"

struct skeleton_options {
	const char *file_name; /* such as "execsnoop.bpf.o": names struct execsnoop_bpf */
	const char *name;      /* a C identifier to use instead, or NULL */
};

/*
 * Appends the header's text to ret; the object may be of either byte order. Sets libbpf's log
 * callback, which is one for the process, so call it in a child process. Negative errno after a
 * message; ret is then as it was.
 */
int skeleton_generate(const void *object, size_t size, const struct skeleton_options *options,
		      struct buf *ret);

#endif
