/* What a slice consists of: the table of docs/design.md, forward declarations, lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "slice_room.h"

#define PUSH                                                                               \
	"#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = " \
	"record)\n"
#define POP "#pragma clang attribute pop\n"

struct slice_case {
	const char *header, *wanted, *expected;
};

static void expect(const struct slice_case *cases, size_t n, bool keep_lines)
{
	for (size_t i = 0; i < n; i++) {
		struct slice_room r;
		_cleanup_free_ char *got = NULL;

		room_open(&r, cases[i].header);
		got = room_cut(&r, cases[i].wanted, keep_lines);
		if (!str_eq(got, cases[i].expected))
			print_message("%s wanted of\n%s\n", cases[i].wanted, cases[i].header);
		assert_string_equal(got, cases[i].expected);
		room_close(&r);
	}
}

/* docs/design.md: what a unit mentions, and what of the header that needs. */
static void the_rule_for_what_is_mentioned(void **state)
{
	static const struct slice_case cases[] = {
		{"struct a { int x; };\nstruct b { struct a *y; };\n", "b",
		 "struct a;\nstruct b { struct a *y; };\n"},
		{"struct a { int x; };\nstruct b { struct a y; };\nunion c { int x; };\n", "b",
		 "struct a { int x; };\nstruct b { struct a y; };\n"},
		{"struct a { int x; };\nstruct b { int x; };\n", "", ""},
		{"struct a { int x; };\n", "nothing", ""},
		{"struct a { struct b *x; };\nstruct b { int y; };\ntypedef struct a "
		 "*a_p;\ntypedef a_p b_p;\n",
		 "b_p",
		 "struct b;\nstruct a { struct b *x; };\ntypedef struct a *a_p;\ntypedef a_p "
		 "b_p;\n"},
		{"struct a { int y; };\ntypedef struct a *a_p;\nstruct b { a_p x; };\n", "b",
		 "struct a;\ntypedef struct a *a_p;\nstruct b { a_p x; };\n"},
		{"struct a { int y; };\ntypedef struct a *a_p;\nstruct b { a_p x; };\n", "b x",
		 "struct a { int y; };\ntypedef struct a *a_p;\nstruct b { a_p x; };\n"},
		{"struct a { int y; };\ntypedef struct a a_t;\nstruct b { a_t x; };\nstruct c { "
		 "a_t *x; };\n",
		 "b", "struct a { int y; };\ntypedef struct a a_t;\nstruct b { a_t x; };\n"},
		{"struct a { int y; };\ntypedef struct a a_t;\nstruct b { a_t x; };\nstruct c { "
		 "a_t *x; };\n",
		 "c", "struct a;\ntypedef struct a a_t;\nstruct c { a_t *x; };\n"},
		{"struct a { int y; };\nstruct b { int z; };\ntypedef struct a *f_t(struct b "
		 "*);\nstruct c { f_t *f; };\n",
		 "f_t",
		 "struct a { int y; };\nstruct b { int z; };\ntypedef struct a *f_t(struct b "
		 "*);\n"},
		{"struct a { int y; };\nstruct b { int z; };\ntypedef struct a *f_t(struct b "
		 "*);\nstruct c { f_t *f; };\n",
		 "c f",
		 "struct a;\nstruct b;\ntypedef struct a *f_t(struct b *);\nstruct c { f_t *f; "
		 "};\n"},
		{"struct a { int x; };\nstruct b { int (*f)(struct a); };\n", "b",
		 "struct a;\nstruct b { int (*f)(struct a); };\n"},
		{"struct a { int x; };\nstruct b { int (*f)(struct a); };\n", "b f",
		 "struct a { int x; };\nstruct b { int (*f)(struct a); };\n"},
		{"enum { A, B };\nenum e { C };\nenum { D };\n", "B", "enum { A, B };\n"},
		{"enum e { A };\nstruct a { enum e *x; };\n", "a",
		 "enum e { A };\nstruct a { enum e *x; };\n"},
		{"struct a { struct c *x; };\nstruct b { int y; };\nstruct c { int z; };\nextern "
		 "struct a *f(struct b *p);\n",
		 "f",
		 "struct c;\nstruct a { struct c *x; };\nstruct b { int y; };\nextern struct a "
		 "*f(struct b *p);\n"},
		{"struct a { struct c *x; };\nstruct c { int z; };\nextern struct a v;\n", "v",
		 "struct c;\nstruct a { struct c *x; };\nextern struct a v;\n"},
		{"struct a { int x; };\n#define M(p) ((struct a *)p)->x + N\n#define N A\nenum { A "
		 "};\nenum { B };\n",
		 "M",
		 "struct a { int x; };\n#define M(p) ((struct a *)p)->x + N\n#define N A\nenum { A "
		 "};\n"},
		{"struct a { int x; };\nstatic inline int f(void) { return sizeof(struct a); "
		 "}\nstatic inline int g(void) { return f(); }\n",
		 "g",
		 "struct a { int x; };\nstatic inline int f(void) { return sizeof(struct a); "
		 "}\nstatic inline int g(void) { return f(); }\n"},
		{"struct a;\nstruct b { struct a *x; };\n", "a", "struct a;\n"},
		{"struct a { int x; };\nDECLARE(a);\nstruct b { int x; };\n", "",
		 "struct a;\nstruct a { int x; };\nDECLARE(a);\n"},
		{"#define D(x)\nD(x) struct a { int y; };\nint z;\nint y;\n", "z",
		 "#define D(x)\nD(x) struct a { int y; };\nint z;\nint y;\n"},
		{"typedef struct { int x; } a_t, *a_p;\nstruct b { a_p y; };\n", "b",
		 "typedef struct { int x; } a_t, *a_p;\nstruct b { a_p y; };\n"},
		{"struct a { struct b { int x; } *y; };\nstruct c { struct b *z; };\n", "c",
		 "struct b;\nstruct c { struct b *z; };\n"},
		{"struct a { struct b { int x; } *y; };\nstruct c { struct b z; };\n", "c",
		 "struct a { struct b { int x; } *y; };\nstruct c { struct b z; };\n"},
		{"struct b { int z; };\n#if X\nstruct a { int x; };\n#else\nstruct a { struct b y; "
		 "};\n#endif\n",
		 "a",
		 "struct b { int z; };\n#if X\nstruct a { int x; };\n#else\nstruct a { struct b y; "
		 "};\n#endif\n"},
		{"#if X\nenum { A, B };\n#else\nenum { B, C };\n#endif\n", "A",
		 "#if X\nenum { A, B };\n#else\nenum { B, C };\n#endif\n"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases), false);
}

