#include "store_room.h"

#include <zstd.h>

#include "store/archive.h"
#include "store/archive_parts.h"
#include "store/gc.h"

#define LIMIT ((uint64_t)1 << 20)

static char *archive;

static int make_rooms(void **state)
{
	if (make_room(state) < 0)
		return -1;
	archive = xasprintf("%s/archive", dir);
	return 0;
}

static int remove_rooms(void **state)
{
	free(steal(&archive));
	return remove_room(state);
}

/* A second store, as on another machine. */
static struct store *open_other(void)
{
	_cleanup_free_ char *other = xasprintf("%s/other", dir);
	struct store *s;

	assert_int_equal(store_open(other, 0, list_outputs, &s), 0);
	return s;
}

static void remove_other(void)
{
	_cleanup_free_ char *other = xasprintf("%s/other", dir);

	assert_int_equal(file_remove_tree(other), 0);
}

/* Two actions that share a blob, and something else that is not asked for. */
static void export(struct digest keys[static 2])
{
	_cleanup_store_ struct store *s = open_store();
	_cleanup_buf_ struct buf value = {0};
	struct digest shared = put_content(s, 9, 3000);
	struct archive_info info;

	put_action(s, 3);
	store_put_fact(s, "fact", 4, "here", 4);
	keys[0] = put_action(s, 1);
	keys[1] = action_key(2);
	add_output(&value, &shared, 3000);
	shared = put_content(s, 1, 100);
	add_output(&value, &shared, 100);
	assert_int_equal(store_put_action(s, &keys[1], value.v, value.n), 0);
	assert_int_equal(archive_write(s, archive, keys, 2, "index\0!", 7, &info), 0);
	assert_int_equal(info.n_blobs, 2);
	assert_int_equal(info.n_actions, 2);
}

static void results_travel(void **state)
{
	struct digest keys[2], left = action_key(3), blob;
	_cleanup_archive_info_ struct archive_info info = {0};
	_cleanup_buf_ struct buf b = {0}, content = {0};
	struct verify_result v;
	struct store *s;

	(void)state;
	export(keys);
	s = open_other();
	assert_int_equal(archive_read(s, archive, LIMIT, &info), 0);
	assert_int_equal(info.n_blobs, 2);
	assert_int_equal(info.n_actions, 2);
	assert_true(info.unpacked_size > 3100 && info.unpacked_size < 4000);
	assert_int_equal(info.index.n, 7);
	assert_memory_equal(info.index.v, "index\0!", 7);
	assert_int_equal(store_get_action(s, &keys[0], &b), 0);
	assert_int_equal(store_get_action(s, &keys[1], &b), 0);
	assert_int_equal(store_get_action(s, &left, &b), -ENOENT);
	assert_int_equal(store_get_fact(s, "fact", 4, &b), -ENOENT);
	blob = make_content(9, 3000, &content);
	assert_int_equal(store_get_blob(s, &blob, 3000, &b), 0);
	store_verify(s, NULL, NULL, &v);
	assert_int_equal(v.n_read, 4);
	assert_int_equal(v.n_damaged + v.n_incomplete, 0);
	archive_info_free(&info);
	/* Once more is no harm. */
	assert_int_equal(archive_read(s, archive, LIMIT, &info), 0);
	store_close(s);
	assert_int_equal(n_said, 0);
}

static void nothing_is_an_archive_too(void **state)
{
	_cleanup_archive_info_ struct archive_info info = {0};
	_cleanup_store_ struct store *s = open_store();

	(void)state;
	assert_int_equal(archive_write(s, archive, NULL, 0, "", 0, NULL), 0);
	assert_int_equal(archive_read(s, archive, LIMIT, &info), 0);
	assert_int_equal(info.n_blobs + info.n_actions + info.index.n, 0);
}

static void the_same_results_give_the_same_file(void **state)
{
	struct digest keys[2], three[3];
	_cleanup_buf_ struct buf a = {0}, b = {0};
	_cleanup_store_ struct store *s = NULL;

	(void)state;
	export(keys);
	assert_int_equal(file_read(archive, LIMIT, &a), 0);
	three[0] = three[2] = keys[1];
	three[1] = keys[0];
	s = open_store();
	assert_int_equal(archive_write(s, archive, three, 3, "index\0!", 7, NULL), 0);
	assert_int_equal(file_read(archive, LIMIT, &b), 0);
	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.v, b.v, a.n);
}

static void what_is_missing_is_not_exported(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	struct digest keys[2] = {put_action(s, 1), action_key(2)}, blob;
	_cleanup_free_ char *path = NULL, *nowhere = xasprintf("%s/no/archive", dir);
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	assert_int_equal(archive_write(s, archive, keys, 2, "", 0, NULL), -ENOENT);
	assert_non_null(strstr(said.v, "the result "));
	assert_int_equal(archive_write(s, nowhere, keys, 1, "", 0, NULL), -ENOENT);
	forget_messages();
	blob = make_content(1, 100, &b);
	path = entry_path("blobs", &blob);
	cut_file(path, 50);
	assert_int_equal(archive_write(s, archive, keys, 1, "", 0, NULL), -ENOENT);
	assert_non_null(strstr(said.v, "the file "));
	assert_non_null(strstr(said.v, "build again"));
	/* Nothing is left behind. */
	look_around(dir);
	assert_int_equal(found.n_temps, 0);
	assert_false(file_exists(archive));
}

