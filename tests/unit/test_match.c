/* Texts with regular expressions in them: what they find, and that none of them is slow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "base/str.h"
#include "kernel/match.h"

#define PLENTY 1000000000

static int find(const char *text, bool is_regex, const char *data, size_t from,
		struct match_span *ret)
{
	_cleanup_(match_freep) struct match *m = NULL;
	const char *why = NULL;
	uint64_t steps = PLENTY;

	if (match_compile(text, is_regex, &m, &why) < 0)
		fail_msg("%s: %s", text, why);
	return match_find(m, data, strlen(data), from, &steps, ret);
}

/* What is found is shown between brackets. */
static void test_what_is_found(void **state)
{
	static const struct {
		const char *text, *data, *found;
		bool is_regex;
	} samples[] = {
		{"b.d", "abcd b.d", "b.d"},
		{"R{{[0-9]+}} bad", "R12 good, R34 bad", "R34 bad"},
		{"a(b{{.}}c)", "a(bcc) a(b.c)", "a(bcc)"},
		{"*{{x}}", "**x", "*x"},
		{"}}{{a}}}", "a }}a}", "}}a}"},
		{"{{}}", "a", ""},
		{"{{(a|ab)(c|bcd)}}", "xabcd", "abcd"},
		{"{{(}}a.b{{|}}c{{)}}d", "axbd cd", "cd"},
		{"{{a.*}}", "ab\ncd", "ab"},
		{"{{a[^x]*}}", "ab\ncd", "ab"},
		{"{{^c}}", "ac\nc", "c"},
		{"{{b$}}", "bc\nab\n", "b"},
		{"{{^$}}", "a\n\nb", ""},
		{"a\n{{b+}}", "a\nbb", "a\nbb"},
		{"{{[]x]+}}", "a]x]", "]x]"},
		{"{{[x-]+}}", "a-x-", "-x-"},
		{"{{[[:digit:]a-c]+}}", "xyz12abcd", "12abc"},
		{"{{[^[:space:]]+}}", " \tab ", "ab"},
		{"{{a{2} *}}", "a aa  b", "aa  "},
		{"{{a{2,3}$}}", "aaaa", "aaa"},
		{"{{a{2,}b}}", "ab aaaab", "aaaab"},
		{"{{a{0,1}b}}", "aab", "ab"},
		{"{{xa{0}b}}", "xab xb", "xb"},
		{"{{(a*)*b}}", "aab", "aab"},
		{"{{(ab?)+c}}", "abaabc", "abaabc"},
		{"{{\\w+\\s\\W\\S}}", "a_1 -b", "a_1 -b"},
		{"{{\\.\\*\\\\}}", ".*\\", ".*\\"},
		{"a.c{2}", "abcc", "abcc", true},
		{"", "a", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct match_span at = {0};
		_cleanup_free_ char *found = NULL;

		assert_int_equal(
			find(samples[i].text, samples[i].is_regex, samples[i].data, 0, &at), 1);
		found = xstrndup(samples[i].data + at.begin, at.end - at.begin);
		if (!str_eq(found, samples[i].found))
			fail_msg("%s in %s: [%s]", samples[i].text, samples[i].data, found);
	}
}

static void test_from_where(void **state)
{
	struct match_span at;

	(void)state;
	assert_int_equal(find("{{a+}}", false, "aa ba", 1, &at), 1);
	assert_int_equal(at.begin, 1);
	assert_int_equal(find("{{a+}}", false, "aa ba", 2, &at), 1);
	assert_int_equal(at.begin, 4);
	/* Where a search begins is no begin of a line. */
	assert_int_equal(find("{{^a}}", false, "aa", 1, &at), 0);
	assert_int_equal(find("a", false, "aa", 2, &at), 0);
	assert_int_equal(find("{{a}}", false, "aa", 2, &at), 0);
}

static void test_what_is_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} samples[] = {
		{"{{(a)\\1}}", "back-references are not supported"},
		{"{{a", "\"{{\" without \"}}\""},
		{"{{a{2}}}", "what is between \"{\" and \"}\" is no number of repetitions"},
		{"{{(a}}", "\"(\" without \")\""},
		{"{{a)}}", "\")\" without \"(\""},
		{"{{*}}", "there is nothing before what repeats it"},
		{"{{a|+}}", "there is nothing before what repeats it"},
		{"{{[a}}", "\"[\" without \"]\""},
		{"{{[]}}", "\"[\" without \"]\""},
		{"{{[z-a]}}", "a range that ends before it begins"},
		{"{{[[:no:]]}}", "a class of characters that is not known"},
		{"{{[[:digit}}", "\"[:\" without \":]\""},
		{"{{[[.a.]]}}", "\"[.\" and \"[=\" are not supported"},
		{"{{\\}}", "\"\\\" with nothing behind it"},
		{"{{\\d}}", "of letters only w, W, s and S mean something behind \"\\\""},
		{"{{a{2,1} }}", "what is between \"{\" and \"}\" is no number of repetitions"},
		{"{{a{256} }}", "it repeats too much"},
		{"{{a{99999999999999999999} }}", "it repeats too much"},
		{"{{(a{99} ){99} }}", "it repeats too much"},
		{"{{(((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+}}", "it repeats too much"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct match *m = NULL;
		const char *why = NULL;

		assert_int_equal(match_compile(samples[i].text, false, &m, &why), -EINVAL);
		assert_string_equal(why, samples[i].why);
	}
}