/* What a complete type needs. */
static void the_rule_for_members(void **state)
{
	static const struct slice_case cases[] = {
		{"struct b { int y; };\nstruct a { struct b *x, *z; };\n", "a x",
		 "struct b { int y; };\nstruct a { struct b *x, *z; };\n"},
		{"struct b { int y; };\nstruct a { struct { union { struct b *x; }; } z; };\n",
		 "a z", "struct b;\nstruct a { struct { union { struct b *x; }; } z; };\n"},
		{"struct b { int y; };\nstruct a { struct { union { struct b *x; }; } z; };\n",
		 "a x",
		 "struct b { int y; };\nstruct a { struct { union { struct b *x; }; } z; };\n"},
		{"struct b { int y; };\nstruct a { struct b *(*f)(void), *(*g)(struct b *); };\n",
		 "a g",
		 "struct b { int y; };\nstruct a { struct b *(*f)(void), *(*g)(struct b *); };\n"},
		{"struct b { int y; };\nstruct a { struct b *(*f)(void), *(*g)(struct b *); };\n",
		 "a", "struct b;\nstruct a { struct b *(*f)(void), *(*g)(struct b *); };\n"},
		{"struct b { int y; };\nstruct a { int (*f)(struct b *); };\n", "a f",
		 "struct b;\nstruct a { int (*f)(struct b *); };\n"},
		{"struct b { int y; };\nstruct a { struct b (*x)[2]; };\n", "a",
		 "struct b { int y; };\nstruct a { struct b (*x)[2]; };\n"},
		{"struct b { int y; };\nstruct a { struct b *x[2]; };\n", "a",
		 "struct b;\nstruct a { struct b *x[2]; };\n"},
		{"struct b { int y; };\ntypedef struct b b_r[2];\nstruct a { b_r *x; };\n", "a",
		 "struct b { int y; };\ntypedef struct b b_r[2];\nstruct a { b_r *x; };\n"},
		{"struct b { int y; };\nstruct a { struct b __attribute__((btf_type_tag(\"rcu\"))) "
		 "*x; };\n",
		 "a",
		 "struct b { int y; };\nstruct a { struct b __attribute__((btf_type_tag(\"rcu\"))) "
		 "*x; };\n"},
		{"struct b { int y; };\nstruct a { char x[sizeof(struct b)]; };\n", "a",
		 "struct b { int y; };\nstruct a { char x[sizeof(struct b)]; };\n"},
		{"#define __rcu\nstruct b { int y; };\nstruct a { struct b *__rcu x; };\n", "a x",
		 "#define __rcu\nstruct b { int y; };\nstruct a { struct b *__rcu x; };\n"},
		{"struct a { struct b *x; };\nstruct b { struct c *y; };\nstruct c { struct d *z; "
		 "};\nstruct d { int w; };\n",
		 "a x y",
		 "struct b;\nstruct c;\nstruct d;\nstruct a { struct b *x; };\nstruct b { struct c "
		 "*y; };\nstruct c { struct d *z; };\n"},
		{"struct a { struct a *x; };\n", "a x", "struct a { struct a *x; };\n"},
		{"struct c { int x; };\nstruct b { struct c y; };\nstruct a { struct b *x; struct "
		 "c *z; };\n",
		 "a", "struct c;\nstruct b;\nstruct a { struct b *x; struct c *z; };\n"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases), false);
}

