/* Blobs and files: what is put comes back, and nothing else does. */
#include "store_room.h"

static void blobs_come_back(void **state)
{
	static const size_t sizes[] = {0, 1, 4096, 65536, 65537, 1000000};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		_cleanup_store_ struct store *s = open_store();
		struct digest d = put_content(s, i, sizes[i]), other = action_key(i);
		_cleanup_store_ struct store *later = open_store();
		_cleanup_buf_ struct buf b = {0};

		expect_content(later, &d, i, sizes[i]);
		assert_true(store_has_blob(later, &d, sizes[i]));
		assert_true(store_has_blob(later, &d, STORE_ANY_SIZE));
		assert_false(store_has_blob(later, &d, sizes[i] + 1));
		assert_false(store_has_blob(later, &other, STORE_ANY_SIZE));
		assert_int_equal(store_get_blob(later, &other, STORE_MAX_BLOB, &b), -ENOENT);
		if (sizes[i])
			assert_int_equal(store_get_blob(later, &d, sizes[i] - 1, &b), -EFBIG);
		assert_null(b.v);
	}
	assert_int_equal(n_said, 0);
}

static void only_the_owner_can_look(void **state)
{
	_cleanup_store_ struct store *s = NULL;
	struct stat st;
	mode_t old = umask(0);

	(void)state;
	s = open_store();
	put_content(s, 1, 10);
	umask(old);
	assert_int_equal(stat(root, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	look_around(root);
	assert_int_equal(found.paths.n, 1);
	assert_int_equal(stat(found.paths.v[0], &st), 0);
	assert_int_equal(st.st_mode & 0777, 0444);
	strv_free(&found.paths);
}

static void what_is_there_is_not_written_again(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	struct digest d = put_content(s, 1, 100);
	_cleanup_free_ char *path = entry_path("blobs", &d);
	struct stat before, after;

	(void)state;
	assert_int_equal(stat(path, &before), 0);
	put_content(s, 1, 100);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
}

static void use_is_noted_by_the_hour(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	struct digest d = put_content(s, 1, 100), key = put_action(s, 2);
	_cleanup_free_ char *blob = entry_path("blobs", &d), *action = entry_path("actions", &key);
	_cleanup_free_ char *out = xasprintf("%s/out", dir);
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	for (int how = 0; how < 5; how++) {
		/* Long ago, just now, and from a clock that was wrong. */
		static const int ages[] = {7200, 1800, -7200};

		for (size_t i = 0; i < ARRAY_SIZE(ages); i++) {
			const char *path = how == 4 ? action : blob;

			set_age(path, ages[i]);
			if (how == 0)
				put_content(s, 1, 100);
			else if (how == 1)
				assert_true(store_has_blob(s, &d, 100));
			else if (how == 2)
				assert_int_equal(store_get_blob(s, &d, 100, &b), 0);
			else if (how == 3)
				assert_int_equal(store_get_file(s, &d, out), 0);
			else
				assert_int_equal(store_get_action(s, &key, &b), 0);
			unlink(out);
			assert_in_range(age_of(path) + 10, ages[i] == 1800 ? 1810 : 10,
					ages[i] == 1800 ? 1820 : 20);
		}
	}
}

static void files_come_back(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	_cleanup_free_ char *in = xasprintf("%s/in", dir), *out = xasprintf("%s/out", dir);
	_cleanup_buf_ struct buf want = {0}, got = {0};
	struct digest d = make_content(7, 300000, &want);
	mode_t old = umask(027);
	struct stat st;

	(void)state;
	assert_int_equal(file_write(in, want.v, want.n), 0);
	set_age(in, 100000);
	assert_int_equal(store_put_file(s, &d, in), 0);
	assert_int_equal(store_put_file(s, &d, in), 0);
	assert_int_equal(store_get_file(s, &d, out), 0);
	umask(old);
	assert_int_equal(file_read(out, FILE_MAX_SIZE, &got), 0);
	assert_int_equal(got.n, want.n);
	assert_memory_equal(got.v, want.v, want.n);
	assert_int_equal(stat(out, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_nlink, 1);
	assert_in_range(age_of(out) + 10, 10, 20);
	/* Nothing done to either file reaches the store. */
	assert_int_equal(truncate(out, 5), 0);
	assert_int_equal(truncate(in, 5), 0);
	expect_content(s, &d, 7, 300000);
	assert_int_equal(n_said, 0);
}

static void only_what_the_digest_says_is_kept(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	_cleanup_free_ char *in = xasprintf("%s/in", dir);
	struct digest d = digest_of_text("something else");

	(void)state;
	assert_int_equal(file_write(in, "something", 9), 0);
	assert_int_equal(store_put_file(s, &d, in), -ESTALE);
	assert_int_equal(store_put_file(s, &d, dir), -EINVAL);
	unlink(in);
	assert_int_equal(store_put_file(s, &d, in), -ENOENT);
	look_around(root);
	assert_int_equal(found.n_files, 0);
	/* None of this keeps others from being kept. */
	put_content(s, 1, 10);
	assert_int_equal(n_said, 0);
}

static void an_output_that_cannot_be_written_is_an_error(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	struct digest d = put_content(s, 1, 10), other = action_key(1);
	_cleanup_free_ char *out = xasprintf("%s/out", dir), *lost = xasprintf("%s/no/out", dir);
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	assert_int_equal(store_get_file(s, &other, out), -ENOENT);
	assert_false(file_exists(out));
	assert_int_equal(n_said, 0);
	assert_int_equal(store_get_file(s, &d, lost), -ENOTDIR);
	assert_non_null(strstr(said.v, "0 write: "));
	assert_int_equal(file_write(out, "mine", 4), 0);
	assert_int_equal(store_get_file(s, &d, out), -EEXIST);
	assert_int_equal(n_said, 2);
	assert_int_equal(file_read(out, 100, &b), 0);
	assert_string_equal(b.v, "mine");
	expect_content(s, &d, 1, 10);
}

int main(void)
{
#define with_room(test) cmocka_unit_test_setup_teardown(test, make_room, remove_room)
	const struct CMUnitTest tests[] = {
		with_room(blobs_come_back),
		with_room(only_the_owner_can_look),
		with_room(what_is_there_is_not_written_again),
		with_room(use_is_noted_by_the_hour),
		with_room(files_come_back),
		with_room(only_what_the_digest_says_is_kept),
		with_room(an_output_that_cannot_be_written_is_an_error),
	};
	int failed;

	message_set_sink(keep_message, NULL);
	failed = cmocka_run_group_tests_name("store_blobs", tests, NULL, NULL);
	buf_free(&said);
	strv_free(&found.paths);
	return failed;
}
