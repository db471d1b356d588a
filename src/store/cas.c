#include "store/cas.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "base/file.h"
#include "base/message.h"
#include "base/path.h"
#include "store/cas_parts.h"

#define VERSION_DIR "v1"

const struct store_kind_info store_kinds[STORE_N_KINDS] = {
	[STORE_ACTION] = {"actions", "result", "skepac1\n"},
	[STORE_BLOB] = {"blobs", "file", NULL},
	[STORE_HINT] = {"hints", "note", "skephi1\n"},
	[STORE_FACT] = {"facts", "note", "skepfa1\n"},
};

char *store_default_root(void)
{
	const char *own = getenv("SKEP_CACHE"), *xdg = getenv("XDG_CACHE_HOME"),
		   *home = getenv("HOME");

	if (own)
		return *own ? xstrdup(own) : NULL;
	/* The XDG specification wants relative names ignored. */
	if (xdg && *xdg == '/')
		return path_join(xdg, "skep");
	return home && *home ? path_join(home, ".cache/skep") : NULL;
}

int64_t store_now(void)
{
	return time(NULL);
}

const char *store_root(const struct store *s)
{
	return s->root;
}

void store_path_of(const struct digest *name, char path[static STORE_PATH_SIZE])
{
	digest_hex(name, path + 3);
	memcpy(path, path + 3, 2);
	path[2] = '/';
}

int store_cannot_write(struct store *s, int err)
{
	message_warning("cache: %s: %s; no more results are kept there", s->root, strerror(-err));
	s->write_failed = true;
	return err;
}

/* What a store holds is believed, so nobody else may have put it there. */
static int check_owner(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return message_error(-errno, "cache: %s: %s", path, strerror(errno));
	if (st.st_uid != geteuid())
		return message_error(-EPERM,
				     "cache: %s: it belongs to user %u, not to you (user %u), and "
				     "what it holds would be trusted; name another folder with "
				     "--cache or SKEP_CACHE, or build with --no-cache",
				     path, st.st_uid, geteuid());
	if (st.st_mode & 022)
		return message_error(-EPERM,
				     "cache: %s: others may write there, and what it holds would "
				     "be trusted; if nobody has: chmod go-w %s",
				     path, path);
	return 0;
}

/* Makes what is missing of a path, for nobody else to see. */
static int make_private_dirs(const char *path)
{
	_cleanup_free_ char *parent = path_dir(path);

	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT || str_eq(parent, path) || make_private_dirs(parent) < 0)
		return -errno;
	return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -errno;
}

/* A place where nothing can be written is no reason not to build. */
static bool is_unwritable(int err)
{
	return err == -EROFS || err == -EACCES || err == -EPERM || err == -ENOSPC ||
	       err == -EDQUOT || err == -ENOENT;
}

