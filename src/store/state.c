#include "store/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>

#include <xxhash.h>

#include "base/file.h"
#include "base/map.h"
#include "base/message.h"
#include "base/str.h"

#define STATE_MAGIC "skepst1\n"
#define STATE_MAGIC_SIZE 8
#define STATE_MAX_SIZE ((size_t)1 << 30)
#define DELETED UINT32_MAX
/* In bytes: a guess, so that there is room for all records at once. */
#define USUAL_RECORD_SIZE 512
/* A file smaller than this is never worth rewriting. */
#define REWRITE_MIN_SIZE (64 * 1024)

struct record_header {
	uint32_t key_size;
	uint32_t value_size;
	uint64_t hash;
};

struct chunk {
	struct chunk *next;
	char bytes[];
};

struct state {
	char *path;
	int fd;
	bool write_failed;
	struct buf content;   /* the file as it was opened; values point into it */
	struct chunk *chunks; /* records made since */
	struct map records;   /* key -> record header in memory, the key and value behind it */
	size_t file_size, live_size;
};

static const char *record_key(const struct record_header *h)
{
	return (const char *)(h + 1);
}

static size_t record_value_size(const struct record_header *h)
{
	return h->value_size == DELETED ? 0 : h->value_size;
}

static size_t record_size(const struct record_header *h)
{
	/* Padded so that every header in memory is aligned. */
	return (sizeof(*h) + h->key_size + record_value_size(h) + 7) & ~(size_t)7;
}

static uint64_t record_hash(const struct record_header *h)
{
	return XXH3_64bits_withSeed(record_key(h), h->key_size + record_value_size(h),
				    (uint64_t)h->key_size << 32 | h->value_size);
}

static void index_record(struct state *s, struct record_header *h)
{
	struct map_entry *e = map_add(&s->records, record_key(h), h->key_size);
	struct record_header *old = e->value;

	if (old && old->value_size != DELETED)
		s->live_size -= record_size(old);
	e->value = h;
	if (h->value_size != DELETED)
		s->live_size += record_size(h);
}

/* Indexes the sound part of the content and returns its size. */
static size_t index_content(struct state *s)
{
	size_t at = STATE_MAGIC_SIZE;

	if (s->content.n < STATE_MAGIC_SIZE ||
	    memcmp(s->content.v, STATE_MAGIC, STATE_MAGIC_SIZE) != 0)
		return 0;
	map_reserve(&s->records, s->content.n / USUAL_RECORD_SIZE);
	while (s->content.n - at >= sizeof(struct record_header)) {
		struct record_header *h = (struct record_header *)(s->content.v + at);
		size_t left = s->content.n - at - sizeof(*h);

		if (h->key_size > left || record_value_size(h) > left - h->key_size ||
		    record_size(h) > s->content.n - at || record_hash(h) != h->hash)
			break;
		index_record(s, h);
		at += record_size(h);
	}
	return at;
}

static int write_at_end(struct state *s, const void *data, size_t size)
{
	int err;

	if (s->fd < 0 || s->write_failed)
		return 0;
	err = file_write_fd(s->fd, data, size);
	if (err < 0) {
		s->write_failed = true;
		message_warning("state: %s: %s; the next build will do more than it needs", s->path,
				strerror(-err));
		return err;
	}
	s->file_size += size;
	return 0;
}

int state_open(const char *path, bool read_only, struct state **ret)
{
	struct state *s = xcalloc(1, sizeof(*s));
	size_t sound;
	int err = 0;

	s->fd = -1;
	if (!path) {
		*ret = s;
		return 0;
	}
	s->path = xstrdup(path);
	if (!read_only)
		s->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0666);
	err = read_only || s->fd >= 0 ? file_read(path, STATE_MAX_SIZE, &s->content) : -errno;
	if (err == -EFBIG || (err == -ENOENT && read_only))
		err = 0;
	if (err < 0) {
		message_error(err, "state: %s: %s; remove it, or build elsewhere with -o", path,
			      strerror(-err));
		state_close(s);
		return err;
	}
	sound = index_content(s);
	s->file_size = sound;
	if (s->fd >= 0 && (sound < s->content.n || !sound)) {
		if (ftruncate(s->fd, (off_t)sound) < 0)
			s->write_failed = true;
		if (!sound)
			write_at_end(s, STATE_MAGIC, STATE_MAGIC_SIZE);
	}
	*ret = s;
	return 0;
}

static void rewrite(struct state *s)
{
	_cleanup_buf_ struct buf b = {0};

	buf_add(&b, STATE_MAGIC, STATE_MAGIC_SIZE);
	for (size_t i = 0; i < s->records.n; i++) {
		struct record_header *h = s->records.entries[i].value;

		if (h->value_size != DELETED)
			buf_add(&b, h, record_size(h));
	}
	/* Failure leaves the old file, which is as good. */
	file_write(s->path, b.v, b.n);
}

void state_close(struct state *s)
{
	if (!s)
		return;
	if (s->fd >= 0 && s->file_size > REWRITE_MIN_SIZE && s->live_size < s->file_size / 2)
		rewrite(s);
	if (s->fd >= 0)
		close(s->fd);
	while (s->chunks) {
		struct chunk *next = s->chunks->next;

		free(s->chunks);
		s->chunks = next;
	}
	map_free(&s->records);
	buf_free(&s->content);
	free(s->path);
	free(s);
}

char *state_key(char letter, const char *name, size_t *ret_size)
{
	size_t n = strlen(name);
	char *key = xmalloc(n + 2);

	key[0] = letter;
	memcpy(key + 1, name, n + 1);
	*ret_size = n + 1;
	return key;
}

struct state_value state_get(const struct state *s, const void *key, size_t key_size)
{
	struct map_entry *e = map_find(&s->records, key, key_size);
	const struct record_header *h = e ? e->value : NULL;

	if (!h || h->value_size == DELETED)
		return (struct state_value){0};
	return (struct state_value){record_key(h) + h->key_size, h->value_size};
}

static void append(struct state *s, const void *key, size_t key_size, const void *value,
		   uint32_t value_size)
{
	struct record_header h = {(uint32_t)key_size, value_size, 0};
	size_t total = record_size(&h);
	struct chunk *c = xcalloc(1, sizeof(*c) + total);
	struct record_header *r = (struct record_header *)c->bytes;

	*r = h;
	memcpy(r + 1, key, key_size);
	if (record_value_size(r))
		memcpy((char *)(r + 1) + key_size, value, value_size);
	r->hash = record_hash(r);
	c->next = s->chunks;
	s->chunks = c;
	index_record(s, r);
	write_at_end(s, r, total);
}

void state_put(struct state *s, const void *key, size_t key_size, const void *value, size_t size)
{
	struct state_value old = state_get(s, key, key_size);

	if (size >= DELETED || key_size >= DELETED)
		return;
	if (old.data && old.size == size && memcmp(old.data, value, size) == 0)
		return;
	append(s, key, key_size, value, (uint32_t)size);
}

void state_delete(struct state *s, const void *key, size_t key_size)
{
	if (state_get(s, key, key_size).data)
		append(s, key, key_size, NULL, DELETED);
}

void state_each(struct state *s, char first,
		void (*fn)(const char *key, size_t key_size, struct state_value value, void *arg),
		void *arg)
{
	for (size_t i = 0; i < s->records.n; i++) {
		const struct record_header *h = s->records.entries[i].value;
		const char *key = record_key(h);

		if (h->value_size != DELETED && h->key_size && key[0] == first)
			fn(key, h->key_size, (struct state_value){key + h->key_size, h->value_size},
			   arg);
	}
}
