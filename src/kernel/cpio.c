#include "kernel/cpio.h"

#include <errno.h>
#include <stdint.h>
#include <sys/stat.h>

#define LAST "TRAILER!!!"

static void align(struct buf *b)
{
	while (b->n % 4)
		buf_putc(b, '\0');
}

int cpio_add(struct buf *b, const char *name, mode_t mode, const void *data, size_t size)
{
	size_t name_size = strlen(name) + 1;

	if (size > UINT32_MAX)
		return -EFBIG;
	/* Inode, mode, owner, group, links, time, size, two device numbers of two parts, name's
	 * size, checksum. Without an inode number files with one link stay apart. */
	buf_printf(b, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 0, mode, 0, 0,
		   1, 0, (unsigned)size, 0, 0, 0, 0, (unsigned)name_size, 0);
	buf_add(b, name, name_size);
	align(b);
	buf_add(b, data, size);
	align(b);
	return 0;
}

void cpio_end(struct buf *b)
{
	cpio_add(b, LAST, 0, NULL, 0);
}
