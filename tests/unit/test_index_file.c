/* Headers that no index is made of, headers that nobody writes, and files that are no index. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "index_dump.h"
#include "slice/index_format.h"

/* Why a header has no index, or NULL. Caller frees. */
static char *refusal(const char *text, size_t size)
{
	_cleanup_free_ char *copy = exactly(text, size);
	_cleanup_buf_ struct buf data = {0};
	char *why = NULL;
	int err = index_build(copy, size, &data, &why);

	if (err == 0)
		return NULL;
	assert_int_equal(err, -EOPNOTSUPP);
	assert_int_equal(data.n, 0);
	return why;
}

static void some_headers_are_refused(void **state)
{
	static const char divides[] = "a conditional divides the declaration";
	static const struct {
		const char *text, *line, *why;
	} cases[] = {
		{"struct a {\n", "line 1: ", "the declaration does not end"},
		{"int x;\n\nint y", "line 3: ", "the declaration does not end"},
		{"int x[3;\n", "line 1: ", "the declaration does not end"},
		{"int x;\n)\n", "line 2: ", "a bracket closes that was not opened"},
		{"struct a { int x; }; }\n", "line 1: ", "a bracket closes that was not opened"},
		{"#ifdef A\nint x;\n", "line 3: ", "#endif is missing"},
		{"int x;\n#endif\n", "line 2: ", "#endif without #if"},
		{"struct a {\n#endif\n};\n", "line 2: ", "#endif without #if"},
		{"int\n#if A\nx;\n#else\ny;\n#endif\n", "line 1: ", divides},
		{"int a;\n#if A\nint x\n#else\nint y\n#endif\n;\n", "line 3: ", divides},
		{"#if A\nint y\n#else\nint z;\n#endif\n;\n", "line 2: ", divides},
		{"#if A\nstruct a { int x;\n#elif B\nstruct a { long x;\n#endif\n};\n",
		 "line 2: ", divides},
		{"struct a {\n#if A\nint x; };\nstruct b {\n#endif\nint y; };\n",
		 "line 1: ", divides},
		{"#if A\nint x\n#if B\n[3]\n#endif\n#endif\n;\n", "line 2: ", divides},
		{"#define A \\ // b\n",
		 "line 1: ", "a backslash ends the directive before its comment"},
		{"int x; #endif\nint y;\n", "line 1: ", "a declaration begins with #"},
		{"int x;\nint y\\\nz;\n",
		 "line 2: ", "a backslash divides a word of the declaration"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *why = refusal(cases[i].text, strlen(cases[i].text));
		_cleanup_free_ char *expected = xasprintf("%s%s", cases[i].line, cases[i].why);

		if (!why || !str_eq(why, expected))
			print_message("%s\n", cases[i].text);
		assert_non_null(why);
		assert_string_equal(why, expected);
	}
}

static void put_times(struct buf *b, const char *s, size_t n)
{
	while (n--)
		buf_puts(b, s);
}

/* A declarator in so many parentheses is understood, one in more belongs to every slice. */
static void nesting_has_a_limit(void **state)
{
	(void)state;
	for (size_t n = 1; n < 200; n++) {
		_cleanup_buf_ struct buf text = {0};
		_cleanup_free_ char *got = NULL;

		buf_puts(&text, "struct a { int i; }; struct a ");
		put_times(&text, "(", n);
		buf_puts(&text, "*p");
		put_times(&text, ")", n);
		buf_puts(&text, ";");
		got = dump_index(text.v, text.n);
		if (n <= 60)
			assert_string_equal(got, "1: struct a\n1: variable p\n"
						 "variable p -> struct a pointer\n");
		if (n >= 64)
			assert_string_equal(got, "1: struct a\n1: always code\nalways: a\n");
	}
}

/* Headers that nobody writes end well, and soon. */
static void endless_nesting_does_no_harm(void **state)
{
	static const char *const pieces[] = {
		"(",	       ")",
		"{",	       "}",
		"[",	       "]",
		"*",	       ",",
		";",	       ":",
		"=",	       "int (",
		"struct {",    "a(",
		"int *f(",     "struct a { struct b { int x; } y; ",
		"enum { A = ", "__attribute__((",
		"#if A\n",     "typeof(",
		"int x, ",     "((a)(",
		"*(",	       "const ",
		"x ",	       "a ## ",
		"\\\n",	       "\"",
		"/*",	       "struct a *(*",
		"_Alignas(",   "int (*(*",
		"...",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		static const char *const ends[] = {"", ";\n", "x;\n"};
		static const char *const begins[] = {"", "int x", "struct s { int x",
						     "void f(int x"};

		for (size_t k = 0; k < ARRAY_SIZE(ends) * ARRAY_SIZE(begins); k++) {
			_cleanup_buf_ struct buf text = {0};
			_cleanup_free_ char *why = NULL;

			buf_puts(&text, begins[k / ARRAY_SIZE(ends)]);
			put_times(&text, pieces[i], k ? 2000 : 100000);
			buf_puts(&text, ends[k % ARRAY_SIZE(ends)]);
			why = refusal(text.v, text.n);
			if (why)
				assert_int_equal(strncmp(why, "line ", 5), 0);
		}
	}
}

/* Macros may mention each other, and themselves, as often as they like. */
static void macros_in_circles_are_followed_once(void **state)
{
	_cleanup_buf_ struct buf text = {0};
	_cleanup_free_ char *got = NULL;

	(void)state;
	for (char c = 'A'; c <= 'Z'; c++) {
		buf_printf(&text, "#define M%c", c);
		for (char d = 'A'; d <= 'Z'; d++)
			buf_printf(&text, " M%c M%c", d, d);
		buf_puts(&text, c == 'Z' ? " sizeof(struct s)\n" : "\n");
	}
	buf_puts(&text, "struct s { int x; };\nstruct a { int y[MA]; };\n");
	got = dump_index(text.v, text.n);
	assert_non_null(strstr(got, "\nstruct a has struct s complete\n"));
}

static const char small[] = "#define M(x) struct x ## _y\n"
			    "enum e { A, B = sizeof(struct s) };\n"
			    "struct s { struct t *next; enum e e; };\n"
			    "typedef struct s s_t[3];\n"
			    "STRANGE(s)\n;";

static bool opens(const void *data, size_t size)
{
	/* What the hash vouches for need not be there when it does not fit. */
	struct index x;
	int err = index_open(data, size, &x);

	assert_true(err == 0 || err == -EBADMSG);
	return err == 0;
}

static void what_is_no_index_is_not_opened(void **state)
{
	_cleanup_buf_ struct buf data = {0};
	struct index x = index_of(small, strlen(small), &data);
	struct index_file *file = (struct index_file *)data.v;

	(void)state;
	assert_memory_equal(x.text, small, strlen(small));
	for (size_t size = 0; size < data.n; size++) {
		_cleanup_free_ char *cut = exactly(data.v, size);

		assert_false(opens(cut, size));
	}
	for (size_t i = 0; i < data.n; i++) {
		data.v[i] ^= 1 << i % 8;
		assert_false(opens(data.v, data.n));
		data.v[i] ^= 1 << i % 8;
	}
	buf_putc(&data, '\0');
	file = (struct index_file *)data.v;
	assert_false(opens(data.v, data.n));
	data.n--;
	assert_true(opens(data.v, data.n));
	file->revision++;
	file->hash = index_hash_file(file, data.n);
	assert_false(opens(data.v, data.n));
}

/* Files whose hash is right, as nobody but we would make them. */
static void parts_must_lie_within_the_file(void **state)
{
	_cleanup_buf_ struct buf data = {0};
	struct index_file *file, good;
	struct index_part *parts;

	(void)state;
	index_of(small, strlen(small), &data);
	file = (struct index_file *)data.v;
	good = *file;
	parts = &file->text;
	for (size_t i = 0; i < (sizeof(good) - offsetof(struct index_file, text)) / sizeof(*parts);
	     i++) {
		const struct index_part was = parts[i];
		const struct index_part bad[] = {
			{was.offset + 1, 0},	      {good.size + 8, 0},
			{was.offset, good.size},      {was.offset, UINT64_MAX},
			{was.offset, UINT64_MAX / 2}, {UINT64_MAX - 7, was.n},
		};

		for (size_t k = 0; k < ARRAY_SIZE(bad); k++) {
			parts[i] = bad[k];
			file->hash = index_hash_file(file, data.n);
			assert_false(opens(data.v, data.n));
		}
		parts[i] = was;
	}
	for (uint32_t n = 0; n < 2 * good.n_slots; n++) {
		file->n_slots = n;
		file->hash = index_hash_file(file, data.n);
		assert_int_equal(opens(data.v, data.n), n == good.n_slots);
	}
}

/* The same header gives the same bytes, wherever they come to lie, and names are found. */
static void an_index_follows_from_the_header(void **state)
{
	_cleanup_buf_ struct buf one = {0}, two = {0};
	struct index x = index_of(small, strlen(small), &one), y;

	(void)state;
	buf_puts(&two, "something before");
	assert_int_equal(two.n % 8, 0);
	y = (struct index){0};
	{
		char *why = NULL;

		assert_int_equal(index_build(small, strlen(small), &two, &why), 0);
	}
	assert_int_equal(two.n, one.n + 16);
	assert_memory_equal(two.v + 16, one.v, one.n);
	assert_int_equal(index_open(two.v + 16, one.n, &y), 0);
	for (uint32_t i = 0; i < x.n_names; i++) {
		const char *name = y.text + y.names[i].at;

		assert_int_equal(index_find(&x, name, y.names[i].size), i);
	}
	assert_int_equal(index_find(&x, "", 0), INDEX_NONE);
	assert_int_equal(index_find(&x, "nex", 3), INDEX_NONE);
	assert_int_equal(index_find(&x, "nexts", 5), INDEX_NONE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(some_headers_are_refused),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(endless_nesting_does_no_harm),
		cmocka_unit_test(macros_in_circles_are_followed_once),
		cmocka_unit_test(what_is_no_index_is_not_opened),
		cmocka_unit_test(parts_must_lie_within_the_file),
		cmocka_unit_test(an_index_follows_from_the_header),
	};

	return cmocka_run_group_tests_name("index_file", tests, NULL, NULL);
}