static void forward_declarations_have_their_region(void **state)
{
	static const struct slice_case cases[] = {
		{"struct b;\nint f(struct b *p);\n" PUSH
		 "struct a { struct b *x; };\nstruct b { int y; };\n" POP,
		 "f",
		 "struct b;\nint f(struct b *p);\n" PUSH "struct b;\nstruct b { int y; };\n" POP},
		{"struct b;\nint f(struct b *p);\n" PUSH
		 "struct a { struct b *x; };\nstruct b { int y; };\n" POP,
		 "a", "struct b;\n" PUSH "struct b;\nstruct a { struct b *x; };\n" POP},
		{"int g(void);\n" PUSH "struct a { struct b *x; };\nstruct b { int y; };\n" POP
		 "int f(struct b *p);\n",
		 "f", PUSH "struct b { int y; };\n" POP "int f(struct b *p);\n"},
		{PUSH "struct a { int x; };\n" POP PUSH "struct b { int x; };\n" POP
		      "struct c { int x; };\n",
		 "b", PUSH "struct a;\n" POP PUSH "struct b { int x; };\n" POP},
		{PUSH "#ifdef X\nstruct a { int x; };\n#endif\nstruct b { struct a *x; };\nstruct "
		      "c { struct d *y; };\nstruct d { int z; };\n" POP,
		 "c b",
		 PUSH "#ifdef X\n#endif\nstruct a;\nstruct d;\nstruct b { struct a *x; };\nstruct "
		      "c { struct d *y; };\n" POP},
		{PUSH "struct d;\nstruct a { struct d *x; };\n" POP "struct c { struct d *y; };\n",
		 "c", PUSH "struct a;\nstruct d;\n" POP "struct c { struct d *y; };\n"},
		{"struct a { struct d *y; };\nstruct d;\nint f(struct d *);\n", "a",
		 "struct d;\nstruct a { struct d *y; };\nstruct d;\n"},
		{"struct a { struct d *y; };\nstruct d;\nint f(struct d *);\n", "f",
		 "struct d;\nint f(struct d *);\n"},
		{"struct b;\nDECLARE(struct b *p);\nstruct b { int x; };\n", "",
		 "struct b;\nDECLARE(struct b *p);\nstruct b { int x; };\n"},
		{"struct a { struct b *x; };\nunion b;\nunion b { int x; };\nunion b;\n", "b",
		 "union b { int x; };\n"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases), false);
}

