#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "slice/lexer.h"

/*
 * Tokens as text: words and numbers as they are, literals in <>, ## for a paste, | before what
 * begins a line but the first, and no blank where there was none.
 */
static char *lex(const char *text, size_t size)
{
	/* Of exactly this size, so that sanitizers see reads beyond it. */
	char *exact = xmalloc(size);
	struct lexer l;
	struct token t;
	struct buf b = {0};

	memcpy(exact, text, size);
	l = lexer_begin(exact, size);
	while ((t = lexer_next(&l)).kind != TOKEN_END) {
		_cleanup_free_ char *copy = xcalloc(1, t.size + 1);

		assert_true(t.size > 0 && token_copy(&t, copy) <= t.size);
		if (b.n && t.begins_line)
			buf_putc(&b, '|');
		else if (b.n && t.after_space)
			buf_putc(&b, ' ');
		if (t.kind == TOKEN_LITERAL)
			buf_printf(&b, "<%s>", copy);
		else if (t.kind == TOKEN_WORD || t.kind == TOKEN_NUMBER)
			buf_puts(&b, copy);
		else
			buf_puts(&b, t.kind == TOKEN_PASTE  ? "##"
				     : t.kind == TOKEN_DOTS ? "..."
							    : (char[]){(char)t.kind, '\0'});
	}
	assert_int_equal(lexer_next(&l).kind, TOKEN_END);
	free(exact);
	if (!b.v)
		buf_puts(&b, "");
	return buf_steal(&b);
}

static void tokens_are_told_apart(void **state)
{
	static const char *const cases[][2] = {
		{"", ""},
		{"int a_1 = b$c;", "int a_1 = b$c;"},
		{"caf\xc3\xa9 x", "caf\xc3\xa9 x"},
		{"\xef\xbb\xbf#define A", "#define A"},
		{"a\n  b\n\nc", "a|b|c"},
		{"a\r\nb\rc", "a|b|c"},
		{"a\v\f\tb", "a b"},
		/* '#' begins a directive only at the beginning of a line. */
		{"a # b\n # c", "a # b|# c"},
		{"a ## b##c # # d", "a ## b##c # # d"},
		{"a %:%: b %: c %:# d #%: e", "a ## b # c ## d ## e"},
		{"a... b.. c. d", "a... b.. c. d"},
		/* Comments separate, and their lines do not count. */
		{"a/* b */c // d\ne", "a c|e"},
		{"/* a */ #b /* \n */ c", "#b c"},
		{"a /* b\n# c */ # d", "a # d"},
		{"/* a /* b */ c */ d", "c */ d"},
		{"/**/a/***/b/*/ c */d", "a b d"},
		{"a // b \\\n c\nd", "a|d"},
		{"a /* b", "a"},
		{"a // b", "a"},
		{"a / b /", "a / b /"},
		{"a /*", "a"},
		{"a /*/", "a"},
		/* Literals. */
		{"\"a // b\" 'c' \"d\\\"e\" '\\''", "<\"a // b\"> <'c'> <\"d\\\"e\"> <'\\''>"},
		{"L\"a\" u8'b'", "L<\"a\"> u8<'b'>"},
		{"\"a /* b\nc */ d", "<\"a /* b>|c */ d"},
		{"# error don't\nb", "# error don<'t>|b"},
		{"\"a\\\nb\" c", "<\"ab\"> c"},
		{"\"a\\\r\nb\" c", "<\"ab\"> c"},
		{"\"a\\\\\" b", "<\"a\\\\\"> b"},
		{"\"a\\", "<\"a\\>"},
		{"\"a\rb", "<\"a>|b"},
		{"\"", "<\">"},
		/* Numbers. */
		{"0x1f 1.5e+3f .5 1e-9 0x1p-2 1u+2", "0x1f 1.5e+3f .5 1e-9 0x1p-2 1u+2"},
		{"1..2 1.a a.1", "1..2 1.a a.1"},
		{"1'000'000 0x'f", "1'000'000 0x'f"},
		{"1' '2", "1<' '>2"},
		{"1'", "1<'>"},
		/* Splices. */
		{"a\\\nb c\\\n d", "ab c d"},
		{"a\\\r\nb c\\ \t\nd", "ab cd"},
		{"a\\\n", "a"},
		{"a\\\n\\\nb", "ab"},
		{"a\\\n+b", "a+b"},
		{"a \\\n b", "a b"},
		{"A\\\n(b)", "A(b)"},
		{"1\\\n2", "12"},
		{"#\\\n# .\\\n.\\\n. %\\\n: .\\\n5", "## ... # .5"},
		{"/\\\n* a *\\\n/ b /\\\n/ c\nd", "b|d"},
		{"a \\b \\", "a \\b \\"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *got = lex(cases[i][0], strlen(cases[i][0]));

		/* What is printed of a punctuator is its kind, so splices do not show. */
		if (!str_eq(got, cases[i][1]))
			print_message("%s\n", cases[i][0]);
		assert_string_equal(got, cases[i][1]);
	}
}

static void nul_is_blank(void **state)
{
	static const char text[] = "a\0b \"c\0d\" 1\0.5";
	_cleanup_free_ char *got = lex(text, sizeof(text) - 1);

	(void)state;
	/* In a literal it is kept; what is printed of that one ends there. */
	assert_string_equal(got, "a b <\"c> 1 .5");
}

/* Whatever a text is cut after, the tokens before the last one are the same. */
static void text_may_end_anywhere(void **state)
{
	static const char text[] =
		"#def\\\nine A(x...) x ## %:%: \"s\\\"t\" 'c' // d\\\n e\n"
		"/* f *\\\n/ 1.5e+3'0 .\\\n5 ..\\\n. \xc3\xa9 /\\\n/ g\r\n\\ \t\n";
	size_t n = sizeof(text) - 1, whole = 0;

	(void)state;
	for (size_t size = 0; size <= n; size++) {
		_cleanup_free_ char *exact = xmalloc(size);
		struct lexer l, all = lexer_begin(text, n);
		struct token t;

		memcpy(exact, text, size);
		l = lexer_begin(exact, size);
		while ((t = lexer_next(&l)).kind != TOKEN_END) {
			struct token same = lexer_next(&all);

			assert_true(t.at >= exact && t.at + t.size <= exact + size);
			if (t.at + t.size + 4 > exact + size)
				break;
			assert_int_equal(t.kind, same.kind);
			assert_int_equal(t.at - exact, same.at - text);
			assert_int_equal(t.size, same.size);
			whole++;
		}
	}
	assert_true(whole > n);
}

static void words_are_compared_without_splices(void **state)
{
	struct lexer l = lexer_begin("de\\\nfine defined \"define\"", 25);
	struct token t = lexer_next(&l);

	(void)state;
	assert_true(t.spliced);
	assert_true(token_is(&t, "define"));
	assert_false(token_is(&t, "defin"));
	assert_false(token_is(&t, "defined"));
	t = lexer_next(&l);
	assert_false(token_is(&t, "define"));
	assert_true(token_is(&t, "defined"));
	t = lexer_next(&l);
	assert_int_equal(t.kind, TOKEN_LITERAL);
	assert_false(token_is(&t, "\"define\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_are_told_apart),
		cmocka_unit_test(nul_is_blank),
		cmocka_unit_test(text_may_end_anywhere),
		cmocka_unit_test(words_are_compared_without_splices),
	};

	return cmocka_run_group_tests_name("lexer", tests, NULL, NULL);
}
