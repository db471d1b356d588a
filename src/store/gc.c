/*
 * ROOT/v1/size has how much there is and when that was found, "BYTES SECONDS\n": exactly after
 * store_gc, else estimated from some of the 256 directories of each kind, over which digests spread
 * evenly. Handles add what they wrote.
 */
#include "store/gc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>

#include "base/file.h"
#include "base/message.h"
#include "store/cas_parts.h"

#define SIZE_FILE "size"
#define LOCK_FILE "gc.lock"
/* Entries that make an estimate good enough. */
#define SAMPLE 4000

static void add(struct store_amount *a, uint64_t size)
{
	a->n++;
	a->bytes += store_disk_size(size);
}

/* One entry of the list that is sorted by last use. */
struct candidate {
	int64_t used;
	uint64_t size;
	enum store_kind kind;
	struct digest name;
};

struct gc {
	int64_t now;
	VEC(struct candidate) all;
	struct gc_result result;
};

static bool is_old_temp(const struct store_entry *e, int64_t now)
{
	return e->is_temp && e->st.st_mtime < now - STORE_HOUR;
}

static void collect(struct store *s, const struct store_entry *e, void *arg)
{
	struct gc *g = arg;
	struct candidate c = {e->st.st_mtime, (uint64_t)e->st.st_size, e->kind, e->name};

	if (e->is_temp) {
		if (is_old_temp(e, g->now))
			unlinkat(s->kind_fds[e->kind], e->path, 0);
		return;
	}
	if (!S_ISREG(e->st.st_mode)) {
		store_remove(s, e->kind, &e->name);
		return;
	}
	if (c.used > g->now) {
		const struct timespec now[] = {{.tv_sec = g->now}, {.tv_sec = g->now}};

		/* From a clock that was wrong; from now on it ages like the others. */
		utimensat(s->kind_fds[e->kind], e->path, now, AT_SYMLINK_NOFOLLOW);
		c.used = g->now;
	}
	add(&g->result.kept, c.size);
	vec_push(&g->all, c);
}

static int by_use(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->used != y->used)
		return x->used < y->used ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return memcmp(&x->name, &y->name, sizeof(x->name));
}

