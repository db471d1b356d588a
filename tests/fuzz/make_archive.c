/*
 * Makes the files that the fuzz target archive starts from: make_archive PACKED UNPACKED
 *
 * Each is a letter that says what follows: "p" an archive as it is, "u" what is in one.
 */
#include <stdio.h>

#include <zstd.h>

#include "base/file.h"
#include "store/archive.h"

#define MAX_UNPACKED 65536

static void put_results(struct store *s, struct digest keys[static 3])
{
	for (char i = 0; i < 3; i++) {
		char text[400] = {i};
		struct digest blob = digest_of(text, sizeof(text));

		keys[(int)i] = digest_of(&i, 1);
		store_put_blob(s, &blob, text, sizeof(text));
		store_put_action(s, &keys[(int)i], &blob, sizeof(blob));
	}
}

static int blobs_of(const void *value, size_t size,
		    void (*blob)(const struct digest *digest, uint64_t size, void *arg), void *arg)
{
	(void)size;
	blob(value, 400, arg);
	return 0;
}

static int export(const char *dir, const char *path)
{
	_cleanup_store_ struct store *s = NULL;
	struct digest keys[3];

	if (store_open(dir, 0, blobs_of, &s) < 0)
		return 1;
	put_results(s, keys);
	return archive_write(s, path, keys, 3, "an index", 8, NULL) < 0;
}

static int put_seed(const char *path, char what, const void *data, size_t size)
{
	_cleanup_buf_ struct buf b = {0};

	buf_putc(&b, what);
	buf_add(&b, data, size);
	return file_write(path, b.v, b.n) < 0;
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/skep-seeds-XXXXXX", unpacked[MAX_UNPACKED];
	_cleanup_buf_ struct buf packed = {0};
	int status;
	size_t n;

	if (argc != 3 || !mkdtemp(dir))
		return 2;
	status = export(dir, argv[1]);
	file_remove_tree(dir);
	if (status || file_read(argv[1], MAX_UNPACKED, &packed) < 0)
		return 1;
	n = ZSTD_decompress(unpacked, sizeof(unpacked), packed.v, packed.n);
	if (ZSTD_isError(n))
		return 1;
	return put_seed(argv[1], 'p', packed.v, packed.n) | put_seed(argv[2], 'u', unpacked, n);
}
