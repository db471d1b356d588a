/* What bitcode says of who wrote it: outside data that chooses a library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/str.h"
#include "llvm/inputs.h"

static void forms_that_are_known(void **state)
{
	static const struct {
		const char *text;
		unsigned major, minor, patch;
		const char *rust;
	} cases[] = {
		{"LLVM19.1.7", 19, 1, 7, ""},
		{"LLVM22.1.8", 22, 1, 8, ""},
		{"LLVM23.0.0git", 23, 0, 0, ""},
		{"LLVM22.1.2-rust-1.95.0-stable", 22, 1, 2, "1.95.0-stable"},
		{"LLVM22.1.4-rust-1.97.0-nightly", 22, 1, 4, "1.97.0-nightly"},
		{"LLVM21.1.0-rust-1.92.0-beta.3", 21, 1, 0, "1.92.0-beta.3"},
		{"LLVM20.0.0git-rust-dev", 20, 0, 0, "dev"},
		{"LLVM9999.0.10", 9999, 0, 10, ""},
		{"LLVM22.1.2-rust-123456789012345678901234567890123456789", 22, 1, 2,
		 "123456789012345678901234567890123456789"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct producer p;

		assert_true(producer_parse(cases[i].text, &p));
		assert_int_equal(p.major, cases[i].major);
		assert_int_equal(p.minor, cases[i].minor);
		assert_int_equal(p.patch, cases[i].patch);
		assert_string_equal(p.rust, cases[i].rust);
	}
}

static void all_else_is_unknown(void **state)
{
	static const char *const texts[] = {
		"",
		"LLVM",
		"LLVM19",
		"LLVM19.1",
		"LLVM19.1.",
		"LLVM19..7",
		"LLVM.19.1.7",
		"LLVM 19.1.7",
		" LLVM19.1.7",
		"LLVM19.1.7 ",
		"LLVM19.1.7\n",
		"llvm19.1.7",
		"LLVM019.1.7",
		"LLVM+19.1.7",
		"LLVM-19.1.7",
		"LLVM19999.1.7",
		"LLVM19.1.7.1",
		"LLVM19.1.7-",
		"LLVM19.1.7-rust",
		"LLVM19.1.7-rust-",
		"LLVM19.1.7-rust-/",
		"LLVM19.1.7-rust-../../../tmp/evil",
		"LLVM19.1.7-rust-..",
		"LLVM19.1.7-rust-.",
		"LLVM19.1.7-rust-a..b",
		"LLVM19.1.7-rust-.a",
		"LLVM19.1.7-rust-a.",
		"LLVM19.1.7-rust-a/b",
		"LLVM19.1.7-rust-a b",
		"LLVM19.1.7-rust-a*",
		"LLVM19.1.7-rust-a%s",
		"LLVM19.1.7-rust-\xc3\xa9",
		"LLVM19.1.7-rust--a",
		"LLVM19.1.7gitgit",
		"LLVM19.1.7-rust-1-rust-/2",
		"LLVM22.1.2-rust-1234567890123456789012345678901234567890",
		"APPLE_1_1600.0.26.3_0",
		"LLVM20.1.0+libcxx",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct producer p = {.major = 7};

		if (producer_parse(texts[i], &p))
			fail_msg("%s", texts[i]);
		assert_int_equal(p.major, 7);
	}
}

/* Whatever single byte is put wherever: nothing with a slash, or two dots, is let through. */
static void no_path_comes_through(void **state)
{
	char text[] = "LLVM22.1.2-rust-1.95.0-stable";

	(void)state;
	for (size_t i = 0; text[i]; i++) {
		char was = text[i];

		for (int c = 1; c < 256; c++) {
			struct producer p;

			text[i] = (char)c;
			if (producer_parse(text, &p))
				assert_true(!strpbrk(p.rust, "/ \t\n*?[") &&
					    !strstr(p.rust, "..") && p.rust[0] != '.');
		}
		text[i] = was;
	}
}

static void numbers_are_compared_as_numbers(void **state)
{
	static const char *const rising[] = {
		"1.9.0",	 "1.10.0",	   "1.95.0-beta.2", "1.95.0-beta.10",
		"1.95.0-stable", "1.97.0-nightly", "2.0",	    "dev"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rising); i++)
		for (size_t k = 0; k < ARRAY_SIZE(rising); k++) {
			int order = producer_compare_versions(rising[i], rising[k]);

			assert_true(i < k ? order < 0 : i > k ? order > 0 : order == 0);
		}
}

static void producers_are_ordered(void **state)
{
	static const char *const rising[] = {"LLVM9.0.0",
					     "LLVM19.1.7",
					     "LLVM22.1.2",
					     "LLVM22.1.2-rust-1.9.0-stable",
					     "LLVM22.1.2-rust-1.95.0-stable",
					     "LLVM22.1.10",
					     "LLVM22.2.0"};

	(void)state;
	for (size_t i = 1; i < ARRAY_SIZE(rising); i++) {
		struct producer a, b;

		assert_true(producer_parse(rising[i - 1], &a) && producer_parse(rising[i], &b));
		assert_true(producer_compare(&a, &b) < 0 && producer_compare(&b, &a) > 0 &&
			    producer_compare(&a, &a) == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_that_are_known),
		cmocka_unit_test(all_else_is_unknown),
		cmocka_unit_test(no_path_comes_through),
		cmocka_unit_test(numbers_are_compared_as_numbers),
		cmocka_unit_test(producers_are_ordered),
	};

	return cmocka_run_group_tests_name("producer", tests, NULL, NULL);
}
