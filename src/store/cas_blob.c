#include "store/cas.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "base/file.h"
#include "base/message.h"
#include "store/cas_parts.h"

/* Which side of a copy failed. */
enum side {
	SIDE_FROM,
	SIDE_TO,
};

/*
 * Makes the new file `to` hold what `from` holds: sharing its blocks where the file system can,
 * else copying. The digest is that of what was written.
 */
static int copy(int from, int to, struct digest *ret, enum side *ret_failed)
{
	char block[64 * 1024];
	struct digest_state state;
	ssize_t n;
	int err;

	*ret_failed = SIDE_TO;
	if (ioctl(to, FICLONE, from) == 0)
		return digest_of_fd(to, ret);
	digest_begin(&state);
	for (;;) {
		n = read(from, block, sizeof(block));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		digest_add(&state, block, (size_t)n);
		err = file_write_fd(to, block, (size_t)n);
		if (err < 0)
			return err;
	}
	*ret_failed = SIDE_FROM;
	if (n < 0)
		return -errno;
	*ret = digest_end(&state);
	return 0;
}

int store_put_blob(struct store *s, const struct digest *digest, const void *data, size_t size)
{
	_cleanup_writer_ struct store_writer w = {0};
	int err;

	if (size > STORE_MAX_BLOB)
		return -EFBIG;
	if (store_already_has(s, STORE_BLOB, digest, size))
		return 0;
	err = store_write_begin(s, STORE_BLOB, digest, &w);
	if (!err)
		err = store_write_add(&w, data, size);
	return err < 0 ? err : store_write_end(&w);
}

int store_put_file(struct store *s, const struct digest *digest, const char *path)
{
	_cleanup_close_ int from = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_writer_ struct store_writer w = {0};
	struct digest found;
	enum side failed;
	struct stat st;
	int err;

	if (from < 0 || fstat(from, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((uint64_t)st.st_size > STORE_MAX_BLOB)
		return -EFBIG;
	if (store_already_has(s, STORE_BLOB, digest, (uint64_t)st.st_size))
		return 0;
	err = store_write_begin(s, STORE_BLOB, digest, &w);
	if (err < 0)
		return err;
	err = copy(from, w.fd, &found, &failed);
	if (err < 0)
		return failed == SIDE_TO ? store_cannot_write(s, err) : err;
	w.size = (uint64_t)st.st_size;
	return digest_eq(&found, digest) ? store_write_end(&w) : -ESTALE;
}

bool store_has_blob(struct store *s, const struct digest *digest, uint64_t size)
{
	return store_already_has(s, STORE_BLOB, digest, size);
}

int store_get_blob(struct store *s, const struct digest *digest, uint64_t max_size, struct buf *ret)
{
	struct stat st;
	_cleanup_close_ int fd = store_open_entry(s, STORE_BLOB, digest, &st);
	size_t start = ret->n;
	struct digest found;
	int err;

	if (fd < 0)
		return fd;
	if ((uint64_t)st.st_size > max_size)
		return -EFBIG;
	err = store_read_all(fd, (size_t)st.st_size, ret);
	if (!err) {
		found = digest_of(ret->v + start, ret->n - start);
		if (digest_eq(&found, digest)) {
			store_touch(s, fd, &st);
			return 0;
		}
		ret->n = start;
		ret->v[start] = '\0';
		err = -EBADMSG;
	}
	return err == -EBADMSG ? store_drop(s, STORE_BLOB, digest) : -ENOENT;
}

static int cannot_make(const char *path, int err)
{
	message_error(err, "write: %s: %s", path, strerror(-err));
	/* That the folder is gone must not look as if the store had no such blob. */
	return err == -ENOENT ? -ENOTDIR : err;
}

int store_get_file(struct store *s, const struct digest *digest, const char *path)
{
	struct stat st;
	_cleanup_close_ int from = store_open_entry(s, STORE_BLOB, digest, &st), to = -1;
	enum side failed = SIDE_TO;
	struct digest found;
	int err;

	if (from < 0)
		return from;
	to = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (to < 0)
		return cannot_make(path, -errno);
	err = copy(from, to, &found, &failed);
	if (!err) {
		err = close(to) < 0 ? -errno : 0;
		to = -1;
	}
	if (!err && digest_eq(&found, digest)) {
		store_touch(s, from, &st);
		return 0;
	}
	unlink(path);
	if (err < 0)
		return failed == SIDE_TO ? cannot_make(path, err) : -ENOENT;
	return store_drop(s, STORE_BLOB, digest);
}
