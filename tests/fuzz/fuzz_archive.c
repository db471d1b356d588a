/*
 * Archives from anywhere. "p" is followed by an archive as it is. "u" is followed by what is in
 * one, with its digests made right again: no change of a fuzzer's would get past them.
 */
#include <assert.h>
#include <endian.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>

#include <zstd.h>

#include "base/file.h"
#include "base/message.h"
#include "store/archive.h"
#include "store/archive_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_BYTES ((uint64_t)1 << 20)

/* Magic, name and digest of a record. */
#define RECORD_NAME 8
#define RECORD_DIGEST (RECORD_NAME + DIGEST_SIZE)
#define RECORD_REST (RECORD_DIGEST + DIGEST_SIZE)

static void ignore(enum message_level level, const char *text, void *arg)
{
	(void)arg;
	/* Nothing here may fail without saying why. */
	assert(level == MESSAGE_ERROR && *text);
}

static void mend_entry(uint8_t *entry, uint8_t *bytes, size_t size)
{
	struct digest d;

	if (*entry == ARCHIVE_ACTION && size >= RECORD_REST) {
		memcpy(bytes + RECORD_NAME, entry + 1, DIGEST_SIZE);
		d = digest_of(bytes + RECORD_REST, size - RECORD_REST);
		memcpy(bytes + RECORD_DIGEST, &d, DIGEST_SIZE);
	} else if (*entry != ARCHIVE_ACTION) {
		d = digest_of(bytes, size);
		memcpy(entry + 1, &d, DIGEST_SIZE);
	}
}

static void mend(uint8_t *data, size_t size)
{
	size_t at = ARCHIVE_MAGIC_SIZE;

	while (at + sizeof(struct archive_entry) <= size && data[at] != ARCHIVE_END) {
		uint8_t *entry = data + at;
		uint64_t n;

		memcpy(&n, entry + 1 + DIGEST_SIZE, sizeof(n));
		n = le64toh(n);
		at += sizeof(struct archive_entry);
		if (n > size - at)
			return;
		mend_entry(entry, data + at, (size_t)n);
		at += (size_t)n;
	}
	if (at + 1 + DIGEST_SIZE <= size) {
		struct digest d = digest_of(data, at + 1);

		memcpy(data + at + 1, &d, DIGEST_SIZE);
	}
}

static void import(const void *data, size_t size)
{
	int fd = memfd_create("archive", MFD_CLOEXEC);
	_cleanup_free_ char *path = xasprintf("/proc/self/fd/%d", fd);
	struct archive_info info;

	assert(fd >= 0 && file_write_fd(fd, data, size) == 0);
	if (archive_read(NULL, path, MAX_BYTES, &info) == 0) {
		assert(info.unpacked_size <= MAX_BYTES && info.index.n <= info.unpacked_size);
		archive_info_free(&info);
	}
	close(fd);
}

static void import_unpacked(const uint8_t *data, size_t size)
{
	size_t max = ZSTD_compressBound(size);
	_cleanup_free_ uint8_t *copy = xmalloc(size), *packed = xmalloc(max);

	memcpy(copy, data, size);
	mend(copy, size);
	import(packed, ZSTD_compress(packed, max, copy, size, 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	message_set_sink(ignore, NULL);
	if (size && *data == 'p')
		import(data + 1, size - 1);
	else if (size && *data == 'u')
		import_unpacked(data + 1, size - 1);
	return 0;
}