/* Everything that stays stands where it stood; forward declarations go before the first. */
static void lines_are_kept_when_they_are_to_be(void **state)
{
	static const struct slice_case cases[] = {
		{"struct a { int x; };\n", "a", "struct a { int x; };\n"},
		{"\n\nstruct a { int x; };\n", "a", "\n\nstruct a { int x; };\n"},
		{"/* one\n * two\n */ struct a {\n\tint x;\n}; /* three\n */\nstruct b {\n\tstruct "
		 "a y;\n};",
		 "b", "\n\nstruct a {\n\tint x;\n};\n\nstruct b {\n\tstruct a y;\n};\n"},
		{"struct a { int x; };\nstruct b { int x; };\nstruct c { int x; };\n", "c",
		 "\n\nstruct c { int x; };\n"},
		{"struct a { int x; }; struct b { int x; }; struct c { int x; };\n", "c",
		 "struct c { int x; };\n"},
		{"int x;\nstruct a { int x; }; struct b { int x; }; struct c { int x; };\n", "c a",
		 "\nstruct a { int x; }; struct c { int x; };\n"},
		{"#define A \\\n\tb\n#define C /* d\n */ e\nstruct a { int x; };\n", "a",
		 "#define A \\\n\tb\n#define C /* d\n */ e\nstruct a { int x; };\n"},
		{"#define A\n\nint x;\nstruct a { struct b *y; };\nstruct b { int x; };\n", "a",
		 "#define A\n\nstruct b; \nstruct a { struct b *y; };\n"},
		{"struct a {\r\n\tint x;\r\n};\r\n\r\nint y;\r\n", "y x", "\n\n\n\nint y;\n"},
		{PUSH "struct a { struct b *x; };\n" POP "\nint f(struct b *);\n", "f",
		 PUSH "struct a; struct b; \n" POP "\nint f(struct b *);\n"},
		{"", "", "\n"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases), true);
}

/* Whose lines objects show. */
static void code_is_told(void **state)
{
	static const struct {
		const char *header, *wanted;
		bool has_code;
	} cases[] = {
		{"int f(void) { return 0; } int x;", "f", true},
		{"int f(void) { return 0; } int x;", "x", false},
		{"#define M f()\nint f(void) { return 0; }", "M", true},
		{"DECLARE(f)\nint x;", "x", true},
		{"struct a { LIST(f) x; }; int y;", "a", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct slice_room r;

		room_open(&r, cases[i].header);
		for (int again = 0; again < 2; again++) {
			free(room_cut(&r, cases[i].wanted, false));
			assert_int_equal(r.slice.has_code, cases[i].has_code);
			free(room_cut(&r, "nothing", false));
		}
		room_close(&r);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rule_for_what_is_mentioned),
		cmocka_unit_test(the_rule_for_members),
		cmocka_unit_test(forward_declarations_have_their_region),
		cmocka_unit_test(lines_are_kept_when_they_are_to_be),
		cmocka_unit_test(code_is_told),
	};

	return cmocka_run_group_tests_name("slice", tests, NULL, NULL);
}
