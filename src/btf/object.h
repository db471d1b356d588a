/*
 * Finishing a compiled object: from what clang or libbpf's linker wrote to what is shipped. The
 * result depends on the content of the input alone, never on the order in which its writer
 * happened to meet the types.
 */
#ifndef SKEP_BTF_OBJECT_H
#define SKEP_BTF_OBJECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Where a source's path starts with `from` (whole components), BTF names it with `to` instead. */
struct object_path {
	const char *from, *to; /* to may be "" */
};

struct object_options {
	bool keep_debug; /* keep the DWARF sections */
	/* Of several that fit, the longest `from` counts. Paths are tidied in any case. */
	const struct object_path *paths;
	size_t n_paths;
};

/*
 * Appends to ret the finished form of a relocatable ELF64 BPF object of either byte order: without
 * DWARF (as `llvm-strip -g` leaves it) and with BTF, function, line and CO-RE records in canonical
 * order. Finishing a finished object changes nothing. `what` names the object in messages. 0, or a
 * negative errno after a message: -EBADMSG when the object is damaged, -EOPNOTSUPP when it is not
 * of a form that is known here.
 */
int object_finish(const void *in, size_t size, const char *what, const struct object_options *o,
		  struct buf *ret);

#endif
