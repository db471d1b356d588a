/* Archives that somebody made to be wrong. */
#include "archive_room.h"

#include <zstd.h>

#include "store/archive_parts.h"

/* Archives made by hand. */
static void put_entry(struct buf *b, int type, const struct digest *name, uint64_t size,
		      const void *data, size_t n)
{
	buf_putc(b, (char)type);
	buf_add(b, name, sizeof(*name));
	for (int i = 0; i < 8; i++)
		buf_putc(b, (char)(size >> 8 * i));
	if (n)
		buf_add(b, data, n);
}

static void put_blob_entry(struct buf *b, const char *text)
{
	struct digest d = digest_of_text(text);

	put_entry(b, ARCHIVE_BLOB, &d, strlen(text), text, strlen(text));
}

static void begin_archive(struct buf *b)
{
	struct digest none = digest_of("", 0);

	buf_puts(b, ARCHIVE_MAGIC);
	put_entry(b, ARCHIVE_INDEX, &none, 0, NULL, 0);
}

static void end_archive(struct buf *b)
{
	struct digest d;

	buf_putc(b, ARCHIVE_END);
	d = digest_of(b->v, b->n);
	buf_add(b, &d, sizeof(d));
}

static void pack(const struct buf *b, struct buf *ret)
{
	size_t max = ZSTD_compressBound(b->n), n;
	char *packed = xmalloc(max);

	n = ZSTD_compress(packed, max, b->v, b->n, 1);
	assert_false(ZSTD_isError(n));
	buf_add(ret, packed, n);
	free(packed);
}

static int import_unpacked(struct store *s, const struct buf *b)
{
	_cleanup_buf_ struct buf packed = {0};

	pack(b, &packed);
	return import_bytes(s, packed.v, packed.n);
}

static void expect_refusal(struct buf *b, bool end, int err, const char *why)
{
	struct store *s = open_other();

	if (end)
		end_archive(b);
	assert_int_equal(import_unpacked(s, b), err);
	if (why && !strstr(said.v, why))
		print_message("%s", said.v);
	assert_non_null(why ? strstr(said.v, why) : "");
	expect_sound(s);
	store_close(s);
	remove_other();
	buf_free(b);
}

/* The texts whose digests are in ascending order: "b" (3e...), "a" (ca...). */
static void lies_are_refused(void **state)
{
	struct buf b = {0};
	struct digest d = digest_of_text("a"), none = digest_of("", 0), key = action_key(1);

	(void)state;
	begin_archive(&b);
	put_blob_entry(&b, "b");
	put_blob_entry(&b, "a");
	expect_refusal(&b, true, 0, NULL);

	begin_archive(&b);
	put_blob_entry(&b, "a");
	put_blob_entry(&b, "b");
	expect_refusal(&b, true, -EBADMSG, "out of order");

	begin_archive(&b);
	put_blob_entry(&b, "a");
	put_blob_entry(&b, "a");
	expect_refusal(&b, true, -EBADMSG, "there twice");

	begin_archive(&b);
	put_entry(&b, ARCHIVE_BLOB, &d, 1, "b", 1);
	expect_refusal(&b, true, -EBADMSG, "not what its digest says");

	begin_archive(&b);
	put_entry(&b, ARCHIVE_INDEX, &d, 1, "a", 1);
	expect_refusal(&b, true, -EBADMSG, "no archive of results");

	buf_puts(&b, ARCHIVE_MAGIC);
	put_entry(&b, ARCHIVE_INDEX, &d, 1, "b", 1);
	expect_refusal(&b, true, -EBADMSG, "not what its digest says");

	buf_puts(&b, ARCHIVE_MAGIC);
	put_blob_entry(&b, "a");
	expect_refusal(&b, true, -EBADMSG, "no archive of results");

	buf_puts(&b, ARCHIVE_MAGIC);
	expect_refusal(&b, true, -EBADMSG, "no archive of results");

	for (int type = 0; type < 256; type++) {
		if (type >= ARCHIVE_BLOB && type <= ARCHIVE_END)
			continue;
		begin_archive(&b);
		put_entry(&b, type, &d, 1, "a", 1);
		expect_refusal(&b, true, -EBADMSG, "no archive of results");
	}

	buf_puts(&b, "skepar2\n");
	put_entry(&b, ARCHIVE_INDEX, &none, 0, NULL, 0);
	expect_refusal(&b, true, -EBADMSG, "another version");

	begin_archive(&b);
	put_entry(&b, ARCHIVE_ACTION, &key, 5, "value", 5);
	expect_refusal(&b, true, -EBADMSG, "not what its digest says");

	begin_archive(&b);
	end_archive(&b);
	b.v[b.n - 1] ^= 1;
	expect_refusal(&b, false, -EBADMSG, "not what its digest says");

	begin_archive(&b);
	end_archive(&b);
	buf_putc(&b, '\0');
	expect_refusal(&b, false, -EBADMSG, "something follows");

	begin_archive(&b);
	expect_refusal(&b, false, -EBADMSG, "cut short");
}