static int import_bytes(struct store *s, const void *data, size_t size)
{
	_cleanup_archive_info_ struct archive_info info = {0};
	int err;

	/* As it is, so that a cut file is a short file. */
	unlink(archive);
	assert_int_equal(file_write(archive, data, size), 0);
	forget_messages();
	err = archive_read(s, archive, LIMIT, &info);
	assert_int_equal(n_said, err ? 1 : 0);
	return err;
}

/* What an error left must be right. */
static void expect_sound(struct store *s)
{
	struct verify_result v;

	store_verify(s, NULL, NULL, &v);
	assert_int_equal(v.n_damaged + v.n_incomplete, 0);
	look_around(dir);
	assert_int_equal(found.n_temps, 0);
}

static void a_cut_archive_is_refused_at_every_length(void **state)
{
	_cleanup_buf_ struct buf whole = {0};
	struct digest keys[2];
	struct store *s;

	(void)state;
	export(keys);
	assert_int_equal(file_read(archive, LIMIT, &whole), 0);
	s = open_other();
	for (size_t n = 0; n < whole.n; n++) {
		assert_int_equal(import_bytes(n % 10 ? NULL : s, whole.v, n), -EBADMSG);
		assert_non_null(strstr(said.v, "export it again"));
	}
	expect_sound(s);
	assert_int_equal(import_bytes(s, whole.v, whole.n), 0);
	store_close(s);
}

static void a_change_anywhere_is_refused(void **state)
{
	_cleanup_buf_ struct buf whole = {0};
	struct digest keys[2];
	struct store *s;

	(void)state;
	export(keys);
	assert_int_equal(file_read(archive, LIMIT, &whole), 0);
	s = open_other();
	for (size_t i = 0; i < whole.n; i++) {
		char old = whole.v[i];
		int err;

		whole.v[i] ^= (char)(1 << i % 8);
		err = import_bytes(i % 10 ? NULL : s, whole.v, whole.n);
		whole.v[i] = old;
		/* A few bits of zstd's own header change nothing that is unpacked. */
		assert_true(err == -EBADMSG || err == -EFBIG || (!err && i <= 6));
	}
	expect_sound(s);
	store_close(s);
}

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
	struct digest keys[2];

	(void)state;
	export(keys);
	assert_int_equal(file_read(archive, LIMIT, &whole), 0);
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

static void fill_disk(void *arg)
{
	struct digest keys[2];
	struct archive_info info;
	_cleanup_free_ char *small = xasprintf("%s/small", dir), *out = xasprintf("%s/out", small);
	struct store *s, *full;

	(void)arg;
	s = open_store();
	keys[0] = action_key(1);
	struct buf value = {0};

	for (unsigned i = 0; i < 40; i++) {
		struct digest d = put_content(s, i, 5000);

		add_output(&value, &d, 5000);
	}
	check(store_put_action(s, &keys[0], value.v, value.n) == 0);
	buf_free(&value);
	check(archive_write(s, archive, keys, 1, "", 0, NULL) == 0);
	check(mkdir(small, 0700) == 0);
	unshare_mounts();
	if (mount("tmpfs", small, "tmpfs", 0, "size=64k,mode=0700") < 0)
		_exit(CANNOT_UNSHARE);
	check(archive_write(s, out, keys, 1, "", 0, NULL) == -ENOSPC);
	check(n_said == 1 && strstr(said.v, "No space left"));
	look_around(small);
	check(found.n_files == 0);
	store_close(s);
	forget_messages();
	check(store_open(small, 0, list_outputs, &full) == 0);
	check(archive_read(full, archive, LIMIT, &info) == -ENOSPC);
	check(strstr(said.v, "0 import: ") && strstr(said.v, "No space left"));
	look_around(small);
	check(found.n_temps == 0);
	store_close(full);
}

static void a_full_disk_is_an_error(void **state)
{
	(void)state;
	run_with_mounts(fill_disk);
}

int main(void)
{
#define with_rooms(test) cmocka_unit_test_setup_teardown(test, make_rooms, remove_rooms)
	const struct CMUnitTest tests[] = {
		with_rooms(results_travel),
		with_rooms(nothing_is_an_archive_too),
		with_rooms(the_same_results_give_the_same_file),
		with_rooms(what_is_missing_is_not_exported),
		with_rooms(a_cut_archive_is_refused_at_every_length),
		with_rooms(a_change_anywhere_is_refused),
		with_rooms(lies_are_refused),
		with_rooms(sizes_that_are_lies_take_no_memory),
		with_rooms(a_result_comes_with_its_files),
		with_rooms(traps_are_refused),
		with_rooms(what_follows_is_refused),
		with_rooms(a_frame_must_end),
		with_rooms(a_large_window_is_refused),
		with_rooms(other_files_are_refused),
		with_rooms(a_full_disk_is_an_error),
	};
	int failed;

	message_set_sink(keep_message, NULL);
	failed = cmocka_run_group_tests_name("store_archive", tests, NULL, NULL);
	buf_free(&said);
	strv_free(&found.paths);
	return failed;
}
