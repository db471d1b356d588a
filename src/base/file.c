#include "base/file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/path.h"

int file_read(const char *path, size_t max, struct buf *ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t start = ret->n;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (st.st_size > 0 && (size_t)st.st_size > max)
		return -EFBIG;
	/* sysfs and pipes do not tell their size: read until the end, whatever stat said. */
	for (;;) {
		size_t room = st.st_size > 0 && (size_t)st.st_size >= ret->n - start
				      ? (size_t)st.st_size - (ret->n - start) + 1
				      : 64 * 1024;
		ssize_t n;

		if (ret->n + room + 1 > ret->cap)
			ret->v = mem_grow(ret->v, &ret->cap, ret->n + room + 1, 1);
		n = read(fd, ret->v + ret->n, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			n = -errno;
			ret->n = start;
			return (int)n;
		}
		ret->n += (size_t)n;
		ret->v[ret->n] = '\0';
		if (n == 0)
			return 0;
		if (ret->n - start > max) {
			ret->n = start;
			return -EFBIG;
		}
	}
}

int file_load(const char *path, struct file_content *ret)
{
	struct buf b = {0};
	int err = file_read(path, FILE_MAX_SIZE, &b);

	if (err < 0) {
		buf_free(&b);
		return err;
	}
	ret->size = b.n;
	ret->data = (uint8_t *)buf_steal(&b);
	return 0;
}

void file_content_free(struct file_content *c)
{
	free((void *)c->data);
	*c = (struct file_content){0};
}

int file_write_fd(int fd, const void *data, size_t size)
{
	const char *p = data;

	while (size) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

int file_write(const char *path, const void *data, size_t size)
{
	_cleanup_free_ char *temp = file_temp_name(path);
	int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	int err;

	if (fd < 0)
		return -errno;
	err = file_write_fd(fd, data, size);
	if (close(fd) < 0 && !err)
		err = -errno;
	if (!err && rename(temp, path) < 0)
		err = -errno;
	if (err)
		unlink(temp);
	return err;
}

char *file_temp_name(const char *path)
{
	static unsigned counter;
	_cleanup_free_ char *dir = path_dir(path);
	/* A long name leaves no room for ours: keep what fits. */
	_cleanup_free_ char *name =
		xasprintf(".%.200s.skep-%ld-%u", path_base(path), (long)getpid(), counter++);

	return path_join(dir, name);
}

bool file_is_temp_name(const char *name, pid_t *ret_pid)
{
	const char *mark = NULL;
	char *end;
	long pid;

	if (*name != '.')
		return false;
	for (const char *p = name; (p = strstr(p, ".skep-")); p++)
		mark = p;
	if (!mark || !isdigit((unsigned char)mark[6]))
		return false;
	errno = 0;
	pid = strtol(mark + 6, &end, 10);
	if (errno || pid <= 0 || pid > INT_MAX || *end != '-' || !end[1])
		return false;
	for (end++; *end; end++)
		if (!isdigit((unsigned char)*end))
			return false;
	*ret_pid = (pid_t)pid;
	return true;
}

int file_make_dirs(const char *path)
{
	_cleanup_free_ char *p = xstrdup(path);

	for (char *s = p + 1;; s++) {
		char c = *s;

		if (c && c != '/')
			continue;
		*s = '\0';
		if (mkdir(p, 0777) < 0 && errno != EEXIST)
			return -errno;
		if (!c)
			break;
		*s = c;
	}
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int file_make_parent(const char *path)
{
	_cleanup_free_ char *dir = path_dir(path);

	return file_make_dirs(dir);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path) < 0 ? -errno : 0;
}

int file_remove_tree(const char *path)
{
	int err = nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);

	return err == -1 ? -errno : err;
}

bool file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static int write_into(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int err;

	if (fd < 0)
		return -errno;
	err = file_write_fd(fd, data, size);
	if (close(fd) < 0 && err == 0)
		err = -errno;
	return err;
}

/* Whether a name such as /dev/stdout or /dev/fd/1 stands for a file that we have open. */
static bool is_open_file(const char *path)
{
	char folder[PATH_MAX], to[PATH_MAX];
	_cleanup_free_ char *parent = path_dir(path);
	ssize_t n = readlink(path, to, sizeof(to) - 1);

	if (n < 0)
		return false;
	to[n] = '\0';
	return str_starts(to, "/proc/") || str_starts(to, "/dev/fd/") ||
	       (realpath(parent, folder) && str_starts(folder, "/proc/"));
}

int file_write_output(const char *path, const void *data, size_t size)
{
	_cleanup_free_ char *real = NULL;
	struct stat st;

	if (lstat(path, &st) < 0)
		return file_write(path, data, size);
	/* Of a link that leads nowhere yet, too. */
	if (is_open_file(path) || stat(path, &st) < 0 ||
	    (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return write_into(path, data, size);
	/* A link stays one. */
	real = realpath(path, NULL);
	return file_write(real ? real : path, data, size);
}
