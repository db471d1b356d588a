/* Looking at all that is in a store, following no links. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

#include "base/file.h"
#include "store/cas_parts.h"

void store_walk_fan(struct store *s, enum store_kind kind, unsigned fan, store_visit fn, void *arg)
{
	_cleanup_closedir_ DIR *dir = NULL;
	char fan_name[3], path[3 + NAME_MAX + 1];
	struct dirent *d;
	int fd;

	if (s->kind_fds[kind] < 0)
		return;
	snprintf(fan_name, sizeof(fan_name), "%02x", fan & 0xff);
	fd = openat(s->kind_fds[kind], fan_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return;
	}
	while ((d = readdir(dir))) {
		struct store_entry e = {.kind = kind, .path = path};
		pid_t pid;

		if (strlen(d->d_name) != 2 * DIGEST_SIZE || !digest_parse(d->d_name, &e.name)) {
			e.is_temp = file_is_temp_name(d->d_name, &pid);
			if (!e.is_temp)
				continue;
		} else if (e.name.bytes[0] != fan) {
			continue;
		}
		if (fstatat(fd, d->d_name, &e.st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", fan_name, d->d_name);
		fn(s, &e, arg);
	}
}

void store_walk(struct store *s, enum store_kind kind, store_visit fn, void *arg)
{
	for (unsigned fan = 0; fan < STORE_N_FANS; fan++)
		store_walk_fan(s, kind, fan, fn, arg);
}

int store_read_small(struct store *s, const char *name, size_t max, struct buf *ret)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (s->dir_fd < 0)
		return -ENOENT;
	fd = openat(s->dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > max)
		return -EINVAL;
	ret->v = mem_grow(ret->v, &ret->cap, ret->n + (size_t)st.st_size + 1, 1);
	/* What others append meanwhile is left for the next time. */
	for (size_t left = (size_t)st.st_size; left;) {
		ssize_t n = read(fd, ret->v + ret->n, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		ret->n += (size_t)n;
		left -= (size_t)n;
	}
	ret->v[ret->n] = '\0';
	return 0;
}

void store_write_small(struct store *s, const char *name, const void *data, size_t size)
{
	_cleanup_free_ char *temp = file_temp_name(name);
	int fd, err;

	if (!store_writes(s))
		return;
	fd = openat(s->dir_fd, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return;
	err = file_write_fd(fd, data, size);
	close(fd);
	if (err < 0 || renameat(s->dir_fd, temp, s->dir_fd, name) < 0)
		unlinkat(s->dir_fd, temp, 0);
}
