/*
 * Every directory is opened relative to its parent and file types are taken from readdir, so that
 * a tree costs a few system calls a directory and none a file. Where a pattern leaves one name to
 * choose, that name is opened and nothing is read.
 */
#include "project/finder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/message.h"

struct lookup {
	struct finder *finder;
	const struct pattern *pattern;
	struct buf path; /* of the directory being looked at: "" or ending in a slash */
	struct strv *found;
	struct buf *why;
};

/* A directory to look at once its parent has been read. */
struct subdir {
	char *name;
	uint64_t state;
	bool is_link; /* the pattern spells its name, so a symbolic link is followed */
};

typedef VEC(struct subdir) subdir_list;

static finder_watch current_watch;
static void *watch_arg;

void finder_set_watch(finder_watch watch, void *arg)
{
	current_watch = watch;
	watch_arg = arg;
}

/* Looks at an open directory, which it closes. */
static int walk(struct lookup *l, int dir, uint64_t state, unsigned depth);

static int fail(struct lookup *l, int err, const char *name)
{
	buf_printf(l->why, "%s%s: %s", l->path.v, name, strerror(-err));
	return err;
}

static int add_found(struct lookup *l, const char *name)
{
	if (l->path.n + strlen(name) >= PATH_MAX)
		return fail(l, -ENAMETOOLONG, name);
	strv_addf(l->found, "%s%s", l->path.v, name);
	return 0;
}

/* name "": the directory itself. */
static void tell(const struct lookup *l, enum finder_sight sight, const char *name,
		 const struct stat *st)
{
	_cleanup_free_ char *path = current_watch ? xasprintf("%s%s", l->path.v, name) : NULL;

	if (path)
		current_watch(sight, *path ? path : ".", st, watch_arg);
}

static void warn_once(struct lookup *l, const char *name, const char *problem)
{
	char *path = xasprintf("%s%s", l->path.v, name);

	tell(l, FINDER_WARNED, name, NULL);
	if (strv_has(&l->finder->warned, path)) {
		free(path);
		return;
	}
	message_warning("%s: %s; looking for sources without it", path, problem);
	strv_take(&l->finder->warned, path);
}

static bool is_skipped(const struct finder *f, int dir)
{
	struct stat st;

	if (!f->n_skip || fstat(dir, &st) < 0)
		return false;
	for (size_t i = 0; i < f->n_skip; i++)
		if (f->skip[i].device == st.st_dev && f->skip[i].inode == st.st_ino)
			return true;
	return false;
}

/* How to open a directory: to be read, or as a step towards the one name that leads on. */
static int open_flags(const struct lookup *l, uint64_t state)
{
	int access = pattern_only_name(l->pattern, state) ? O_PATH : O_RDONLY;

	return access | O_DIRECTORY | O_CLOEXEC;
}

/* Looks at an open directory, which it closes, under the name it has in the one before. */
static int walk_into(struct lookup *l, int dir, const char *name, uint64_t state, unsigned depth)
{
	size_t before = l->path.n;
	int err;

	buf_printf(&l->path, "%s/", name);
	err = walk(l, dir, state, depth);
	l->path.n = before;
	l->path.v[before] = '\0';
	return err;
}

/* A name that is spelled out cannot be opened: when there is no such thing, that is no error. */
static int miss(struct lookup *l, const char *name)
{
	int err = -errno;

	if (err != -ENOENT && err != -ENOTDIR)
		return fail(l, err, name);
	tell(l, FINDER_MISSED, name, NULL);
	return 0;
}

/* The last name is spelled out: it must be a file. */
static int take_file(struct lookup *l, int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, 0) < 0)
		return miss(l, name);
	if (S_ISREG(st.st_mode))
		return add_found(l, name);
	buf_printf(l->why, "%s%s is ", l->path.v, name);
	if (!S_ISDIR(st.st_mode)) {
		buf_puts(l->why, "not a regular file");
		return -EINVAL;
	}
	buf_printf(l->why, "a directory; write %s%s/*.bpf.c for the sources in it", l->path.v,
		   name);
	return -EISDIR;
}

static int walk_name(struct lookup *l, int dir, const char *name, uint64_t state, unsigned depth)
{
	uint64_t next = pattern_step(l->pattern, state, name, true);

	if (pattern_accepts(l->pattern, next))
		return take_file(l, dir, name);

	int fd = openat(dir, name, open_flags(l, next));

	if (fd < 0)
		return miss(l, name);
	return walk_into(l, fd, name, next, depth);
}

static unsigned char type_of(int dir, const char *name, int flags)
{
	struct stat st;

	if (fstatat(dir, name, &st, flags) < 0)
		return DT_UNKNOWN;
	return IFTODT(st.st_mode);
}