static void sizes_that_are_lies_take_no_memory(void **state)
{
	static const struct {
		int type;
		uint64_t size;
		int err;
		const char *why;
	} cases[] = {
		{ARCHIVE_BLOB, STORE_MAX_BLOB + 1, -EFBIG, "more than 1 GiB"},
		{ARCHIVE_BLOB, UINT64_MAX, -EFBIG, "more than 1 GiB"},
		{ARCHIVE_BLOB, STORE_MAX_BLOB, -EBADMSG, "cut short"},
		{ARCHIVE_ACTION, STORE_MAX_RECORD + 1, -EFBIG, "more than 16 MiB"},
		{ARCHIVE_ACTION, STORE_MAX_RECORD, -EBADMSG, "cut short"},
	};
	struct digest d = digest_of_text("a");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct buf b = {0};

		begin_archive(&b);
		put_entry(&b, cases[i].type, &d, cases[i].size, "a", 1);
		expect_refusal(&b, true, cases[i].err, cases[i].why);
	}
	struct buf b = {0};

	buf_puts(&b, ARCHIVE_MAGIC);
	put_entry(&b, ARCHIVE_INDEX, &d, UINT64_MAX, "a", 1);
	expect_refusal(&b, true, -EFBIG, "its index is too large");
}

/* A record as a store has it. */
static void read_record(const struct digest *key, struct buf *ret)
{
	_cleanup_free_ char *path = entry_path("actions", key);

	assert_int_equal(file_read(path, LIMIT, ret), 0);
}

static void a_result_comes_with_its_files(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	_cleanup_buf_ struct buf record = {0}, odd = {0};
	struct digest key = put_action(s, 1), other = action_key(2);
	struct buf b = {0};

	(void)state;
	read_record(&key, &record);
	begin_archive(&b);
	put_entry(&b, ARCHIVE_ACTION, &key, record.n, record.v, record.n);
	expect_refusal(&b, true, -EBADMSG, "without its files");

	begin_archive(&b);
	put_entry(&b, ARCHIVE_ACTION, &other, record.n, record.v, record.n);
	expect_refusal(&b, true, -EBADMSG, "not what its digest says");

	store_put_action(s, &other, "no list", 7);
	read_record(&other, &odd);
	begin_archive(&b);
	put_entry(&b, ARCHIVE_ACTION, &other, odd.n, odd.v, odd.n);
	expect_refusal(&b, true, -EBADMSG, "makes no sense");
	forget_messages();
	assert_int_equal(archive_write(s, archive, &other, 1, "", 0, NULL), -ENOENT);
}

static void traps_are_refused(void **state)
{
	_cleanup_archive_info_ struct archive_info info = {0};
	_cleanup_buf_ struct buf zeros = {0}, value = {0};
	_cleanup_store_ struct store *s = open_store();
	struct digest d, key = action_key(1), keys[2];
	struct store *other;

	(void)state;
	/* An honest one, against a limit. */
	export(keys);
	assert_int_equal(archive_read(NULL, archive, 3000, &info), -EFBIG);
	assert_non_null(strstr(said.v, "more than 3000 bytes, the limit"));
	/* 100 MiB in 10 KiB. */
	zeros.v = xcalloc(100 << 20, 1);
	zeros.n = 100 << 20;
	d = digest_of(zeros.v, zeros.n);
	assert_int_equal(store_put_blob(s, &d, zeros.v, zeros.n), 0);
	add_output(&value, &d, zeros.n);
	assert_int_equal(store_put_action(s, &key, value.v, value.n), 0);
	assert_int_equal(archive_write(s, archive, &key, 1, "", 0, NULL), 0);
	forget_messages();
	other = open_other();
	assert_int_equal(archive_read(other, archive, ARCHIVE_DEFAULT_LIMIT, &info), -EFBIG);
	assert_non_null(strstr(said.v, "more than a thousand times its size"));
	expect_sound(other);
	store_close(other);
}

