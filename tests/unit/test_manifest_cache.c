#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>

#include <cmocka.h>

#include "manifest_room.h"

static void the_store_and_the_remote_are_set(void **state)
{
	static const struct {
		const char *text, *dir, *remote;
	} cases[] = {
		{"cache: {dir: ./a//b/}", "a/b", NULL},
		{"cache: {dir: /var/cache/skep dir}", "/var/cache/skep dir", NULL},
		{"cache: {remote: 'http://h'}", NULL, "http://h"},
		{"cache:\n  remote: https://h.test:8080/x/@y\n  dir: .store\n", ".store",
		 "https://h.test:8080/x/@y"},
		{"cache: {remote: 'HTTPS://h'}", NULL, "HTTPS://h"},
		{"cache: {remote: 'http://[::1]:80/'}", NULL, "http://[::1]:80/"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text =
			xasprintf("%s\nobjects: [{sources: tc.c}]\n", cases[i].text);
		_cleanup_project_ struct project p = {0};

		assert_int_equal(parse(text, strlen(text), &p), 0);
		assert_string_equal(p.cache ?: "-", cases[i].dir ?: "-");
		assert_string_equal(p.remote ?: "-", cases[i].remote ?: "-");
	}
}

static void wrong_caches(void **state)
{
	static const struct example cases[] = {
		{"cache:", "1:7: 'cache' takes a mapping with 'dir' or 'remote', not nothing"},
		{"cache: store", "1:8: 'cache' takes a mapping with 'dir' or 'remote', not text"},
		{"cache: no",
		 "1:8: 'cache' takes a mapping with 'dir' or 'remote', not a boolean; put quotes "
		 "around it if it is text"},
		{"cache: [dir]", "1:8: 'cache' takes a mapping with 'dir' or 'remote', not a list"},
		{"cache: {}", "1:8: 'cache' is empty"},
		{"cache: {dri: x, url: y}",
		 "1:9: unknown key 'dri' (did you mean 'dir'?); known here: dir, remote\n"
		 "1:17: unknown key 'url'; known here: dir, remote"},
		{"cache: {dir: x, dir: y}", "1:17: 'dir' is given twice, first in line 1"},
		{"cache:\n  dir: []\n  remote:\n",
		 "2:8: 'dir' takes text, not a list\n3:10: 'remote' takes a URL, not nothing"},
		{"cache: {dir: ''}", "1:14: 'dir' takes no empty text"},
	};

	(void)state;
	assert_errors(cases, ARRAY_SIZE(cases));
}

#define CREDENTIALS                                                                             \
	"contains a user name or password; credentials never belong into a manifest: netrc or " \
	"the environment carries them, see docs/caching.md"

static void wrong_remotes(void **state)
{
	static const char scheme[] = "takes a URL that begins with http:// or https://";
	static const char blank[] = "contains a space or a control character";
	static const char query[] = "contains a query or fragment ('?', '#')";
	static const char host[] = "names no host";
	static const struct example cases[] = {
		{"cache.test", scheme},
		{"ftp://user:secret@h", scheme},
		{"http:/h", scheme},
		{"//h", scheme},
		{" http://h", scheme},
		{"http://user:secret@h/x", CREDENTIALS},
		{"https://user@h", CREDENTIALS},
		{"https://@h", CREDENTIALS},
		{"https://user:sec ret@h?x", CREDENTIALS},
		{"http://h/a b", blank},
		{"http://h ", blank},
		{"http://h\\n", blank},
		{"http://h/\\t", blank},
		{"http://h\\x7f", blank},
		{"http://", host},
		{"https:///x", host},
		{"http://:80/x", host},
		{"http://h/x?y", query},
		{"http://h#x", query},
		{"http://user:sec#ret@h", query},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = xasprintf("cache:\n  remote: \"%s\"\n", cases[i].text);
		_cleanup_free_ char *expected = xasprintf("2:11: 'remote' %s", cases[i].result);

		assert_error(text, expected);
		/* No message repeats what may be a password. */
		assert_null(strstr(messages.v, "sec"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_store_and_the_remote_are_set),
		cmocka_unit_test(wrong_caches),
		cmocka_unit_test(wrong_remotes),
	};

	return cmocka_run_group_tests_name("manifest cache", tests, NULL, NULL);
}
