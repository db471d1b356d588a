#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "slice/words.h"

static void ids_are_dense_and_stay(void **state)
{
	struct words *w = words_new();
	size_t first = words_count(w);
	const char *text;
	uint32_t a = words_add(w, "alpha beta", 5);

	(void)state;
	assert_int_equal(a, first);
	text = words_text(w, a);
	/* Enough for the table and the texts to grow several times. */
	for (int i = 0; i < 50000; i++) {
		_cleanup_free_ char *name = xasprintf("word_%d", i);

		assert_int_equal(words_add(w, name, strlen(name)), a + 1 + (uint32_t)i);
	}
	for (int i = 0; i < 50000; i++) {
		_cleanup_free_ char *name = xasprintf("word_%d", i);

		assert_int_equal(words_find(w, name, strlen(name)), a + 1 + (uint32_t)i);
		assert_int_equal(words_add(w, name, strlen(name)), a + 1 + (uint32_t)i);
		assert_string_equal(words_text(w, a + 1 + (uint32_t)i), name);
		assert_int_equal(words_size(w, a + 1 + (uint32_t)i), strlen(name));
	}
	assert_int_equal(words_count(w), first + 50001);
	assert_ptr_equal(words_text(w, a), text);
	assert_string_equal(text, "alpha");
	words_free(w);
}

static void any_bytes_are_words(void **state)
{
	struct words *w = words_new();
	_cleanup_free_ char *big = xmalloc(200000);
	uint32_t empty = words_add(w, "", 0), nul = words_add(w, "a\0b", 3), large;

	(void)state;
	memset(big, 'x', 200000);
	large = words_add(w, big, 200000);
	assert_int_equal(words_find(w, "", 0), empty);
	assert_int_equal(words_find(w, "a\0b", 3), nul);
	assert_int_equal(words_find(w, "a", 1), WORDS_NONE);
	assert_int_equal(words_find(w, big, 200000), large);
	assert_int_equal(words_find(w, big, 199999), WORDS_NONE);
	assert_int_equal(words_size(w, large), 200000);
	assert_memory_equal(words_text(w, large), big, 200000);
	words_free(w);
}

static void known_words_have_their_ids(void **state)
{
	struct words *w = words_new();

	(void)state;
	assert_int_equal(words_count(w), WORD_N_KNOWN);
	assert_int_equal(words_find(w, "define", 6), WORD_DEFINE);
	assert_int_equal(words_find(w, "__VA_ARGS__", 11), WORD_VA_ARGS);
	assert_int_equal(words_find(w, "__is_identifier", 15), WORD_IS_IDENTIFIER);
	words_free(w);
}

static void put_token(const struct words *w, uint32_t token, struct buf *b)
{
	uint32_t id = tokens_word(token);

	if (b->n)
		buf_puts(b, token & TOKEN_BEGINS_LINE ? "|" : token & TOKEN_AFTER_SPACE ? " " : "");
	if (id != WORDS_NONE)
		buf_puts(b, words_text(w, id));
	else if (tokens_is(token, TOKEN_LITERAL))
		buf_puts(b, "<>");
	else if (tokens_is(token, TOKEN_PASTE))
		buf_puts(b, "##");
	else if (tokens_is(token, TOKEN_DOTS))
		buf_puts(b, "...");
	else
		buf_putc(b, (char)(token & TOKEN_ID_MAX));
}

/* "tokens / uniq" */
static char *scan(struct words *w, const char *text)
{
	struct file_tokens *t = tokens_scan(w, text, strlen(text));
	struct buf b = {0};

	for (size_t i = 0; i < t->n; i++)
		put_token(w, t->v[i], &b);
	buf_puts(&b, " /");
	for (size_t i = 0; i < t->n_uniq; i++)
		buf_printf(&b, " %s", words_text(w, t->uniq[i]));
	tokens_free(t);
	return buf_steal(&b);
}

static void files_become_tokens(void **state)
{
	static const char *const cases[][2] = {
		{"", " /"},
		{"int a = 1, b = a;\n", "int a = 1, b = a; / int a b"},
		{"#define F(x...) x ## 1\nF(2)", "#define F(x...) x ## 1|F(2) / define F x"},
		{"a \"b\" 'c' /* d */ // e", "a <> <> / a"},
		{"a\\\nb ab a\\\r\nb 1\\\n2 12", "ab ab ab 12 12 / ab"},
		{"b a b a", "b a b a / b a"},
	};
	struct words *w = words_new();

	(void)state;
	/* Twice: words of one file are new in the next. */
	for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *got = scan(w, cases[i / 2][0]);

		assert_string_equal(got, cases[i / 2][1]);
	}
	words_free(w);
}

static void same_word_is_same_token(void **state)
{
	struct words *w = words_new();
	struct file_tokens *a = tokens_scan(w, "x y", 3), *b = tokens_scan(w, "y\nx", 3);

	(void)state;
	assert_int_equal(tokens_word(a->v[0]), tokens_word(b->v[1]));
	assert_int_equal(tokens_word(a->v[1]), tokens_word(b->v[0]));
	assert_int_equal(tokens_word(a->v[0]), words_find(w, "x", 1));
	assert_int_not_equal(a->v[0] & TOKEN_BEGINS_LINE, 0);
	assert_int_equal(a->v[1] & TOKEN_BEGINS_LINE, 0);
	assert_int_not_equal(b->v[1] & TOKEN_BEGINS_LINE, 0);
	tokens_free(a);
	tokens_free(b);
	words_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_dense_and_stay),     cmocka_unit_test(any_bytes_are_words),
		cmocka_unit_test(known_words_have_their_ids), cmocka_unit_test(files_become_tokens),
		cmocka_unit_test(same_word_is_same_token),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