static void what_follows_is_refused(void **state)
{
	_cleanup_buf_ struct buf whole = {0}, more = {0}, twice = {0};

	(void)state;
	export_bytes(&whole);
	buf_add(&more, whole.v, whole.n);
	buf_putc(&more, 'x');
	assert_int_equal(import_bytes(NULL, more.v, more.n), -EBADMSG);
	assert_non_null(strstr(said.v, "something follows"));
	buf_add(&twice, whole.v, whole.n);
	buf_add(&twice, whole.v, whole.n);
	assert_int_equal(import_bytes(NULL, twice.v, twice.n), -EBADMSG);
	assert_non_null(strstr(said.v, "something follows"));
	assert_int_equal(import_bytes(NULL, whole.v, whole.n), 0);
}

/* Packs an empty archive in two steps, so that the frame's end has a block of its own. */
static size_t pack_in_steps(int window_log, char packed[static 1000], size_t *ret_before_end)
{
	_cleanup_buf_ struct buf b = {0};
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	ZSTD_outBuffer out = {packed, 1000, 0};
	ZSTD_inBuffer in;

	begin_archive(&b);
	end_archive(&b);
	in = (ZSTD_inBuffer){b.v, b.n, 0};
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog, window_log);
	assert_int_equal(ZSTD_compressStream2(zstd, &out, &in, ZSTD_e_flush), 0);
	*ret_before_end = out.pos;
	assert_int_equal(ZSTD_compressStream2(zstd, &out, &in, ZSTD_e_end), 0);
	ZSTD_freeCCtx(zstd);
	return out.pos;
}

static void a_frame_must_end(void **state)
{
	char packed[1000];
	size_t before_end, size = pack_in_steps(20, packed, &before_end);

	(void)state;
	assert_int_equal(import_bytes(NULL, packed, size), 0);
	for (size_t n = before_end; n < size; n++) {
		assert_int_equal(import_bytes(NULL, packed, n), -EBADMSG);
		assert_non_null(strstr(said.v, "cut short"));
	}
}

/* Unpacking may not take more memory than our own archives need. */
static void a_large_window_is_refused(void **state)
{
	char packed[1000];
	size_t before_end, size = pack_in_steps(27, packed, &before_end);

	(void)state;
	assert_int_equal(import_bytes(NULL, packed, size), -EBADMSG);
}

static void other_files_are_refused(void **state)
{
	_cleanup_archive_info_ struct archive_info info = {0};
	_cleanup_buf_ struct buf text = {0};
	struct store *s;

	(void)state;
	assert_int_equal(archive_read(NULL, archive, LIMIT, &info), -ENOENT);
	assert_int_equal(archive_read(NULL, dir, LIMIT, &info), -EISDIR);
	for (int i = 0; i < 100; i++)
		buf_puts(&text, "no archive\n");
	assert_int_equal(import_bytes(NULL, text.v, text.n), -EBADMSG);
	assert_int_equal(import_unpacked(NULL, &text), -EBADMSG);
	assert_non_null(strstr(said.v, "no archive of results"));
	store_close(open_store());
	assert_int_equal(store_open(root, STORE_READ_ONLY, list_outputs, &s), 0);
	assert_int_equal(import_bytes(s, "", 0), -EROFS);
	store_close(s);
}

int main(void)
{
#define with_rooms(test) cmocka_unit_test_setup_teardown(test, make_rooms, remove_rooms)
	const struct CMUnitTest tests[] = {
		with_rooms(lies_are_refused),
		with_rooms(sizes_that_are_lies_take_no_memory),
		with_rooms(a_result_comes_with_its_files),
		with_rooms(traps_are_refused),
		with_rooms(what_follows_is_refused),
		with_rooms(a_frame_must_end),
		with_rooms(a_large_window_is_refused),
		with_rooms(other_files_are_refused),
	};
	int failed;

	message_set_sink(keep_message, NULL);
	failed = cmocka_run_group_tests_name("store_archive_lies", tests, NULL, NULL);
	buf_free(&said);
	strv_free(&found.paths);
	return failed;
}