/* The same for what a link leads to. */
static unsigned char follow(struct lookup *l, int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, 0) < 0) {
		warn_once(l, name, "a symbolic link that leads nowhere");
		return DT_UNKNOWN;
	}
	tell(l, FINDER_FOLLOWED, name, &st);
	return IFTODT(st.st_mode);
}

/* Sorts one entry of a directory in: a file found, a directory to look at later, or neither. */
static int take_entry(struct lookup *l, int dir, const struct dirent *e, uint64_t state,
		      subdir_list *subdirs)
{
	uint64_t next = pattern_step(l->pattern, state, e->d_name, false);
	unsigned char type = e->d_type;
	bool is_link = false;

	if (!next || str_eq(e->d_name, ".") || str_eq(e->d_name, ".."))
		return 0;
	if (type == DT_UNKNOWN)
		type = type_of(dir, e->d_name, AT_SYMLINK_NOFOLLOW);
	if (type == DT_LNK) {
		uint64_t spelled = pattern_step(l->pattern, state, e->d_name, true);

		is_link = true;
		if (!pattern_accepts(l->pattern, next) && !spelled)
			return 0;
		type = follow(l, dir, e->d_name);
		if (type == DT_DIR)
			next = spelled;
	}
	if (type == DT_REG && pattern_accepts(l->pattern, next))
		return add_found(l, e->d_name);
	if (type == DT_DIR && next)
		vec_push(subdirs, ((struct subdir){xstrdup(e->d_name), next, is_link}));
	return 0;
}

static int walk_subdir(struct lookup *l, int dir, const struct subdir *s, unsigned depth)
{
	int nofollow = s->is_link ? 0 : O_NOFOLLOW;
	int fd = openat(dir, s->name, open_flags(l, s->state) | nofollow);

	if (fd < 0) {
		if (errno == EACCES || errno == EPERM)
			warn_once(l, s->name, strerror(errno));
		else if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
			return fail(l, -errno, s->name);
		return 0;
	}
	if (is_skipped(l->finder, fd)) {
		close(fd);
		return 0;
	}
	if (depth == FINDER_MAX_DEPTH) {
		close(fd);
		buf_printf(l->why, "%.100s...: directories are nested deeper than %d", l->path.v,
			   FINDER_MAX_DEPTH);
		return -ELOOP;
	}
	return walk_into(l, fd, s->name, s->state, depth + 1);
}

static int compare_subdirs(const void *a, const void *b)
{
	return strcmp(((const struct subdir *)a)->name, ((const struct subdir *)b)->name);
}

static int walk_entries(struct lookup *l, int dir, uint64_t state, unsigned depth)
{
	_cleanup_closedir_ DIR *d = fdopendir(dir);
	subdir_list subdirs = {0};
	struct dirent *e;
	struct stat st;
	int err = 0;

	if (!d) {
		err = fail(l, -errno, "");
		close(dir);
		return err;
	}
	if (current_watch)
		tell(l, fstat(dir, &st) == 0 ? FINDER_READ : FINDER_WARNED, "", &st);
	while (!err && (errno = 0, e = readdir(d)))
		err = take_entry(l, dir, e, state, &subdirs);
	if (!err && errno)
		err = fail(l, -errno, "");
	/* Sorted, so that messages come in the same order everywhere. */
	if (subdirs.n)
		qsort(subdirs.v, subdirs.n, sizeof(*subdirs.v), compare_subdirs);
	vec_foreach (s, &subdirs) {
		err = err ?: walk_subdir(l, dir, s, depth);
		free(s->name);
	}
	vec_free(&subdirs);
	return err;
}

static int walk(struct lookup *l, int dir, uint64_t state, unsigned depth)
{
	const char *name = pattern_only_name(l->pattern, state);
	int err;

	if (!name)
		return walk_entries(l, dir, state, depth);
	err = walk_name(l, dir, name, state, depth);
	close(dir);
	return err;
}

static int find_files(struct finder *f, const struct pattern *p, struct strv *ret, struct buf *why)
{
	struct lookup l = {.finder = f, .pattern = p, .found = ret, .why = why};
	uint64_t state = pattern_start(p);
	const char *root = p->absolute ? "/" : ".";
	int dir = open(root, open_flags(&l, state));
	int err;

	buf_puts(&l.path, p->absolute ? "/" : "");
	err = dir < 0 ? fail(&l, -errno, p->absolute ? "" : ".") : walk(&l, dir, state, 0);
	buf_free(&l.path);
	return err;
}

void finder_init(struct finder *f)
{
	*f = (struct finder){.find = find_files};
}

void finder_skip(struct finder *f, const char *dir)
{
	struct stat st;

	if (!dir || f->n_skip == ARRAY_SIZE(f->skip) || stat(dir, &st) < 0)
		return;
	f->skip[f->n_skip].device = st.st_dev;
	f->skip[f->n_skip].inode = st.st_ino;
	f->n_skip++;
}

void finder_free(struct finder *f)
{
	strv_free(&f->warned);
}
