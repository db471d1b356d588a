/* Files as lists of what they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "slice/keywords.h"
#include "slice/outline.h"

struct room {
	struct words *words;
	struct file_tokens *tokens;
	struct outline *outline;
};

static void room_open(struct room *r, const char *text)
{
	uint32_t first;

	r->words = words_new();
	first = keywords_add(r->words);
	r->tokens = tokens_scan(r->words, text, strlen(text));
	r->outline = outline_make(r->tokens, r->words, first);
}

static void room_close(struct room *r)
{
	outline_free(r->outline);
	tokens_free(r->tokens);
	words_free(r->words);
}

static void put_tokens(const struct room *r, uint32_t first, uint32_t n, struct buf *ret)
{
	for (uint32_t i = first; i < first + n; i++) {
		uint32_t token = r->tokens->v[i], word = tokens_word(token);

		if (i > first)
			buf_putc(ret, ' ');
		if (word != WORDS_NONE)
			buf_puts(ret, words_text(r->words, word));
		else
			buf_putc(ret, (char)(token & 0x7f));
	}
}

static void put_within(uint32_t within, struct buf *ret)
{
	if (within != OUTLINE_NONE)
		buf_printf(ret, "@%u ", within);
}

static void put_item(const struct room *r, const struct outline_item *item, struct buf *ret)
{
	static const char *const kinds[] = {"define", "undef", "include", "directive", "declare"};
	const struct outline *o = r->outline;

	buf_puts(ret, kinds[item->kind]);
	buf_putc(ret, ' ');
	if (item->kind == OUTLINE_DECLARATION) {
		if (item->is_cut)
			buf_puts(ret, "cut ");
		for (uint32_t i = item->first; i < item->first + item->n; i++) {
			if (i > item->first)
				buf_puts(ret, " | ");
			put_within(o->segments.v[i].within, ret);
			put_tokens(r, o->segments.v[i].first, o->segments.v[i].n, ret);
		}
	} else {
		put_within(item->within, ret);
		if (item->kind == OUTLINE_DEFINE || item->kind == OUTLINE_UNDEF)
			buf_printf(ret, "%s: ", words_text(r->words, item->name));
		put_tokens(r, item->first, item->n, ret);
	}
	buf_putc(ret, '\n');
}

/* One line for each item and conditional, one for what is said of all. Caller frees. */
static char *outline_of(const char *text)
{
	struct room r;
	struct buf b = {0};

	room_open(&r, text);
	for (size_t i = 0; i < r.outline->conditionals.n; i++) {
		const struct outline_conditional *c = &r.outline->conditionals.v[i];

		buf_printf(&b, "if %zu ", i);
		put_within(c->outer, &b);
		if (c->has_sides)
			buf_puts(&b, "sides ");
		for (uint32_t k = 0; k < c->n; k++)
			put_tokens(&r, r.outline->conditions.v[c->first + k], 1, &b);
		buf_putc(&b, '\n');
	}
	vec_foreach (item, &r.outline->items)
		put_item(&r, item, &b);
	vec_foreach (joint, &r.outline->joints)
		buf_printf(&b, "joint %u %u\n", joint->first, joint->n);
	if (r.outline->torn)
		buf_puts(&b, "torn\n");
	if (r.outline->ajar)
		buf_puts(&b, "ajar\n");
	room_close(&r);
	return b.n ? buf_steal(&b) : xstrdup("");
}

static void expect(const char *const (*cases)[2], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *got = outline_of(cases[i][0]);

		if (!str_eq(got, cases[i][1]))
			print_message("%s\n", cases[i][0]);
		assert_string_equal(got, cases[i][1]);
	}
}

static void declarations_end(void **state)
{
	static const char *const cases[][2] = {
		{"", ""},
		{"int x; int y;", "declare int x ;\ndeclare int y ;\n"},
		{"int f(int x) { if (x) { } } int y;",
		 "declare int f ( int x ) { if ( x ) { } }\ndeclare int y ;\n"},
		{"struct s { int x; } y;", "declare struct s { int x ; } y ;\n"},
		{"struct s { int (*f)(void); } y;",
		 "declare struct s { int ( * f ) ( void ) ; } y ;\n"},
		{"int f(void) __attribute__((pure)); int y;",
		 "declare int f ( void ) __attribute__ ( ( pure ) ) ;\ndeclare int y ;\n"},
		{"struct __attribute__((packed)) { int x; } y;",
		 "declare struct __attribute__ ( ( packed ) ) { int x ; } y ;\n"},
		{"int (*f(void))(int) { } int y;",
		 "declare int ( * f ( void ) ) ( int ) { }\ndeclare int y ;\n"},
		{"int (*f)(int) = g; int y;",
		 "declare int ( * f ) ( int ) = g ;\ndeclare int y ;\n"},
		{"int x[] = {1, (2)}; int y;",
		 "declare int x [ ] = { 1 , ( 2 ) } ;\ndeclare int y ;\n"},
		{"ALIGN(8) struct { int x; } y; int z;",
		 "declare ALIGN ( 8 ) struct { int x ; } y ;\ndeclare int z ;\n"},
		{"struct s f(int x) { } int y;",
		 "declare struct s f ( int x ) { }\ndeclare int y ;\n"},
		{"__typeof__(1) struct { int x; } y;",
		 "declare __typeof__ ( 1 ) struct { int x ; } y ;\n"},
		{"extern \"C\" { int x; } int y;",
		 "declare extern \" {\ndeclare int x ;\ndeclare }\ndeclare int y ;\n"},
		{"extern \"C\" int f(void) { } int y;",
		 "declare extern \" int f ( void ) { }\ndeclare int y ;\n"},
		{"int f(x) int x; { } int y;",
		 "declare int f ( x ) int x ;\ndeclare { } int y ;\n"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases));
}

