#include "store/archive.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>

#include <zstd.h>

#include "base/file.h"
#include "base/message.h"
#include "store/archive_parts.h"
#include "store/cas_parts.h"

/* Higher takes longer than it saves: objects are small. */
#define LEVEL 9

struct writer {
	struct store *store;
	const char *path;
	int fd;
	ZSTD_CCtx *zstd;
	struct digest_state digest;
	struct archive_info info;
};

static int cannot_write(const struct writer *w, int err)
{
	return message_error(err, "export: %s: %s", w->path, strerror(-err));
}

static int compress(struct writer *w, const void *data, size_t size, ZSTD_EndDirective end)
{
	char block[64 * 1024];
	ZSTD_inBuffer in = {data, size, 0};
	size_t left;

	do {
		ZSTD_outBuffer out = {block, sizeof(block), 0};
		int err;

		left = ZSTD_compressStream2(w->zstd, &out, &in, end);
		if (ZSTD_isError(left))
			return message_error(-EIO, "export: %s: %s", w->path,
					     ZSTD_getErrorName(left));
		err = file_write_fd(w->fd, block, out.pos);
		if (err < 0)
			return cannot_write(w, err);
	} while (end == ZSTD_e_end ? left != 0 : in.pos < in.size);
	w->info.unpacked_size += size;
	return 0;
}

static int put(struct writer *w, const void *data, size_t size)
{
	digest_add(&w->digest, data, size);
	return compress(w, data, size, ZSTD_e_continue);
}

static int put_entry(struct writer *w, enum archive_type type, const struct digest *name,
		     const void *data, size_t size)
{
	struct archive_entry e = {.type = (uint8_t)type, .name = *name};
	uint64_t little = htole64(size);
	int err;

	memcpy(e.size, &little, sizeof(e.size));
	err = put(w, &e, sizeof(e));
	return err < 0 ? err : put(w, data, size);
}

static int put_end(struct writer *w)
{
	const uint8_t end = ARCHIVE_END;
	struct digest digest;
	int err = put(w, &end, 1);

	digest = digest_end(&w->digest);
	return err < 0 ? err : compress(w, digest.bytes, DIGEST_SIZE, ZSTD_e_end);
}

struct digests {
	VEC(struct digest) v;
};

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, DIGEST_SIZE);
}

/* Sorts, and keeps one of each. */
static void make_unique(struct digests *d)
{
	size_t n = 0;

	if (d->v.n)
		qsort(d->v.v, d->v.n, sizeof(*d->v.v), by_bytes);
	vec_foreach (x, &d->v)
		if (!n || !digest_eq(&d->v.v[n - 1], x))
			d->v.v[n++] = *x;
	d->v.n = n;
}

static void add_blob(const struct digest *digest, uint64_t size, void *arg)
{
	struct digests *blobs = arg;

	(void)size;
	vec_push(&blobs->v, *digest);
}

static int missing(const struct writer *w, const char *what, const struct digest *name)
{
	char hex[DIGEST_HEX_SIZE];

	digest_hex(name, hex);
	return message_error(-ENOENT,
			     "export: %s: the %s %s is not in the cache %s; build again, then "
			     "export",
			     w->path, what, hex, w->store->root);
}

static int read_action(struct writer *w, const struct digest *key, struct buf *ret,
		       const void **ret_value, size_t *ret_size)
{
	int err = store_read_record(w->store, STORE_ACTION, key, ret, ret_value, ret_size);

	return err < 0 ? missing(w, "result", key) : 0;
}

static int find_blobs(struct writer *w, const struct digests *actions, struct digests *blobs)
{
	vec_foreach (key, &actions->v) {
		_cleanup_buf_ struct buf record = {0};
		const void *value;
		size_t size;
		int err = read_action(w, key, &record, &value, &size);

		if (err < 0)
			return err;
		if (w->store->blobs_of && w->store->blobs_of(value, size, add_blob, blobs) < 0)
			return missing(w, "result", key);
	}
	make_unique(blobs);
	return 0;
}

static int put_blobs(struct writer *w, const struct digests *blobs)
{
	vec_foreach (name, &blobs->v) {
		_cleanup_buf_ struct buf data = {0};
		int err = store_get_blob(w->store, name, STORE_MAX_BLOB, &data);

		if (err < 0)
			return missing(w, "file", name);
		err = put_entry(w, ARCHIVE_BLOB, name, data.v ? data.v : "", data.n);
		if (err < 0)
			return err;
		w->info.n_blobs++;
	}
	return 0;
}

static int put_actions(struct writer *w, const struct digests *actions)
{
	vec_foreach (key, &actions->v) {
		_cleanup_buf_ struct buf record = {0};
		const void *value;
		size_t size;
		int err = read_action(w, key, &record, &value, &size);

		if (!err)
			err = put_entry(w, ARCHIVE_ACTION, key, record.v, record.n);
		if (err < 0)
			return err;
		w->info.n_actions++;
	}
	return 0;
}

static int put_all(struct writer *w, const struct digest *actions, size_t n, const void *index,
		   size_t index_size)
{
	struct digests keys = {0}, blobs = {0};
	struct digest name = digest_of(index, index_size);
	int err;

	for (size_t i = 0; i < n; i++)
		vec_push(&keys.v, actions[i]);
	make_unique(&keys);
	err = find_blobs(w, &keys, &blobs);
	err = err ?: put(w, ARCHIVE_MAGIC, ARCHIVE_MAGIC_SIZE);
	err = err ?: put_entry(w, ARCHIVE_INDEX, &name, index, index_size);
	err = err ?: put_blobs(w, &blobs);
	err = err ?: put_actions(w, &keys);
	err = err ?: put_end(w);
	vec_free(&keys.v);
	vec_free(&blobs.v);
	return err;
}

int archive_write(struct store *s, const char *path, const struct digest *actions, size_t n,
		  const void *index, size_t index_size, struct archive_info *ret)
{
	_cleanup_free_ char *temp = file_temp_name(path);
	struct writer w = {.store = s, .path = path};
	int err;

	w.fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (w.fd < 0)
		return cannot_write(&w, -errno);
	w.zstd = ZSTD_createCCtx();
	digest_begin(&w.digest);
	if (!w.zstd || ZSTD_isError(ZSTD_CCtx_setParameter(w.zstd, ZSTD_c_compressionLevel, LEVEL)))
		err = cannot_write(&w, -ENOMEM);
	else
		err = put_all(&w, actions, n, index, index_size);
	ZSTD_freeCCtx(w.zstd);
	if (close(w.fd) < 0 && !err)
		err = cannot_write(&w, -errno);
	if (!err && rename(temp, path) < 0)
		err = cannot_write(&w, -errno);
	if (err < 0)
		unlink(temp);
	else if (ret)
		*ret = w.info;
	return err;
}

void archive_info_free(struct archive_info *info)
{
	buf_free(&info->index);
}
