#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/map.h"
#include "base/path.h"
#include "base/process.h"
#include "base/str.h"

static void path_tidy_keeps_dotdot(void **state)
{
	static const char *const cases[][2] = {
		{"a//b/./c/", "a/b/c"},
		{"./a", "a"},
		{"/", "/"},
		{"", ""},
		{".", "."},
		{"a/../b", "a/../b"},
		{"//a", "/a"},
		{"./", "."},
		{"..", ".."},
		{"./../x", "../x"},
		{"/./a/.", "/a"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *p = xstrdup(cases[i][0]);

		assert_string_equal(path_tidy(p), cases[i][1]);
	}
}

static void path_below_needs_whole_components(void **state)
{
	(void)state;
	assert_true(path_below("a/b", "a"));
	assert_true(path_below("a", "a"));
	assert_false(path_below("ab", "a"));
	assert_true(path_below("a", "."));
	assert_false(path_below("../a", "."));
	assert_true(path_below("..a", "."));
	assert_false(path_below("/a", "."));
	assert_true(path_below("/a", "/"));
}

static void digest_matches_fips_example(void **state)
{
	struct digest d = digest_of("abc", 3);
	char hex[DIGEST_HEX_SIZE];

	(void)state;
	digest_hex(&d, hex);
	assert_string_equal(hex,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void map_finds_what_was_added(void **state)
{
	struct map m = {0};
	char keys[5000][8];

	(void)state;
	for (intptr_t i = 0; i < 5000; i++) {
		snprintf(keys[i], sizeof(keys[i]), "k%d", (int)i);
		map_put(&m, keys[i], (void *)(i + 1));
	}
	for (intptr_t i = 0; i < 5000; i++)
		assert_int_equal((intptr_t)map_get(&m, keys[i]), i + 1);
	assert_null(map_get(&m, "absent"));
	assert_int_equal(m.n, 5000);
	map_free(&m);
}

static void map_keeps_what_it_has_when_room_is_made(void **state)
{
	static const char *const keys[] = {"a", "b", "", "abc"};
	struct map m = {0};

	(void)state;
	map_reserve(&m, 3);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		map_put(&m, keys[i], (void *)keys[i]);
	map_reserve(&m, 1000);
	map_reserve(&m, 10);
	assert_true(m.cap >= 1000);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_ptr_equal(map_get(&m, keys[i]), keys[i]);
	map_free(&m);
}

static void texts_of_any_length_are_formatted(void **state)
{
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	for (int n = 0; n < 300; n++) {
		size_t was = b.n;

		buf_printf(&b, "<%*d>", n, 7);
		assert_int_equal(b.n - was, (n ? n : 1) + 2);
		assert_int_equal(strlen(b.v), b.n);
		assert_string_equal(b.v + b.n - 2, "7>");
	}
}

static void strings_are_joined(void **state)
{
	_cleanup_strv_ struct strv a = {0};

	(void)state;
	strv_add_joined(&a, "-I", "include");
	strv_add_joined(&a, "", "x");
	strv_add_joined(&a, "y", "");
	assert_int_equal(a.n, 3);
	assert_string_equal(a.v[0], "-Iinclude");
	assert_string_equal(a.v[1], "x");
	assert_string_equal(a.v[2], "y");
}

static void shell_and_json_quote(void **state)
{
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	buf_put_shell(&b, "plain-name.c");
	buf_putc(&b, ' ');
	buf_put_shell(&b, "it's a $name");
	buf_putc(&b, ' ');
	buf_put_shell(&b, "");
	assert_string_equal(b.v, "plain-name.c 'it'\\''s a $name' ''");
	b.n = 0;
	buf_put_json(&b, "a\"b\\\n\xff\xc3\xa9");
	assert_string_equal(b.v, "\"a\\\"b\\\\\\u000a\xef\xbf\xbd\xc3\xa9\"");
	b.n = 0;
	buf_put_visible(&b, "a\nb\xff\xc3\xa9");
	assert_string_equal(b.v, "a\\x0ab\\xff\xc3\xa9");
	/* C1 controls, and what turns the direction of text; their neighbours are plain. */
	b.n = 0;
	buf_put_visible(
		&b, "\xc2\x9b|\xc2\xa0|\xe2\x80\xae|\xe2\x80\xaf|\xe2\x81\xa6|\xe2\x80\x8f|\x7f");
	assert_string_equal(b.v, "\\xc2\\x9b|\xc2\xa0|\\xe2\\x80\\xae|\xe2\x80\xaf|"
				 "\\xe2\\x81\\xa6|\\xe2\\x80\\x8f|\\x7f");
}

static void temp_names_are_recognised(void **state)
{
	_cleanup_free_ char *t = file_temp_name("dir/x.skep-y");
	pid_t pid;

	(void)state;
	assert_true(str_starts(t, "dir/.x.skep-y.skep-"));
	assert_true(file_is_temp_name(path_base(t), &pid));
	assert_int_equal(pid, getpid());
	assert_false(file_is_temp_name("x.skep-1-1", &pid));
	assert_false(file_is_temp_name(".x.skep-", &pid));
	assert_false(file_is_temp_name(".x.skep-1-", &pid));
	assert_false(file_is_temp_name(".x.skep-1-1a", &pid));
}

static void file_write_replaces_whole(void **state)
{
	char dir[] = "/tmp/skep-unit-XXXXXX";
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	assert_non_null(mkdtemp(dir));
	_cleanup_free_ char *deep = path_join(dir, "a/b/c");
	_cleanup_free_ char *file = path_join(deep, "f");

	assert_int_equal(file_make_dirs(deep), 0);
	assert_int_equal(file_write(file, "one", 3), 0);
	assert_int_equal(file_write(file, "second", 6), 0);
	assert_int_equal(file_read(file, 100, &b), 0);
	assert_string_equal(b.v, "second");
	assert_int_equal(file_read(file, 5, &b), -EFBIG);
	assert_int_equal(file_read(deep, 5, &b), -EISDIR);
	assert_int_equal(file_make_dirs(file), -ENOTDIR);
	assert_int_equal(file_write(deep, "x", 1), -EISDIR);
	_cleanup_free_ char *cmd = xasprintf("rm -r %s", dir);

	assert_int_equal(system(cmd), 0);
}

/* A project must not be able to slip in a program of its own. */
static void programs_are_found_in_absolute_folders_only(void **state)
{
	_cleanup_free_ char *dir = xstrdup("/tmp/skep-base-XXXXXX"), *file = NULL;
	const char *before = getenv("PATH");
	_cleanup_free_ char *kept = xstrdup(before ? before : ""), *found = NULL;

	(void)state;
	assert_non_null(mkdtemp(dir));
	file = path_join(dir, "tool");
	assert_int_equal(file_write(file, "", 0), 0);
	assert_int_equal(chdir(dir), 0);
	setenv("PATH", dir, 1);
	assert_null(process_find("tool"));
	assert_int_equal(chmod(file, 0755), 0);
	found = process_find("tool");
	assert_string_equal(found, file);
	setenv("PATH", ":.:/nowhere:", 1);
	assert_null(process_find("tool"));
	free(found);
	found = process_find("./tool");
	assert_string_equal(found, file);
	assert_null(process_find("./missing"));
	setenv("PATH", kept, 1);
	assert_int_equal(chdir("/"), 0);
	file_remove_tree(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(path_tidy_keeps_dotdot),
		cmocka_unit_test(path_below_needs_whole_components),
		cmocka_unit_test(digest_matches_fips_example),
		cmocka_unit_test(map_finds_what_was_added),
		cmocka_unit_test(map_keeps_what_it_has_when_room_is_made),
		cmocka_unit_test(texts_of_any_length_are_formatted),
		cmocka_unit_test(strings_are_joined),
		cmocka_unit_test(shell_and_json_quote),
		cmocka_unit_test(temp_names_are_recognised),
		cmocka_unit_test(file_write_replaces_whole),
		cmocka_unit_test(programs_are_found_in_absolute_folders_only),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
