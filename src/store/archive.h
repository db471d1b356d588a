/*
 * Results in one file, for CI systems whose cache is a file.
 *
 * The file is one zstd frame; in it, after the 8 bytes "skepar1\n", entries
 *
 *	u8 type | 32 bytes name | u64 size, little endian | that many bytes
 *
 * the index first (type 1), then blobs (2), then actions (3), and of one type by ascending name, so
 * that nothing can be there twice. The name is the SHA-256 of the bytes; of an action it is its
 * key, and the bytes are the record as the store has it. Each blob that an action names is there.
 * The end is a byte 4 and the SHA-256 of everything before it, with the byte. There are no paths in
 * it at all. The same results give the same file.
 */
#ifndef SKEP_STORE_ARCHIVE_H
#define SKEP_STORE_ARCHIVE_H

#include "store/cas.h"

/* Bytes that an archive may unpack to when nobody says otherwise. */
#define ARCHIVE_DEFAULT_LIMIT ((uint64_t)8 << 30)

struct archive_info {
	uint64_t n_blobs, n_actions;
	uint64_t unpacked_size; /* bytes */
	struct buf index;	/* as it was given to archive_write */
};

void archive_info_free(struct archive_info *info);
#define _cleanup_archive_info_ _cleanup_(archive_info_free)

/*
 * Writes the actions and their blobs, each once, and the index, which is any bytes, to the file at
 * path, which appears whole or not at all. ret, which may be NULL, gets no index. Negative errno
 * after a message: -ENOENT when an action or one of its blobs is not in the store.
 */
int archive_write(struct store *s, const char *path, const struct digest *actions, size_t n,
		  const void *index, size_t index_size, struct archive_info *ret);

/*
 * Puts into the store what the archive at path has, everything checked. s may be NULL: then it is
 * only checked. max_bytes limits what it unpacks to. Negative errno after a message: -EBADMSG when
 * anything is wrong with it, -EFBIG when it is larger than allowed or looks like a trap. What was
 * found to be right before may be in the store then, which is no harm.
 */
int archive_read(struct store *s, const char *path, uint64_t max_bytes, struct archive_info *ret);

#endif