static void assert_refused(struct buf *text, const char *expected)
{
	struct match *m = NULL;
	const char *why = NULL;

	assert_int_equal(match_compile(text->v, true, &m, &why), -EINVAL);
	assert_string_equal(why, expected);
	buf_free(text);
}

static void test_what_is_too_large(void **state)
{
	struct buf text = {0};

	(void)state;
	for (int i = 0; i < MATCH_MAX_TEXT; i++)
		buf_putc(&text, '(');
	assert_refused(&text, "it is nested too deep");
	for (int i = 0; i <= MATCH_MAX_TEXT; i++)
		buf_putc(&text, 'a');
	assert_refused(&text, "it is too long");
	for (int i = 0; i < MATCH_MAX_TEXT; i += 8)
		buf_puts(&text, "(){255}|");
	buf_puts(&text, "*");
	assert_refused(&text, "it is too long");
}

/* Those with which other implementations take for ever, on text that nearly fits. */
static void test_hostile(void **state)
{
	static const char *const texts[] = {
		"(a*)*b",
		"(a|a)*b",
		"(a|aa)+$b",
		"(.*)(.*)(.*)(.*)(.*)b",
		"(a|b)*a(a|b){200}c",
		"(a?){200}a{200}b",
		"((a{1,9}){1,9}){1,9}b",
		"a*a*a*a*a*a*b",
		"^(([a-z])+.)+[A-Z]b",
		"(|a|)*b",
	};
	_cleanup_buf_ struct buf data = {0};

	(void)state;
	for (int i = 0; i < 20000; i++)
		buf_putc(&data, 'a');
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(match_freep) struct match *m = NULL;
		const char *why = NULL;
		uint64_t steps = PLENTY;
		struct match_span at;

		if (match_compile(texts[i], true, &m, &why) < 0)
			fail_msg("%s: %s", texts[i], why);
		assert_int_equal(match_find(m, data.v, data.n, 0, &steps, &at), 0);
		/* At most twice each node for each character. */
		assert_true(PLENTY - steps <= 2 * (data.n + 1) * (MATCH_MAX_NODES + 1));
		steps = 1000;
		if (str_eq(texts[i], "(|a|)*b"))
			assert_int_equal(match_find(m, data.v, data.n, 0, &steps, &at), -ETIME);
	}
}

static const char *piece(unsigned *random)
{
	static const char *const pieces[] = {
		"a",	       "b",	   ".",		  "[ab]",   "[^a]",	 "(a|b)",
		"(ab|a)",      "(|b)",	   "\n",	  "c",	    "a*",	 "b+",
		"(ab)?",       ".*",	   "(a|b)*",	  "(ab?)+", "a{2}",	 "b{1,2}",
		"(a|ab){1,3}", "((a)*b)*", "[[:alpha:]]", "|",	    "(a|(b|c))", "(a*|b)",
	};

	*random = *random * 1103515245 + 12345;
	return pieces[(*random >> 16) % ARRAY_SIZE(pieces)];
}

/* The C library's expressions find the same. */
static void test_as_the_c_library_does(void **state)
{
	unsigned random = 1, n_found = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		_cleanup_buf_ struct buf text = {0}, data = {0};
		struct match_span at = {0};
		regmatch_t theirs[1];
		regex_t regex;
		int found;

		for (unsigned n = random >> 20 & 3; n < 5; n++)
			buf_puts(&text, piece(&random));
		for (unsigned n = random >> 24 & 7; n < 12; n++) {
			random = random * 1103515245 + 12345;
			buf_putc(&data, "aabbc\n"[(random >> 16) % 6]);
		}
		assert_int_equal(regcomp(&regex, text.v, REG_EXTENDED | REG_NEWLINE), 0);
		found = find(text.v, true, data.v, 0, &at);
		if (found != !regexec(&regex, data.v, 1, theirs, 0) ||
		    (found &&
		     ((size_t)theirs[0].rm_so != at.begin || (size_t)theirs[0].rm_eo != at.end)))
			fail_msg("%s in %s: %d, %zu to %zu; theirs %d to %d", text.v, data.v, found,
				 at.begin, at.end, theirs[0].rm_so, theirs[0].rm_eo);
		n_found += (unsigned)found;
		regfree(&regex);
	}
	assert_true(n_found > 5000 && n_found < 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_found),
		cmocka_unit_test(test_from_where),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_what_is_too_large),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_as_the_c_library_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
