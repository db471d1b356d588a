/* Finding a section by name in an ELF file, of which nothing is believed. */
#ifndef SKEP_BTF_ELF_SECTION_H
#define SKEP_BTF_ELF_SECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/*
 * Bytes to read from: a regular file, of which only the needed parts are read (a kernel with
 * debug information has hundreds of megabytes), or memory when data is set.
 */
struct elf_image {
	int fd;
	const uint8_t *data;
	uint64_t size;
};

/* Whether it is an ELF file, going by its first bytes. */
bool elf_is_image(const struct elf_image *image);

/* 8 or 4: the size of a pointer in an ELF file of a known class; 0: not known. */
unsigned elf_pointer_size(const struct elf_image *image);

/*
 * Appends the content of the first section called name to ret. Files of both byte orders and of
 * 32 and 64 bits are understood. -ENOENT without a message when there is no such section; other
 * negative errno after a message naming `what`: -EBADMSG when the file is damaged, -EOPNOTSUPP for
 * a compressed section, -EFBIG for one larger than max.
 */
int elf_read_section(const struct elf_image *image, const char *name, size_t max, const char *what,
		     struct buf *ret);

/* Reads size bytes at offset. -EBADMSG when they are not all there; no message. */
int elf_image_read(const struct elf_image *image, uint64_t offset, void *ret, size_t size);

#endif
