/* Results that travel in an archive, whole or not at all. */
#include "archive_room.h"

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

static void a_cut_archive_is_refused_at_every_length(void **state)
{
	_cleanup_buf_ struct buf whole = {0};
	struct store *s;

	(void)state;
	export_bytes(&whole);
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
	struct store *s;

	(void)state;
	export_bytes(&whole);
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
		with_rooms(a_full_disk_is_an_error),
	};
	int failed;

	message_set_sink(keep_message, NULL);
	failed = cmocka_run_group_tests_name("store_archive", tests, NULL, NULL);
	buf_free(&said);
	strv_free(&found.paths);
	return failed;
}
