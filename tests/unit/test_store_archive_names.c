/* Names of steps in an archive become notes in the store, and never paths. */
#include "archive_room.h"

#include "cli/cli.h"

static const char key[] = "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789";

static int import(void)
{
	_cleanup_free_ char *other = xasprintf("%s/other", dir);
	const char *argv[] = {"skep cache", "import", archive, "--cache", other, NULL};

	return cli_cache(5, (char **)argv);
}

static void import_index(const struct buf *index)
{
	_cleanup_store_ struct store *s = open_store();

	unlink(archive);
	assert_int_equal(archive_write(s, archive, NULL, 0, index->v, index->n, NULL), 0);
	assert_int_equal(import(), CLI_OK);
}

static void note(const struct digest *action, uint64_t time, void *arg)
{
	struct digest want;

	assert_true(digest_parse(key, &want));
	assert_true(digest_eq(action, &want));
	assert_true(time > 0);
	*(size_t *)arg += 1;
}

static size_t count_notes(const char *name)
{
	_cleanup_store_ struct store *s = open_other();
	size_t n = 0;

	store_each_hint(s, name, note, &n);
	return n;
}

/*
 * All files are the archive, the store's size, and as many notes, in their place and under a
 * digest's name.
 */
static void expect_notes(size_t n)
{
	_cleanup_free_ char *hints = xasprintf("%s/other/v1/hints/", dir);
	_cleanup_free_ char *size = xasprintf("%s/other/v1/size", dir);

	look_around(dir);
	assert_int_equal(found.n_files, n + 2);
	for (size_t i = 0; i < found.paths.n; i++) {
		const char *path = found.paths.v[i];

		if (str_eq(path, archive) || str_eq(path, size))
			continue;
		assert_true(str_starts(path, hints));
		assert_int_equal(strspn(path + strlen(hints), "0123456789abcdef/"), 2 + 1 + 64);
		assert_int_equal(strlen(path + strlen(hints)), 2 + 1 + 64);
	}
}

static void names_are_no_paths(void **state)
{
	static const char *const names[] = {
		"../../../../x", "/x", "..", ".", "a/../../b", "\033[31m\r\b", "\xff\xfe", " ",
	};
	_cleanup_buf_ struct buf index = {0}, name = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		buf_printf(&index, "%s %s\n", key, names[i]);
	for (size_t i = 0; i < 100000; i++)
		buf_puts(&name, "../");
	/* The last line is cut before its end. */
	buf_printf(&index, "%s %s", key, name.v);
	import_index(&index);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(count_notes(names[i]), 1);
	assert_int_equal(count_notes(name.v), 1);
	expect_notes(ARRAY_SIZE(names) + 1);
}

static void lines_that_make_no_sense_are_skipped(void **state)
{
	_cleanup_buf_ struct buf index = {0};

	(void)state;
	buf_printf(&index, "\n \n%s \n%.63s step\n%s\n%sstep\n%.63sg step\n../%.61s step\n", key,
		   key, key, key, key, key);
	buf_printf(&index, "%s step\n", key);
	/* What follows a NUL is not looked at. */
	buf_putc(&index, '\0');
	buf_printf(&index, "\n%s other\n", key);
	import_index(&index);
	assert_int_equal(count_notes("step"), 1);
	assert_int_equal(count_notes("other"), 0);
	expect_notes(1);
}

int main(void)
{
#define with_rooms(test) cmocka_unit_test_setup_teardown(test, make_rooms, remove_rooms)
	const struct CMUnitTest tests[] = {
		with_rooms(names_are_no_paths),
		with_rooms(lines_that_make_no_sense_are_skipped),
	};
	int failed;

	message_set_sink(keep_message, NULL);
	failed = cmocka_run_group_tests_name("store_archive_names", tests, NULL, NULL);
	buf_free(&said);
	strv_free(&found.paths);
	return failed;
}
