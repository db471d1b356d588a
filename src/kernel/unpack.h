/* Undoing what kernel images and modules are packed with. All of it is outside data. */
#ifndef SKEP_KERNEL_UNPACK_H
#define SKEP_KERNEL_UNPACK_H

#include <stdint.h>

#include "base/str.h"

struct packing;

/* What these bytes are packed with, going by the first of them; NULL when they are not. */
const struct packing *packing_of(const void *data, size_t size);

/*
 * The first place at or behind `from` at which something packed begins; size when there is none.
 * Where it seems to begin need not be one.
 */
size_t packing_find(const void *data, size_t size, size_t from);

/*
 * Appends what is packed to ret, at most limit bytes; what follows it in data is left alone. what
 * is for messages; NULL: none. Negative errno after a message: -EBADMSG when it is damaged or cut
 * off, -EFBIG, -EOPNOTSUPP for a way of packing that is not known, -ELIBACC without the library it
 * takes.
 */
int unpack(const struct packing *p, const void *data, size_t size, size_t limit, const char *what,
	   struct buf *ret);

#endif
