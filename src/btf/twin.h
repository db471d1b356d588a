/*
 * An object's twin: the same object in the other byte order. libbpf before 1.5 reads objects of its
 * own byte order only; of the others it is given the twin.
 */
#ifndef SKEP_BTF_TWIN_H
#define SKEP_BTF_TWIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Whether it looks like a 64-bit ELF file of the byte order that this machine does not have. */
bool object_is_foreign(const void *object, size_t size);

/*
 * Appends to ret the twin of a relocatable ELF64 BPF object of either byte order, as large as the
 * object and laid out like it. Converted are headers, symbols, relocations, section groups, code,
 * .BTF, .BTF.ext and the kernel version. Everything else stays as it is: variables, of which nobody
 * knows what the program takes them for, strings, and DWARF, which libbpf skips. The twin of the
 * twin is the object again. `what` names the object in messages. 0, or a negative errno after a
 * message: -EBADMSG when the object is damaged, -EOPNOTSUPP when it is not of a form that is known
 * here, -EFBIG.
 */
int object_twin(const void *in, size_t size, const char *what, struct buf *ret);

#endif
