#include "store/archive.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

#include <zstd.h>

#include "base/message.h"
#include "store/archive_parts.h"
#include "store/cas_parts.h"

/* Entries of types that are kept in memory are not larger than this. */
#define MAX_INDEX ((uint64_t)64 << 20)
/* Real ones shrink to a tenth or a fiftieth. */
#define MAX_RATIO 1000
/* Less than this is no harm, however small it was. */
#define HARMLESS ((uint64_t)64 << 20)
/* Memory that unpacking may take is 2 to this power. */
#define WINDOW_LOG_MAX 25

struct source {
	struct store *store;
	const char *path;
	int fd;
	ZSTD_DCtx *zstd;
	char packed[64 * 1024];
	ZSTD_inBuffer in;
	uint64_t n_packed, n_unpacked, max_bytes;
	bool ended; /* the frame has */
	struct digest_state digest;
	struct archive_entry last;
	VEC(struct digest) blobs; /* ascending */
	struct archive_info info;
};

__attribute__((format(printf, 2, 3))) static int damaged(const struct source *s, const char *fmt,
							 ...)
{
	_cleanup_buf_ struct buf why = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&why, fmt, ap);
	va_end(ap);
	return message_error(-EBADMSG, "import: %s: %s; export it again", s->path, why.v);
}

static int too_large(const struct source *s, const char *why)
{
	return message_error(-EFBIG, "import: %s: %s", s->path, why);
}

/* Reads more of the file when there is nothing to unpack; 0 at its end. */
static ssize_t fill(struct source *s)
{
	ssize_t n;

	if (s->in.pos < s->in.size)
		return 1;
	do
		n = read(s->fd, s->packed, sizeof(s->packed));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return message_error(-errno, "import: %s: %s", s->path, strerror(errno));
	s->in = (ZSTD_inBuffer){s->packed, (size_t)n, 0};
	s->n_packed += (uint64_t)n;
	return n;
}

static int check_amount(const struct source *s)
{
	if (s->n_unpacked > s->max_bytes)
		return message_error(
			-EFBIG, "import: %s: it unpacks to more than %" PRIu64 " bytes, the limit",
			s->path, s->max_bytes);
	if (s->n_unpacked > HARMLESS && s->n_unpacked / MAX_RATIO > s->n_packed)
		return too_large(s, "it unpacks to more than a thousand times its size");
	return 0;
}

/* Exactly size bytes. */
static int get(struct source *s, void *data, size_t size)
{
	ZSTD_outBuffer out = {data, size, 0};

	while (out.pos < size) {
		size_t before = out.pos, left;
		ssize_t n = s->ended ? 0 : fill(s);
		int err;

		if (n < 0)
			return (int)n;
		if (n == 0)
			return damaged(s, "it is cut short");
		left = ZSTD_decompressStream(s->zstd, &out, &s->in);
		if (ZSTD_isError(left))
			return damaged(s, "it is damaged or no archive of results (%s)",
				       ZSTD_getErrorName(left));
		s->ended = left == 0;
		s->n_unpacked += out.pos - before;
		err = check_amount(s);
		if (err < 0)
			return err;
	}
	return 0;
}

static int get_hashed(struct source *s, void *data, size_t size)
{
	int err = get(s, data, size);

	if (!err)
		digest_add(&s->digest, data, size);
	return err;
}

/* Appends size bytes, taking memory as they come. */
static int get_into(struct source *s, uint64_t size, struct buf *ret)
{
	char block[16 * 1024];

	while (size) {
		size_t n = size < sizeof(block) ? (size_t)size : sizeof(block);
		int err = get_hashed(s, block, n);

		if (err < 0)
			return err;
		buf_add(ret, block, n);
		size -= n;
	}
	return 0;
}

static int wrong_digest(const struct source *s, const struct archive_entry *e)
{
	char hex[DIGEST_HEX_SIZE];

	digest_hex(&e->name, hex);
	return damaged(s, "entry %s is not what its digest says", hex);
}

static int read_index(struct source *s, const struct archive_entry *e, uint64_t size)
{
	struct digest found;
	int err;

	if (size > MAX_INDEX)
		return too_large(s, "its index is too large");
	err = get_into(s, size, &s->info.index);
	if (err < 0)
		return err;
	found = digest_of(s->info.index.v, s->info.index.n);
	return digest_eq(&found, &e->name) ? 0 : wrong_digest(s, e);
}

static int cannot_keep(const struct source *s, int err)
{
	return message_error(err, "import: %s: the cache %s cannot be written: %s", s->path,
			     s->store->root, strerror(-err));
}

/* Copies size bytes of a blob to the writer, unless it is not open. */
static int copy_blob(struct source *s, uint64_t size, struct store_writer *w, struct digest *ret)
{
	char block[64 * 1024];
	struct digest_state state;

	digest_begin(&state);
	while (size) {
		size_t n = size < sizeof(block) ? (size_t)size : sizeof(block);
		int err = get_hashed(s, block, n);

		if (err < 0)
			return err;
		if (w->temp)
			err = store_write_add(w, block, n);
		if (err < 0)
			return cannot_keep(s, err);
		digest_add(&state, block, n);
		size -= n;
	}
	*ret = digest_end(&state);
	return 0;
}

static int read_blob(struct source *s, const struct archive_entry *e, uint64_t size)
{
	_cleanup_writer_ struct store_writer w = {0};
	struct digest found;
	int err = 0;

	if (size > STORE_MAX_BLOB)
		return too_large(s, "it has an entry of more than 1 GiB");
	if (s->store && !store_already_has(s->store, STORE_BLOB, &e->name, size))
		err = store_write_begin(s->store, STORE_BLOB, &e->name, &w);
	if (err < 0)
		return cannot_keep(s, err);
	err = copy_blob(s, size, &w, &found);
	if (err < 0)
		return err;
	if (!digest_eq(&found, &e->name))
		return wrong_digest(s, e);
	err = w.temp ? store_write_end(&w) : 0;
	if (err < 0)
		return cannot_keep(s, err);
	vec_push(&s->blobs, e->name);
	s->info.n_blobs++;
	return 0;
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, DIGEST_SIZE);
}

