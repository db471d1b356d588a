#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>

#include <cmocka.h>

#include "base/str.h"
#include "project/pattern.h"

static bool matches(const char *pattern, const char *path)
{
	_cleanup_pattern_ struct pattern p = {0};
	const char *why;

	assert_int_equal(pattern_parse(pattern, &p, &why), 0);
	return pattern_match(&p, path);
}

static void patterns_match(void **state)
{
	static const char *const yes[][2] = {
		{"a.c", "a.c"},
		{"./a.c", "a.c"},
		{"*.c", "a.c"},
		{"a*b*c", "aXbXbc"},
		{"*", "a"},
		{"a?c", "abc"},
		{"a?c", "a\xc3\xa9"
			"c"},
		{"a?c", "a\xff"
			"c"},
		{"[abc].c", "b.c"},
		{"[a-c].c", "b.c"},
		{"[!a-c].c", "d.c"},
		{"[^a-c].c", "d.c"},
		{"[]x].c", "].c"},
		{"[!]x].c", "a.c"},
		{"[a-].c", "-.c"},
		{"[\\]].c", "].c"},
		{"[\xc3\xa0-\xc3\xbf].c", "\xc3\xa9.c"},
		{"\\*.c", "*.c"},
		{"\\[a].c", "[a].c"},
		{"\\a.c", "a.c"},
		{".*.c", ".a.c"},
		{"*/a.c", "d/a.c"},
		{"**/a.c", "a.c"},
		{"**/a.c", "d/e/f/a.c"},
		{"d/**/a.c", "d/a.c"},
		{"d/**/e/*.c", "d/x/e/y/e/a.c"},
		{"**/e/**/*.c", "x/e/a.c"},
		{"**/**/a.c", "d/a.c"},
		{"d/**", "d/e/a.c"},
		{"d/**", "d/a.c"},
		{"/abs/*.c", "/abs/a.c"},
		{"../*.c", "../a.c"},
		{"d//x.c", "d/x.c"},
	};
	static const char *const no[][2] = {
		{"a.c", "b.c"},
		{"a.c", "d/a.c"},
		{"*.c", "d/a.c"},
		{"*.c", ".a.c"},
		{"?a.c", ".a.c"},
		{"[.]a.c", ".a.c"},
		{"a?c", "ac"},
		{"a?c", "abbc"},
		{"*[!\xc3\xa9]", "\xc3\xa9"},
		{"[!a].c", "a.c"},
		{"[a-c].c", "d.c"},
		{"[].c]x", ".c"},
		{"**/a.c", ".git/a.c"},
		{"**/a.c", "d/.e/a.c"},
		{"**/.a.c", "d/.e/.a.c"},
		{"d/**", "d"},
		{"d/**", "d/.a.c"},
		{"a*b*c", "aXbX"},
		{"/abs/*.c", "abs/a.c"},
		{"abs/*.c", "/abs/a.c"},
		{"\\*.c", "a.c"},
		{"a", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		if (!matches(yes[i][0], yes[i][1]))
			fail_msg("'%s' should match '%s'", yes[i][0], yes[i][1]);
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		if (matches(no[i][0], no[i][1]))
			fail_msg("'%s' should not match '%s'", no[i][0], no[i][1]);
}

static void bad_patterns_are_refused(void **state)
{
	static const char *const cases[][2] = {
		{"", "it is empty"},
		{"/", "it names a directory"},
		{"a[b", "'[' has no ']'; write \\[ for the character itself"},
		{"a[!", "'[' has no ']'; write \\[ for the character itself"},
		{"a[]", "'[' has no ']'; write \\[ for the character itself"},
		{"[[:alpha:]]", "classes such as [:alpha:] are not understood"},
		{"**.c", "'**' must stand alone between slashes, as in **/*.bpf.c"},
		{"a/b**/c", "'**' must stand alone between slashes, as in **/*.bpf.c"},
		{"*/../a.c", "'..' cannot follow a wildcard"},
	};
	_cleanup_buf_ struct buf deep = {0};
	struct pattern p;
	const char *why;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(pattern_parse(cases[i][0], &p, &why), -EINVAL);
		assert_string_equal(why, cases[i][1]);
	}
	for (int i = 0; i < 63; i++)
		buf_puts(&deep, "x/");
	assert_int_equal(pattern_parse(deep.v, &p, &why), 0);
	pattern_free(&p);
	buf_puts(&deep, "x");
	assert_int_equal(pattern_parse(deep.v, &p, &why), -EINVAL);
	assert_string_equal(why, "it has too many parts");
}

/* With naive backtracking this takes longer than the age of the universe. */
static void hard_patterns_are_quick(void **state)
{
	_cleanup_buf_ struct buf pattern = {0}, name = {0};

	(void)state;
	for (int i = 0; i < 60; i++)
		buf_puts(&pattern, "*a");
	buf_puts(&pattern, "*b");
	for (int i = 0; i < 250; i++)
		buf_putc(&name, 'a');
	assert_false(matches(pattern.v, name.v));
	pattern.n = name.n = 0;
	for (int i = 0; i < 30; i++)
		buf_puts(&pattern, "**/a/");
	buf_puts(&pattern, "b");
	for (int i = 0; i < 2000; i++)
		buf_puts(&name, "a/");
	buf_puts(&name, "c");
	assert_false(matches(pattern.v, name.v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_match),
		cmocka_unit_test(bad_patterns_are_refused),
		cmocka_unit_test(hard_patterns_are_quick),
	};

	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