/* Whether a build has used it since it was listed. */
static bool was_used(struct store *s, const struct candidate *c)
{
	char path[STORE_PATH_SIZE];
	struct stat st;

	store_path_of(&c->name, path);
	return fstatat(s->kind_fds[c->kind], path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_mtime > c->used;
}

static bool discard(struct store *s, struct gc *g, const struct candidate *c)
{
	if (was_used(s, c) || !store_remove(s, c->kind, &c->name))
		return false;
	add(&g->result.removed, c->size);
	g->result.kept.n--;
	g->result.kept.bytes -= store_disk_size(c->size);
	return true;
}

/* Takes from the list what is old or too much. */
static void discard_unused(struct store *s, struct gc *g, uint64_t max_bytes, uint64_t max_age)
{
	size_t n = 0;

	if (g->all.n)
		qsort(g->all.v, g->all.n, sizeof(*g->all.v), by_use);
	vec_foreach (c, &g->all) {
		bool old = (uint64_t)(g->now - c->used) > max_age;

		if ((!old && g->result.kept.bytes <= max_bytes) || !discard(s, g, c))
			g->all.v[n++] = *c;
	}
	g->all.n = n;
}

static void discard_incomplete(struct store *s, struct gc *g)
{
	vec_foreach (c, &g->all) {
		_cleanup_buf_ struct buf record = {0};
		const void *value;
		size_t size;

		if (c->kind != STORE_ACTION ||
		    store_read_record(s, STORE_ACTION, &c->name, &record, &value, &size) < 0 ||
		    store_has_all_blobs(s, value, size))
			continue;
		g->result.n_incomplete += discard(s, g, c);
	}
}

struct blob_search {
	struct store *store;
	bool missing;
};

static void look_for_blob(const struct digest *digest, uint64_t size, void *arg)
{
	struct blob_search *search = arg;
	char path[STORE_PATH_SIZE];
	struct stat st;

	store_path_of(digest, path);
	if (fstatat(search->store->kind_fds[STORE_BLOB], path, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(st.st_mode) || (uint64_t)st.st_size != size)
		search->missing = true;
}

bool store_has_all_blobs(struct store *s, const void *value, size_t size)
{
	struct blob_search search = {.store = s};

	return !s->blobs_of ||
	       (s->blobs_of(value, size, look_for_blob, &search) == 0 && !search.missing);
}

static void write_size(struct store *s, uint64_t bytes, int64_t time)
{
	_cleanup_buf_ struct buf text = {0};

	buf_printf(&text, "%" PRIu64 " %" PRId64 "\n", bytes, time);
	store_write_small(s, SIZE_FILE, text.v, text.n);
	s->written = 0;
}

/* The last size, when it was found within the hour. */
static bool read_size(struct store *s, uint64_t *ret_bytes, int64_t *ret_time)
{
	_cleanup_buf_ struct buf text = {0};
	int64_t now = store_now();
	unsigned long bytes, time;
	char *rest, *word;

	if (store_read_small(s, SIZE_FILE, 64, &text) < 0 || !text.n || text.v[text.n - 1] != '\n')
		return false;
	text.v[text.n - 1] = '\0';
	rest = text.v;
	word = strsep(&rest, " ");
	if (!rest || !str_to_ulong(word, ULONG_MAX, &bytes) ||
	    !str_to_ulong(rest, LONG_MAX, &time) || (int64_t)time > now ||
	    (int64_t)time < now - STORE_HOUR)
		return false;
	*ret_bytes = bytes;
	*ret_time = (int64_t)time;
	return true;
}

/* The lock of the one that removes; -1 on file systems without locks, where two do no harm. */
static int take_lock(struct store *s, int *ret)
{
	int fd = openat(s->dir_fd, LOCK_FILE,
			O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int err = -errno;

		close(fd);
		fd = -1;
		if (err == -EWOULDBLOCK)
			return -EBUSY;
	}
	*ret = fd;
	return 0;
}

/* What killed processes left beside the entries' folders. */
static void remove_top_temps(struct store *s, int64_t older_than)
{
	int fd = openat(s->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;
	struct stat st;
	pid_t pid;

	while (dir && (d = readdir(dir)))
		if (file_is_temp_name(d->d_name, &pid) &&
		    fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_mtime < older_than)
			unlinkat(fd, d->d_name, 0);
}

static void gc_locked(struct store *s, uint64_t max_bytes, uint64_t max_age, struct gc_result *ret)
{
	struct gc g = {.now = store_now()};

	remove_top_temps(s, g.now - STORE_HOUR);
	for (enum store_kind kind = 0; kind < STORE_N_KINDS; kind++)
		store_walk(s, kind, collect, &g);
	discard_unused(s, &g, max_bytes, max_age);
	discard_incomplete(s, &g);
	store_compact_stats(s);
	write_size(s, g.result.kept.bytes, store_now());
	vec_free(&g.all);
	*ret = g.result;
}

int store_gc(struct store *s, uint64_t max_bytes, uint64_t max_age, struct gc_result *ret)
{
	_cleanup_close_ int lock = -1;

	if (s->read_only)
		return message_error(-EROFS, "cache: %s: it is open for reading only", s->root);
	if (s->dir_fd < 0) {
		*ret = (struct gc_result){0};
		return 0;
	}
	if (take_lock(s, &lock) < 0)
		return message_error(-EBUSY,
				     "cache: %s: another process is removing old results; "
				     "try again when it is done",
				     s->root);
	gc_locked(s, max_bytes, max_age, ret);
	return 0;
}

static void count_entry(struct store *s, const struct store_entry *e, void *arg)
{
	(void)s;
	if (!e->is_temp && S_ISREG(e->st.st_mode))
		add(arg, (uint64_t)e->st.st_size);
}

static uint64_t estimate(struct store *s)
{
	struct store_amount seen = {0};
	unsigned first = (unsigned)store_now() ^ (unsigned)getpid(), n = 0;

	for (; n < STORE_N_FANS && seen.n < SAMPLE; n++)
		for (enum store_kind kind = 0; kind < STORE_N_KINDS; kind++)
			store_walk_fan(s, kind, (first + n) % STORE_N_FANS, count_entry, &seen);
	return seen.bytes / n * STORE_N_FANS;
}

void store_maybe_gc(struct store *s, uint64_t max_bytes)
{
	_cleanup_close_ int lock = -1;
	struct gc_result ignored;
	uint64_t bytes;
	int64_t time;

	/* Who only reads has not made it larger. */
	if (!store_writes(s) || !s->written)
		return;
	if (read_size(s, &bytes, &time)) {
		bytes += s->written;
		write_size(s, bytes, time);
	} else {
		bytes = estimate(s);
		write_size(s, bytes, store_now());
		store_compact_stats(s);
	}
	if (bytes > max_bytes && take_lock(s, &lock) == 0)
		gc_locked(s, max_bytes / 10 * 9, UINT64_MAX, &ignored);
}

void store_measure(struct store *s, struct store_size ret[static STORE_N_SIZES])
{
	_Static_assert(STORE_N_SIZES == STORE_N_KINDS, "a size for each kind");
	for (enum store_kind kind = 0; kind < STORE_N_KINDS; kind++) {
		ret[kind] = (struct store_size){store_kinds[kind].dir, {0}};
		store_walk(s, kind, count_entry, &ret[kind].amount);
	}
}

struct verify {
	void (*fn)(const char *path, bool is_damaged, void *arg);
	void *arg;
	struct verify_result result;
};

static bool blob_is_sound(struct store *s, const struct digest *name)
{
	struct stat st;
	_cleanup_close_ int fd = store_open_entry(s, STORE_BLOB, name, &st);
	struct digest found;

	return fd == -ENOENT ||
	       (fd >= 0 && digest_of_fd(fd, &found) == 0 && digest_eq(&found, name));
}

static bool record_is_sound(struct store *s, enum store_kind kind, const struct digest *name,
			    bool *ret_complete)
{
	_cleanup_buf_ struct buf record = {0};
	const void *value;
	size_t size;
	int err = store_read_record(s, kind, name, &record, &value, &size);

	*ret_complete = err < 0 || kind != STORE_ACTION || store_has_all_blobs(s, value, size);
	return err != -EBADMSG;
}

static void verify_entry(struct store *s, const struct store_entry *e, void *arg)
{
	struct verify *v = arg;
	bool sound, complete = true;

	if (e->is_temp)
		return;
	sound = e->kind == STORE_BLOB ? blob_is_sound(s, &e->name)
				      : record_is_sound(s, e->kind, &e->name, &complete);
	v->result.n_read++;
	v->result.n_damaged += !sound;
	v->result.n_incomplete += !complete;
	if (sound && complete)
		return;
	store_remove(s, e->kind, &e->name);
	if (v->fn) {
		_cleanup_free_ char *path = xasprintf("%s/%s", store_kinds[e->kind].dir, e->path);

		v->fn(path, !sound, v->arg);
	}
}

void store_verify(struct store *s, void (*fn)(const char *path, bool is_damaged, void *arg),
		  void *arg, struct verify_result *ret)
{
	/* Blobs first: an action whose blob turns out to be damaged is incomplete. */
	static const enum store_kind order[] = {STORE_BLOB, STORE_ACTION, STORE_HINT, STORE_FACT};
	struct verify v = {fn, arg, {0}};
	bool said = s->said_damaged;

	s->said_damaged = true;
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		store_walk(s, order[i], verify_entry, &v);
	s->said_damaged = said;
	*ret = v.result;
}

struct clear {
	int64_t now;
	struct store_amount removed;
	int err;
};

static void clear_entry(struct store *s, const struct store_entry *e, void *arg)
{
	struct clear *c = arg;

	/* A younger one may be some build's at this moment. */
	if (e->is_temp && !is_old_temp(e, c->now))
		return;
	if (e->is_temp ? unlinkat(s->kind_fds[e->kind], e->path, 0) == 0
		       : store_remove(s, e->kind, &e->name))
		add(&c->removed, (uint64_t)e->st.st_size);
	else if (errno != ENOENT)
		c->err = -errno;
}

int store_clear(struct store *s, struct store_amount *ret)
{
	struct clear c = {.now = store_now()};

	if (s->read_only)
		return message_error(-EROFS, "cache: %s: it is open for reading only", s->root);
	for (enum store_kind kind = 0; kind < STORE_N_KINDS; kind++)
		store_walk(s, kind, clear_entry, &c);
	if (s->dir_fd >= 0) {
		remove_top_temps(s, c.now - STORE_HOUR);
		unlinkat(s->dir_fd, STORE_STATS_FILE, 0);
		unlinkat(s->dir_fd, SIZE_FILE, 0);
	}
	if (c.err < 0)
		return message_error(c.err, "cache: %s: %s", s->root, strerror(-c.err));
	*ret = c.removed;
	return 0;
}