struct search {
	const struct source *source;
	bool missing;
};

static void look_for_blob(const struct digest *digest, uint64_t size, void *arg)
{
	struct search *search = arg;
	const struct source *s = search->source;

	(void)size;
	if (!s->blobs.n || !bsearch(digest, s->blobs.v, s->blobs.n, sizeof(*s->blobs.v), by_bytes))
		search->missing = true;
}

static int read_action(struct source *s, const struct archive_entry *e, uint64_t size)
{
	_cleanup_buf_ struct buf record = {0};
	struct search search = {.source = s};
	const void *value;
	size_t value_size;
	int err;

	if (size > STORE_MAX_RECORD)
		return too_large(s, "it has a result of more than 16 MiB");
	err = get_into(s, size, &record);
	if (err < 0)
		return err;
	if (store_record_value(STORE_ACTION, &e->name, record.v, record.n, &value, &value_size) < 0)
		return wrong_digest(s, e);
	if (s->store && s->store->blobs_of &&
	    s->store->blobs_of(value, value_size, look_for_blob, &search) < 0)
		return damaged(s, "it has a result that makes no sense");
	if (search.missing)
		return damaged(s, "it has a result without its files");
	s->info.n_actions++;
	if (s->store)
		err = store_write_record(s->store, STORE_ACTION, &e->name, record.v, record.n);
	return err < 0 ? cannot_keep(s, err) : 0;
}

/* Reads on to the end of the frame and of the file. */
static int expect_nothing_more(struct source *s)
{
	ssize_t n = 0;

	while (!s->ended && (n = fill(s)) > 0) {
		char byte;
		ZSTD_outBuffer out = {&byte, 1, 0};
		size_t left = ZSTD_decompressStream(s->zstd, &out, &s->in);

		if (ZSTD_isError(left) || out.pos)
			return damaged(s, "something follows its end");
		s->ended = left == 0;
	}
	if (n < 0)
		return (int)n;
	if (!s->ended)
		return damaged(s, "it is cut short");
	n = fill(s);
	return n > 0 ? damaged(s, "something follows its end") : (int)n;
}

static int read_end(struct source *s)
{
	struct digest found = digest_end(&s->digest), said;
	int err = get(s, said.bytes, DIGEST_SIZE);

	if (err < 0)
		return err;
	if (!digest_eq(&found, &said))
		return damaged(s, "it is not what its digest says");
	return expect_nothing_more(s);
}

/* The type alone decides whether anything follows. */
static int read_entry(struct source *s, bool *ret_end)
{
	static int (*const readers[])(struct source *, const struct archive_entry *, uint64_t) = {
		[ARCHIVE_INDEX] = read_index,
		[ARCHIVE_BLOB] = read_blob,
		[ARCHIVE_ACTION] = read_action,
	};
	struct archive_entry e;
	uint64_t size;
	int err = get_hashed(s, &e.type, 1);

	if (err < 0)
		return err;
	if ((e.type == ARCHIVE_INDEX) != !s->last.type || !e.type || e.type > ARCHIVE_END)
		return damaged(s, "it is damaged or no archive of results");
	*ret_end = e.type == ARCHIVE_END;
	if (*ret_end)
		return 0;
	err = get_hashed(s, &e.name, sizeof(e) - 1);
	if (err < 0)
		return err;
	if (memcmp(&e, &s->last, 1 + DIGEST_SIZE) <= 0)
		return damaged(s, "its entries are out of order, or one is there twice");
	memcpy(&size, e.size, sizeof(size));
	s->last = e;
	return readers[e.type](s, &e, le64toh(size));
}

static int read_entries(struct source *s)
{
	char magic[ARCHIVE_MAGIC_SIZE];
	bool end = false;
	int err = get_hashed(s, magic, sizeof(magic));

	if (!err && memcmp(magic, ARCHIVE_MAGIC, sizeof(magic)) != 0)
		err = damaged(s, "it is no archive of results, or of another version of skep");
	while (!err && !end)
		err = read_entry(s, &end);
	return err ?: read_end(s);
}

static int check_store(struct store *store, const char *path)
{
	if (!store || store_writes(store))
		return 0;
	return message_error(-EROFS, "import: %s: the cache %s cannot be written", path,
			     store->root);
}

static int read_open(struct source *s)
{
	int err;

	s->zstd = ZSTD_createDCtx();
	if (!s->zstd ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
		err = message_error(-ENOMEM, "import: %s: out of memory", s->path);
	else
		err = read_entries(s);
	s->info.unpacked_size = s->n_unpacked;
	ZSTD_freeDCtx(s->zstd);
	return err;
}

int archive_read(struct store *store, const char *path, uint64_t max_bytes,
		 struct archive_info *ret)
{
	struct source *s;
	int err = check_store(store, path);

	if (err < 0)
		return err;
	s = xcalloc(1, sizeof(*s));
	*s = (struct source){.store = store, .path = path, .max_bytes = max_bytes};
	digest_begin(&s->digest);
	s->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0)
		err = message_error(-errno, "import: %s: %s", path, strerror(errno));
	else
		err = read_open(s);
	cleanup_close(&s->fd);
	if (!err)
		*ret = s->info;
	else
		archive_info_free(&s->info);
	vec_free(&s->blobs);
	free(s);
	return err;
}
