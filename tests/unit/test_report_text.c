/* Words and numbers of reports. */
#include "report/text.h"
#include "report_room.h"

static void assert_bytes(struct buf *b, const char *expected)
{
	assert_report(b, expected);
	buf_free(b);
}

static void test_code_points(void **state)
{
	const char *s = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x9d";

	(void)state;
	assert_int_equal(text_next(&s), 'a');
	assert_int_equal(text_next(&s), 0xe9);
	assert_int_equal(text_next(&s), 0x20ac);
	assert_int_equal(text_next(&s), 0x1f41d);
	assert_int_equal(*s, '\0');
}

/* Each of these begins with one byte that is no text; the end of the string is never passed. */
static void test_no_code_points(void **state)
{
	static const char *const bad[] = {
		"\x80", "\xc3",	    "\xc0\x80", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80",
		"\xff", "\xf0\x9f",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const char *s = bad[i];

		assert_int_equal(text_next(&s), UINT32_MAX);
		assert_ptr_equal(s, bad[i] + 1);
	}
}

static void test_cut(void **state)
{
	static const struct {
		const char *text;
		size_t width;
		const char *cut;
	} cases[] = {
		{"abcdef", 6, "abcdef"},
		{"abcdef", 5, "ab..f"},
		{"abcdef", 4, "a..f"},
		{"abcdef", 3, "a.."},
		{"abcdef", 2, "ab"},
		{"abcdef", 0, ""},
		{"", 3, ""},
	};
	struct buf b = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		text_put_cut(&b, cases[i].text, cases[i].width);
		assert_bytes(&b, cases[i].cut);
	}
	text_put_left(&b, "ab", 4);
	text_put_right(&b, "ab", 4);
	assert_bytes(&b, "ab    ab");
}

static void test_numbers(void **state)
{
	static const struct {
		uint64_t n;
		const char *whole, *in_short;
	} cases[] = {
		{0, "0", "0"},
		{999, "999", "999"},
		{1000, "1,000", "1,000"},
		{9999, "9,999", "9,999"},
		{10000, "10,000", "10.0k"},
		{12345, "12,345", "12.3k"},
		{99999, "99,999", "99.9k"},
		{100000, "100,000", "100k"},
		{999999, "999,999", "999k"},
		{1000000, "1,000,000", "1.0M"},
		{123456789, "123,456,789", "123M"},
		{UINT64_MAX, "18,446,744,073,709,551,615", "18.4E"},
	};
	struct buf b = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		text_put_number(&b, cases[i].n);
		assert_bytes(&b, cases[i].whole);
		text_put_short_number(&b, cases[i].n);
		assert_bytes(&b, cases[i].in_short);
	}
}

static void test_times(void **state)
{
	struct buf b = {0};

	(void)state;
	text_put_time(&b, 0);
	buf_putc(&b, ' ');
	text_put_time(&b, 52000);
	buf_putc(&b, ' ');
	text_put_time(&b, 1234567);
	buf_putc(&b, ' ');
	text_put_time(&b, 3400000000);
	assert_bytes(&b, "0 us 52 us 1.2 ms 3.4 s");
}

static void test_markup(void **state)
{
	struct buf b = {0};

	(void)state;
	text_put_markup(
		&b, "<a b=\"c\" d='e'>&\n\t\x01\x1b\r\x7f\xc2\x9b|\xff|\xef\xbf\xbf|\xe2\x82\xac");
	assert_bytes(&b,
		     "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;\n\t|\xef\xbf\xbd||\xe2\x82\xac");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_code_points), cmocka_unit_test(test_no_code_points),
		cmocka_unit_test(test_cut),	    cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_times),	    cmocka_unit_test(test_markup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
