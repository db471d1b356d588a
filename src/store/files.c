#include "store/files.h"

#include <errno.h>
#include <time.h>

#include "base/map.h"
#include "base/message.h"
#include "store/codec.h"

#define FILE_KEY 'f'

/* A kernel tick is at most 10 ms; file systems that keep whole seconds need two of them. */
#define TICK_NS ((int64_t)20 * 1000 * 1000)
#define COARSE_NS ((int64_t)2100 * 1000 * 1000)

struct files {
	struct state *state;
	struct files_world world;
	struct map by_path;
};

static int real_stat(const char *path, struct stat *st)
{
	return stat(path, st);
}

static int64_t nanoseconds(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t real_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME_COARSE, &t);
	return nanoseconds(t);
}

struct files *files_new(struct state *state, const struct files_world *world)
{
	static const struct files_world real = {real_stat, real_now};
	struct files *f = xcalloc(1, sizeof(*f));

	f->state = state;
	f->world = world ? *world : real;
	return f;
}

void files_free(struct files *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->by_path.n; i++) {
		struct file *file = f->by_path.entries[i].value;

		free(file->directives);
		free(file->path);
		free(file);
	}
	map_free(&f->by_path);
	free(f);
}

struct file_stamp file_stamp_of(const struct stat *st)
{
	return (struct file_stamp){
		.device = st->st_dev,
		.inode = st->st_ino,
		.size = (uint64_t)st->st_size,
		.mtime = nanoseconds(st->st_mtim),
		.ctime = nanoseconds(st->st_ctim),
	};
}

static bool stamp_eq(const struct file_stamp *a, const struct file_stamp *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool file_stamp_is_settled(const struct file_stamp *s, int64_t now)
{
	int64_t newest = s->mtime > s->ctime ? s->mtime : s->ctime;
	bool coarse = s->mtime % 1000000000 == 0 && s->ctime % 1000000000 == 0;

	return newest + (coarse ? COARSE_NS : TICK_NS) < now;
}

static void recall_digest(struct files *f, struct file *file)
{
	size_t size;
	_cleanup_free_ char *key = state_key(FILE_KEY, file->path, &size);
	struct reader r = reader_of(state_get(f->state, key, size));
	const struct file_stamp *stamp = get_bytes(&r, sizeof(*stamp));
	struct digest digest = get_digest(&r);

	if (r.bad || memcmp(stamp, &file->stamp, sizeof(*stamp)) != 0)
		return;
	file->digest = digest;
	file->has_digest = file->settled = true;
}

static void remember_digest(struct files *f, const struct file *file)
{
	_cleanup_buf_ struct buf value = {0};
	size_t size;
	_cleanup_free_ char *key = state_key(FILE_KEY, file->path, &size);

	buf_add(&value, &file->stamp, sizeof(file->stamp));
	put_digest(&value, &file->digest);
	state_put(f->state, key, size, value.v, value.n);
}

/* Looks at the file system; true when it shows a regular file. */
static bool look(struct files *f, const char *path, struct file_stamp *ret)
{
	struct stat st;

	if (f->world.stat(path, &st) < 0 || S_ISDIR(st.st_mode))
		return false;
	*ret = file_stamp_of(&st);
	return true;
}

struct file *files_get(struct files *f, const char *path)
{
	struct file *file = map_get(&f->by_path, path);

	if (file)
		return file;
	file = xcalloc(1, sizeof(*file));
	file->path = xstrdup(path);
	map_put(&f->by_path, file->path, file);
	files_refresh(f, file);
	return file;
}

void files_refresh(struct files *f, struct file *file)
{
	free(file->directives);
	file->directives = NULL;
	file->refreshed++;
	file->has_digest = file->settled = false;
	file->exists = look(f, file->path, &file->stamp);
	if (file->exists)
		recall_digest(f, file);
}

void files_note(struct file *file, const struct digest *digest, uint64_t size)
{
	if (!file->exists || file->stamp.size != size)
		return;
	file->digest = *digest;
	file->has_digest = true;
	file->settled = false;
}

void files_settle(struct files *f, struct file *file, const struct digest *digest)
{
	file->digest = *digest;
	file->has_digest = true;
	file->settled = file_stamp_is_settled(&file->stamp, f->world.now());
	if (file->settled)
		remember_digest(f, file);
}

/* Reads the file, again when it changes meanwhile. */
static int read_settled(struct files *f, const char *path, struct file_content *ret,
			struct file_stamp *ret_stamp, int64_t *ret_began)
{
	for (int tries = 0;; tries++) {
		struct stat before, after;
		int err;

		*ret_began = f->world.now();
		if (f->world.stat(path, &before) < 0)
			return -errno;
		err = file_load(path, ret);
		if (err < 0)
			return err;
		if (f->world.stat(path, &after) < 0)
			after = (struct stat){0};
		*ret_stamp = file_stamp_of(&before);
		struct file_stamp now = file_stamp_of(&after);

		/* A file that never holds still is hashed as it is, and not trusted. */
		if (tries == 3)
			*ret_began = INT64_MIN;
		if (stamp_eq(ret_stamp, &now) || tries == 3)
			return 0;
		file_content_free(ret);
	}
}

int files_try_load(struct files *f, struct file *file, struct file_content *ret)
{
	int64_t began;
	int err = file->exists ? read_settled(f, file->path, ret, &file->stamp, &began) : -ENOENT;

	if (err < 0)
		return err;
	file->digest = digest_of(ret->data, ret->size);
	file->has_digest = true;
	file->settled = file_stamp_is_settled(&file->stamp, began);
	if (file->settled)
		remember_digest(f, file);
	return 0;
}

int files_digest(struct files *f, struct file *file)
{
	_cleanup_content_ struct file_content content = {0};
	int err;

	if (file->has_digest)
		return 0;
	err = files_try_load(f, file, &content);
	if (err < 0)
		return message_error(err, "read: %s: %s", file->path, strerror(-err));
	return 0;
}

bool files_changed(struct files *f, struct file *file)
{
	_cleanup_content_ struct file_content content = {0};
	struct file_stamp stamp;
	int64_t began;
	bool exists = look(f, file->path, &stamp);

	if (exists != file->exists)
		return true;
	if (!exists)
		return false;
	if (file->settled && stamp_eq(&stamp, &file->stamp))
		return false;
	if (!file->has_digest)
		return !stamp_eq(&stamp, &file->stamp);
	if (read_settled(f, file->path, &content, &stamp, &began) < 0)
		return true;
	struct digest now = digest_of(content.data, content.size);

	if (!digest_eq(&now, &file->digest))
		return true;
	/* Same content under another stamp: take the new one, so that it is read only once. */
	file->stamp = stamp;
	file->settled = file_stamp_is_settled(&stamp, began);
	if (file->settled)
		remember_digest(f, file);
	return false;
}

struct prune {
	struct files *files;
	VEC(char *) dead;
};

static void collect_unseen(const char *key, size_t size, struct state_value value, void *arg)
{
	struct prune *p = arg;

	(void)value;
	if (!map_find(&p->files->by_path, key + 1, size - 1))
		vec_push(&p->dead, xstrndup(key, size));
}

void files_prune(struct files *f)
{
	struct prune p = {.files = f};

	state_each(f->state, FILE_KEY, collect_unseen, &p);
	for (size_t i = 0; i < p.dead.n; i++) {
		state_delete(f->state, p.dead.v[i], strlen(p.dead.v[i]));
		free(p.dead.v[i]);
	}
	vec_free(&p.dead);
}
