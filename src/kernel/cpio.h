/*
 * Initial file systems for Linux, made in memory: the "newc" format of
 * Documentation/driver-api/early-userspace/buffer-format.rst, not compressed. A folder comes before
 * what is in it. Same entries, same bytes.
 */
#ifndef SKEP_KERNEL_CPIO_H
#define SKEP_KERNEL_CPIO_H

#include <sys/types.h>

#include "base/str.h"

/* Appends a file or, with S_IFDIR in mode, a folder; name without a leading slash. -EFBIG, without
 * a message, for content that the format has no number for. */
int cpio_add(struct buf *b, const char *name, mode_t mode, const void *data, size_t size);
/* Appends what ends an archive. */
void cpio_end(struct buf *b);

#endif
