/* What writing and reading of archives share; nobody else includes this. */
#ifndef SKEP_STORE_ARCHIVE_PARTS_H
#define SKEP_STORE_ARCHIVE_PARTS_H

#include "base/digest.h"

#define ARCHIVE_MAGIC "skepar1\n"
#define ARCHIVE_MAGIC_SIZE 8

enum archive_type {
	ARCHIVE_INDEX = 1,
	ARCHIVE_BLOB,
	ARCHIVE_ACTION,
	ARCHIVE_END,
};

/* Before the bytes of each entry; made of bytes alone, so without padding. */
struct archive_entry {
	uint8_t type;
	struct digest name;
	uint8_t size[8];
};

#endif