static void directives_are_items(void **state)
{
	static const char *const cases[][2] = {
		{"#define A 1\n#define F(x) x\n# define B\n#undef A\n",
		 "define A: 1\ndefine F: ( x ) x\ndefine B: \nundef A: \n"},
		{"#include <a.h>\n#include_next \"b.h\"\n#import \"c.h\"\n",
		 "include # include < a . h >\ninclude # include_next \"\ninclude # import \"\n"},
		{"#\n#pragma once\n#error no\n", "directive # pragma once\ndirective # error no\n"},
		{"#define\n#undef\n#undef (\n", "directive # define\ndirective # undef\n"},
		{"#define A \\\n 1\nint x;", "define A: 1\ndeclare int x ;\n"},
		{"int x = # 1;", "declare int x = # 1 ;\n"},
		{"#if A\n#elif B\n#else\n#endif\nint x;", "if 0 sides AB\ndeclare int x ;\n"},
		{"#ifdef A\n#ifndef B\nint x;\n#endif\nint y;\n#endif\n",
		 "if 0 A\nif 1 @0 B\ndeclare @1 int x ;\ndeclare @0 int y ;\n"},
		{"#if A\n#if B\n#elif C\n#endif\n#elif D\n#define E\n#endif\n",
		 "if 0 sides AD\nif 1 @0 sides BC\ndefine @0 E: \n"},
		{"#if defined(A) && B > 2\nint x;\n#endif",
		 "if 0 definedAB2\ndeclare @0 int x ;\n"},
		{"#if A\nint x;", "if 0 A\ndeclare @0 int x ;\n"},
		{"#endif\n#else\n#elif A\nint x;", "declare int x ;\n"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases));
}

static void conditionals_cut(void **state)
{
	static const char *const cases[][2] = {
		{"struct s { int x;\n#if A\nint y;\n#endif\n};",
		 "if 0 A\ndeclare struct s { int x ; | @0 int y ; | } ;\n"},
		{"int x\n#if A\n= 1\n#endif\n;", "if 0 A\ndeclare cut int x | @0 = 1 | ;\n"},
		{"int f(int x\n#if A\n, int y\n#endif\n);",
		 "if 0 A\ndeclare int f ( int x | @0 , int y | ) ;\n"},
		{"#if A\nstatic\n#endif\nint x;",
		 "if 0 A\ndeclare cut @0 static | int x ;\ntorn\n"},
		{"#if A\nstatic\n#else\nint x;\n#endif\nint y;",
		 "if 0 sides A\ndeclare @0 static | @0 int x ;\ndeclare int y ;\ntorn\n"},
		{"int\n#if A\nx;\n#else\ny;\n#endif\n",
		 "if 0 sides A\ndeclare cut int | @0 x ;\ndeclare @0 y ;\ntorn\n"},
		{"#if A\nint f(int x) {\n#else\nint f(void) {\n#endif\n}",
		 "if 0 sides A\ndeclare cut @0 int f ( int x ) { | @0 int f ( void ) { | }\n"
		 "torn\n"},
		{"struct s {\n#if A\nint x; };\n#else\n};\n#endif\nint y;",
		 "if 0 sides A\ndeclare cut struct s { | @0 int x ; } ;\ndeclare @0 } ;\n"
		 "declare int y ;\ntorn\n"},
		{"#if A\nint x;\n#else\nint y;\n#endif\n",
		 "if 0 sides A\ndeclare @0 int x ;\ndeclare @0 int y ;\n"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases));
}

static void files_may_go_on_elsewhere(void **state)
{
	static const char *const cases[][2] = {
		{"static\n", "declare static\njoint 0 1\n"},
		{"static\n#include <a>\nint x;",
		 "include # include < a >\ndeclare static | int x ;\njoint 0 1\n"},
		{"int x;\n#include <a>\n", "declare int x ;\ninclude # include < a >\n"},
		{"struct s {\n#include <a>\n};",
		 "include # include < a >\ndeclare struct s { | } ;\njoint 0 1\najar\n"},
		{"struct s {", "declare struct s {\njoint 0 1\ntorn\najar\n"},
		{"int x; }; int y;", "declare int x ;\ndeclare }\ndeclare ;\ndeclare int y ;\n"
				     "torn\najar\n"},
		{") int y;", "declare )\ndeclare int y ;\ntorn\najar\n"},
		{"int x <: 2 :>;", "declare int x < : 2 : > ;\najar\n"},
		{"int x < : 2;", "declare int x < : 2 ;\n"},
		{"?\?= x;", "declare ? ? = x ;\najar\n"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(declarations_end),
		cmocka_unit_test(directives_are_items),
		cmocka_unit_test(conditionals_cut),
		cmocka_unit_test(files_may_go_on_elsewhere),
	};

	return cmocka_run_group_tests_name("outline", tests, NULL, NULL);
}