/* -1 and no error when there is none and there will be none. */
static int open_dir(struct store *s, int parent, const char *name, const char *path, int *ret)
{
	/* The root may be a link, to a larger disk for example; nothing inside may be one. */
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (parent == AT_FDCWD ? 0 : O_NOFOLLOW);
	int fd = openat(parent, name, flags), err = 0;

	if (fd < 0 && errno == ENOENT && !s->read_only && !s->write_failed) {
		if (parent == AT_FDCWD)
			err = make_private_dirs(name);
		else if (mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
			err = -errno;
		errno = err ? -err : 0;
		fd = err ? -1 : openat(parent, name, flags);
	}
	if (fd >= 0) {
		*ret = fd;
		return check_owner(fd, path);
	}
	err = -errno;
	if (err == -ENOENT && (s->read_only || s->write_failed))
		return 0;
	if (!s->read_only && is_unwritable(err)) {
		store_cannot_write(s, err);
		return 0;
	}
	return message_error(err, "cache: %s: %s; name another folder with --cache or SKEP_CACHE",
			     path, strerror(-err));
}

static int open_dirs(struct store *s)
{
	_cleanup_free_ char *dir = path_join(s->root, VERSION_DIR);
	_cleanup_close_ int root_fd = -1;
	int err = open_dir(s, AT_FDCWD, s->root, s->root, &root_fd);

	if (err < 0 || root_fd < 0)
		return err;
	err = open_dir(s, root_fd, VERSION_DIR, dir, &s->dir_fd);
	for (int i = 0; !err && s->dir_fd >= 0 && i < STORE_N_KINDS; i++) {
		_cleanup_free_ char *path = path_join(dir, store_kinds[i].dir);

		err = open_dir(s, s->dir_fd, store_kinds[i].dir, path, &s->kind_fds[i]);
	}
	return err;
}

int store_open(const char *root, unsigned flags, store_blobs_of blobs_of, struct store **ret)
{
	struct store *s = xcalloc(1, sizeof(*s));
	int err;

	s->root = xstrdup(root);
	s->read_only = flags & STORE_READ_ONLY;
	s->blobs_of = blobs_of;
	s->dir_fd = -1;
	for (int i = 0; i < STORE_N_KINDS; i++)
		s->kind_fds[i] = -1;
	err = open_dirs(s);
	if (err < 0) {
		store_close(s);
		return err;
	}
	*ret = s;
	return 0;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	store_flush_counts(s);
	store_stats_free(&s->counted);
	for (int i = 0; i < STORE_N_KINDS; i++)
		cleanup_close(&s->kind_fds[i]);
	cleanup_close(&s->dir_fd);
	free(s->root);
	free(s);
}

int store_open_entry(struct store *s, enum store_kind kind, const struct digest *name,
		     struct stat *ret)
{
	char path[STORE_PATH_SIZE];
	int fd;

	if (s->kind_fds[kind] < 0)
		return -ENOENT;
	store_path_of(name, path);
	/* Without O_NONBLOCK a pipe of that name would keep us waiting. */
	fd = openat(s->kind_fds[kind], path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == ELOOP || errno == ENXIO ? store_drop(s, kind, name) : -ENOENT;
	if (fstat(fd, ret) == 0 && S_ISREG(ret->st_mode) &&
	    (uint64_t)ret->st_size <= STORE_MAX_BLOB)
		return fd;
	close(fd);
	return store_drop(s, kind, name);
}

void store_touch(struct store *s, int fd, const struct stat *st)
{
	int64_t now = store_now();

	/* A time in the future comes from a clock that was wrong. */
	if (store_writes(s) && (st->st_mtime > now || st->st_mtime < now - STORE_HOUR))
		futimens(fd, NULL);
}

bool store_already_has(struct store *s, enum store_kind kind, const struct digest *name,
		       uint64_t size)
{
	struct stat st;
	_cleanup_close_ int fd = store_open_entry(s, kind, name, &st);

	if (fd < 0 || (size != STORE_ANY_SIZE && (uint64_t)st.st_size != size))
		return false;
	store_touch(s, fd, &st);
	return true;
}

bool store_remove(struct store *s, enum store_kind kind, const struct digest *name)
{
	char path[STORE_PATH_SIZE];

	if (s->read_only || s->kind_fds[kind] < 0)
		return false;
	store_path_of(name, path);
	if (unlinkat(s->kind_fds[kind], path, 0) == 0 || errno == ENOENT)
		return true;
	return errno == EISDIR && unlinkat(s->kind_fds[kind], path, AT_REMOVEDIR) == 0;
}

int store_drop(struct store *s, enum store_kind kind, const struct digest *name)
{
	store_remove(s, kind, name);
	if (!s->said_damaged)
		message_warning("cache: %s: a %s was damaged and is made anew; `skep cache verify` "
				"looks for others",
				s->root, store_kinds[kind].noun);
	s->said_damaged = true;
	return -EBADMSG;
}

int store_read_all(int fd, size_t size, struct buf *ret)
{
	size_t start = ret->n;

	/* One byte of room more than there should be shows when there is more. */
	if (ret->n + size + 2 > ret->cap)
		ret->v = mem_grow(ret->v, &ret->cap, ret->n + size + 2, 1);
	for (;;) {
		ssize_t n = read(fd, ret->v + ret->n, size + 1 - (ret->n - start));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			n = -errno;
		if (n > 0)
			ret->n += (size_t)n;
		if (n > 0 && ret->n - start <= size)
			continue;
		if (n == 0 && ret->n - start == size) {
			ret->v[ret->n] = '\0';
			return 0;
		}
		ret->n = start;
		return n < 0 ? (int)n : -EBADMSG;
	}
}

/* Makes a new file beside where path will be. */
static int create_temp(struct store *s, int dir, const char *path, char **ret_temp)
{
	char fan[] = {path[0], path[1], '\0'};

	/* In a container, a process killed long ago may have had our number. */
	for (int tries = 0; tries < 1000; tries++) {
		char *temp = file_temp_name(path);
		int fd = openat(dir, temp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
		int err = fd < 0 ? -errno : 0;

		if (!err) {
			*ret_temp = temp;
			return fd;
		}
		free(temp);
		if (err == -ENOENT && mkdirat(dir, fan, 0700) < 0 && errno != EEXIST)
			err = -errno;
		else if (err == -ENOENT || err == -EEXIST)
			continue;
		return store_cannot_write(s, err);
	}
	return store_cannot_write(s, -EEXIST);
}

int store_write_begin(struct store *s, enum store_kind kind, const struct digest *name,
		      struct store_writer *ret)
{
	struct store_writer w = {.store = s, .kind = kind, .name = *name};
	char path[STORE_PATH_SIZE];

	if (!store_writes(s) || s->kind_fds[kind] < 0)
		return -EROFS;
	store_path_of(name, path);
	w.fd = create_temp(s, s->kind_fds[kind], path, &w.temp);
	if (w.fd < 0)
		return w.fd;
	*ret = w;
	return 0;
}

int store_write_add(struct store_writer *w, const void *data, size_t size)
{
	int err = file_write_fd(w->fd, data, size);

	w->size += size;
	return err < 0 ? store_cannot_write(w->store, err) : 0;
}

int store_write_end(struct store_writer *w)
{
	int dir = w->store->kind_fds[w->kind], err = close(w->fd) < 0 ? -errno : 0;
	char path[STORE_PATH_SIZE];

	w->fd = -1;
	store_path_of(&w->name, path);
	if (!err && renameat(dir, w->temp, dir, path) < 0) {
		err = -errno;
		/* What is no file must not stand in the way. */
		if ((err == -EISDIR || err == -ENOTEMPTY) &&
		    store_remove(w->store, w->kind, &w->name))
			err = renameat(dir, w->temp, dir, path) < 0 ? -errno : 0;
	}
	if (err < 0)
		return store_cannot_write(w->store, err);
	free(steal(&w->temp));
	w->store->written += store_disk_size(w->size);
	return 0;
}

void store_write_free(struct store_writer *w)
{
	if (w->temp) {
		cleanup_close(&w->fd);
		unlinkat(w->store->kind_fds[w->kind], w->temp, 0);
	}
	free(steal(&w->temp));
}
