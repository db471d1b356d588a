/* What an index says of a header, for every form of declaration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "index_dump.h"

struct index_case {
	const char *text, *expected;
};

static void expect(const struct index_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *got = dump_index(cases[i].text, strlen(cases[i].text));

		if (!str_eq(got, cases[i].expected))
			print_message("%s\n", cases[i].text);
		assert_string_equal(got, cases[i].expected);
	}
}

/* A tag is a thing, in what is defined, declared or only mentioned. */
static void tags_are_entities(void **state)
{
	static const struct index_case cases[] = {
		{"struct a { int x; };", "1: struct a\n"},
		{"union a { struct b { int x; } y; };",
		 "1: union a, struct b\nunion a has struct b value y\n"},
		{"struct a;", "1: forward (struct a)\n"},
		{"struct a; struct a { int x; }; struct a;",
		 "1: forward (struct a)\n1: struct a\n1: forward (struct a)\n"},
		{"enum e { A, B, };", "1: enum e\nA of enum e\nB of enum e\n"},
		{"enum { A, B };", "1: enum {A\nA of enum {A\nB of enum {A\n"},
		{"enum e;", "1: (enum e)\n"},
		{"enum e { A }; enum f { B = A, C = sizeof(struct s), }; struct s { int x; };",
		 "1: enum e\n1: enum f\n1: struct s\n"
		 "enum f has enum e complete\nenum f has struct s complete\n"
		 "A of enum e\nB of enum f\nC of enum f\n"},
		{"typedef unsigned char u8;\nenum e : u8 { A };",
		 "1: typedef u8\n2: enum e\nenum e has typedef u8 complete\n"
		 "A of enum e\n"},
		{"typedef unsigned char u8;\nenum e : u8;",
		 "1: typedef u8\n2: (enum e)\nenum e has typedef u8 complete\n"},
		{"enum : unsigned char { A };", "1: enum {A\nA of enum {A\n"},
		{"#if X\nenum e { A, B };\n#else\nenum f { B, C };\n#endif",
		 "1: always\n2: enum e\n3: always\n4: enum f\n5: always\n"
		 "enum e has enum f complete\nA of enum e\nB of enum e\n"
		 "C of enum f\n"},
		{"#if X\nstruct a { int x; };\n#else\n"
		 "struct a { struct b *x; };\n#endif",
		 "1: always\n2: struct a\n3: always\n4: (struct a)\n5: always\n"
		 "struct a has struct b pointer x\n"},
		{"struct __attribute__((packed)) a { int x; };", "1: struct a\n"},
		{"struct a { };", "1: struct a\n"},
		{"struct a { int x; } const;", "1: struct a\n"},
		{"struct a; union b; struct c { struct a *p; union b *q; enum e *r; };",
		 "1: forward (struct a)\n1: forward (union b)\n1: struct c\n"
		 "struct c has struct a pointer p\n"
		 "struct c has union b pointer q\n"
		 "struct c has enum e pointer r\n"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases));
}

/* Members: nested, anonymous, pointed to. */
static void members_refer(void **state)
{
	static const struct index_case cases[] = {
		{"struct b { int x; }; struct a { struct b x, *y, z[3], *w[3], (*v)[3], **u; };",
		 "1: struct b\n1: struct a\nstruct a has struct b value x\n"
		 "struct a has struct b pointer y\n"
		 "struct a has struct b complete z\n"
		 "struct a has struct b pointers w\n"
		 "struct a has struct b complete v\n"
		 "struct a has struct b pointer u\n"},
		{"struct a { struct { struct b *x; union { struct c *y; }; }; struct { struct d "
		 "*v; } z; };",
		 "1: struct a\nstruct a has struct b pointer x\n"
		 "struct a has struct c pointer y\n"
		 "struct a has struct d pointer v\n"},
		{"struct a { struct b { int x; } y; struct b *z; };",
		 "1: struct a, struct b\nstruct a has struct b value y\n"
		 "struct a has struct b pointer z\n"},
		{"struct a { struct b { struct c { int x; } *y; } z[2]; };",
		 "1: struct a, struct b, struct c\n"
		 "struct a has struct b complete z\n"
		 "struct b has struct c pointer y\n"},
		{"struct a { struct b { int x; }; union c; };",
		 "1: struct a, struct b\nstruct a has struct b value\n"
		 "struct a has union c value\n"},
		{"struct a { enum { A, B } x; enum e { C } y : 3; enum e z : 2; enum e : 4; int : "
		 "0; unsigned w : 1, : 2, v : sizeof(struct c); };",
		 "1: struct a, enum {A, enum e\nstruct a has enum {A value x\n"
		 "struct a has enum e value y\nstruct a has enum e value z\n"
		 "struct a has enum e value\nA of enum {A\nB of enum {A\n"
		 "C of enum e\n"},
		{"struct a { u32 x; const u32 *y; volatile u32 z[4]; u32 *const *w; };",
		 "1: struct a\nstruct a has typedef u32 value x\n"
		 "struct a has typedef u32 pointer y\n"
		 "struct a has typedef u32 complete z\n"
		 "struct a has typedef u32 pointer w\n"},
		{"struct a { struct b (*f)(struct c *, struct d x, u32, ...); struct b "
		 "*(*g)(void); u32 (*h)(int (*)(struct c *)); };",
		 "1: struct a\nstruct a has struct c parameter\n"
		 "struct a has struct d argument f\n"
		 "struct a has typedef u32 argument f\n"
		 "struct a has struct b result f\n"
		 "struct a has struct b result g\n"
		 "struct a has struct c parameter\n"
		 "struct a has typedef u32 result h\n"},
		{"struct a { struct b *(*(*f)(struct c *))(struct d *); };",
		 "1: struct a\nstruct a has struct c parameter\n"
		 "struct a has struct d parameter\n"
		 "struct a has struct b result f\n"},
		{"struct a { struct b (*f[4])(struct c (*)[2]); };",
		 "1: struct a\nstruct a has struct c complete\n"
		 "struct a has struct b result f\n"},
		{"struct a { struct a *self; };",
		 "1: struct a\nstruct a has struct a pointer self\n"},
		{"struct a { int x[sizeof(struct b)], y[A]; }; enum { A };",
		 "1: struct a\n1: enum {A\nstruct a has enum {A complete\n"
		 "A of enum {A\n"},
		{"struct a { char x[N]; };\n#define N (A + M)\n"
		 "#define M sizeof(struct b)\nenum { A };",
		 "1: struct a\n2: always\n3: always\n4: enum {A\n"
		 "struct a has enum {A complete\nA of enum {A\nN => A\nN => M\n"},
		{"struct a { typeof(struct b) *x; __typeof__(y_t) z; _Alignas(struct c) int w; };\n"
		 "struct b { int x; }; struct c { int x; }; typedef int y_t;",
		 "1: struct a\n2: struct b\n2: struct c\n2: typedef y_t\n"
		 "struct a has struct b complete\n"
		 "struct a has typedef y_t complete\n"
		 "struct a has struct c complete\n"},
		{"struct a { _Atomic int x; _Atomic(struct b) y; }; struct b { int x; };",
		 "1: struct a\n1: struct b\nstruct a has struct b complete\n"},
		{"struct a { struct b x __tag; struct b *__tag y, z; };",
		 "1: struct a\nstruct a has struct b value x\n"
		 "struct a has struct b value __tag\n"
		 "struct a has struct b pointer __tag\n"
		 "struct a has struct b pointer y\n"
		 "struct a has struct b value z\n"},
		{"struct a { DECLARE(struct b, x); int (*y)(void); u32 (*z)(void); }; struct b { "
		 "int x; }; struct y { int x; };",
		 "1: struct a\n1: struct b\n1: struct y\n"
		 "struct a has struct b complete\n"
		 "struct a has struct y complete\n"},
		{"struct a { __be32 x; unsigned long long y; __int128 z; _Bool w; };",
		 "1: struct a\nstruct a has typedef __be32 value x\n"},
		{"struct a { struct b *__restrict x; struct c *_Nonnull y; };",
		 "1: struct a\nstruct a has struct b pointer x\n"
		 "struct a has struct c pointer y\n"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases));
}

static void typedefs_refer(void **state)
{
	static const struct index_case cases[] = {
		{"typedef struct a { int x; } a_t;",
		 "1: struct a, typedef a_t\ntypedef a_t -> struct a value\n"},
		{"typedef struct a { struct b *x; } a_t, *a_p, a_r[3];",
		 "1: struct a, typedef a_t, typedef a_p, typedef a_r\n"
		 "struct a has struct b pointer x\n"
		 "typedef a_t -> struct a value\n"
		 "typedef a_t -> struct a pointer\n"
		 "typedef a_t -> struct a complete\n"
		 "typedef a_p -> struct a value\n"
		 "typedef a_p -> struct a pointer\n"
		 "typedef a_p -> struct a complete\n"
		 "typedef a_r -> struct a value\n"
		 "typedef a_r -> struct a pointer\n"
		 "typedef a_r -> struct a complete\n"},
		{"typedef struct { struct b *x; struct c y; } a_t;",
		 "1: typedef a_t\ntypedef a_t has struct b pointer x\n"
		 "typedef a_t has struct c value y\n"},
		{"typedef union { int x; } a_t, *a_p;", "1: typedef a_t, typedef a_p\n"},
		{"typedef enum { A, B } e_t; typedef enum e { C } f_t;",
		 "1: enum {A, typedef e_t\n1: enum e, typedef f_t\n"
		 "typedef e_t -> enum {A value\ntypedef f_t -> enum e value\n"
		 "A of enum {A\nB of enum {A\nC of enum e\n"},
		{"typedef struct a *a_p; typedef a_p b_p; typedef b_p c_p[3]; typedef const c_p "
		 "*d_p;",
		 "1: typedef a_p\n1: typedef b_p\n1: typedef c_p\n"
		 "1: typedef d_p\ntypedef a_p -> struct a pointer\n"
		 "typedef b_p -> typedef a_p value\n"
		 "typedef c_p -> typedef b_p complete\n"
		 "typedef d_p -> typedef c_p pointer\n"},
		{"typedef struct a a_r[3]; typedef struct a *p_r[3]; typedef struct a (*r_p)[3];",
		 "1: typedef a_r\n1: typedef p_r\n1: typedef r_p\n"
		 "typedef a_r -> struct a complete\n"
		 "typedef p_r -> struct a pointers\n"
		 "typedef r_p -> struct a complete\n"},
		{"typedef struct a f_t(struct b *, c_t); typedef struct a *(*p_t)(struct b, "
		 "d_t[3]);",
		 "1: typedef f_t\n1: typedef p_t\n"
		 "typedef f_t -> struct b parameter\n"
		 "typedef f_t -> typedef c_t argument\n"
		 "typedef f_t -> struct a result\n"
		 "typedef p_t -> struct b argument\n"
		 "typedef p_t -> typedef d_t complete\n"
		 "typedef p_t -> struct a result\n"},
		{"typedef int (*f_t)(struct a (*)(struct b *));",
		 "1: typedef f_t\ntypedef f_t -> struct b parameter\n"
		 "typedef f_t -> struct a parameter\n"},
		{"typedef int i_t, *j_t; int typedef k_t;",
		 "1: typedef i_t, typedef j_t\n1: typedef k_t\n"},
		{"typedef struct a a_t; struct a { a_t *x; };",
		 "1: typedef a_t\n1: struct a\n"
		 "struct a has typedef a_t pointer x\n"
		 "typedef a_t -> struct a value\n"},
		{"typedef u32 a_t; typedef u32 u32;", "1: typedef a_t\n1: typedef u32\n"
						      "typedef u32 -> typedef u32 value\n"
						      "typedef a_t -> typedef u32 value\n"},
		{"typedef int (f_t)(struct a); typedef int (i_t);",
		 "1: typedef f_t\n1: typedef i_t\n"
		 "typedef f_t -> struct a argument\n"},
		{"typedef __u32 __attribute__((bitwise)) __wsum; typedef "
		 "__attribute__((vector_size(sizeof(struct a)))) int v_t;\n"
		 "struct a { int x; };",
		 "1: typedef __wsum\n1: typedef v_t\n2: struct a\n"
		 "typedef __wsum -> typedef __u32 value\n"
		 "typedef v_t has struct a complete\n"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases));
}

static void functions_and_variables_refer(void **state)
{
	static const struct index_case cases[] = {
		{"int f(void); extern struct a *g(struct b *, u32 x, ...); struct a x; extern "
		 "const struct a *y[3];",
		 "1: function f\n1: function g\n1: variable x\n1: variable y\n"
		 "function g -> struct b parameter\n"
		 "function g -> typedef u32 argument\n"
		 "function g -> struct a result\nvariable x -> struct a value\n"
		 "variable y -> struct a pointers\n"},
		{"extern int x, *f(struct a), (*p)(struct a *);",
		 "1: variable x, function f, variable p\n"
		 "variable x -> struct a argument\n"
		 "variable x -> struct a parameter\n"
		 "function f -> struct a argument\n"
		 "function f -> struct a parameter\n"
		 "variable p -> struct a argument\n"
		 "variable p -> struct a parameter\n"},
		{"int f(void) __ksym; extern int g(struct a *) __weak __ksym;\n"
		 "#define __ksym __attribute__((section(\".ksyms\")))\n"
		 "#define __weak",
		 "1: function f\n1: function g\n2: always\n3: always\n"
		 "function g -> struct a parameter\n"},
		{"static long (* const h)(struct a *x) = (void *) 2;",
		 "1: variable h\nvariable h -> struct a parameter\n"},
		{"int x = sizeof(struct a), y[] = { A, B }; enum { A, B };",
		 "1: variable x, variable y\n1: enum {A\n"
		 "variable x has enum {A complete\n"
		 "variable x has enum {A complete\n"
		 "variable y has enum {A complete\n"
		 "variable y has enum {A complete\nA of enum {A\nB of enum {A\n"},
		{"struct a { int x; } y, *z;",
		 "1: struct a, variable y, variable z\n"
		 "variable y -> struct a value\nvariable y -> struct a pointer\n"
		 "variable z -> struct a value\nvariable z -> struct a pointer\n"},
		{"struct { struct b *x; } y;",
		 "1: variable y\nvariable y has struct b pointer x\n"},
		{"enum { A } x;", "1: enum {A, variable x\nvariable x -> enum {A value\n"
				  "A of enum {A\n"},
		{"int f(struct a { int x; } *p);",
		 "1: struct a, function f\nfunction f -> struct a parameter\n"},
		{"int f(int (*)(struct a *), struct b (*)[2], struct c [3]);",
		 "1: function f\nfunction f -> struct a parameter\n"
		 "function f -> struct b complete\n"
		 "function f -> struct c complete\n"},
		{"extern int x __attribute__((section(\".kconfig\"))); int y asm(\"z\");",
		 "1: variable x\n1: variable y\n"},
		{"inline int f(struct a *p);", "1: function f\nfunction f -> struct a parameter\n"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases));
}

/* What the body mentions comes with the name. */
static void functions_with_bodies_are_code(void **state)
{
	static const struct index_case cases[] = {
		{"static inline int f(struct a *p) { struct b x; return g(A) + M; } enum { A };\n"
		 "#define M A\nint g(int);",
		 "1: function f code\n1: enum {A\n2: always\n3: function g\n"
		 "function f -> struct a parameter\nA of enum {A\nf => a\n"
		 "f => g\nf => A\nf => M\nM => A\n"},
		{"static __always_inline u32 f(u32 x) { return x; }", "1: always code\n"},
		{"#define __always_inline inline\n"
		 "typedef unsigned u32; static __always_inline u32 f(u32 x) { return x; }",
		 "1: always\n2: typedef u32\n2: function f code\n"
		 "function f -> typedef u32 argument\n"
		 "function f -> typedef u32 result\nf => __always_inline\n"
		 "f => u32\nf => u32\n"},
		{"int f(void) { { } if (1) { } };\nint x;", "1: function f code\n2: variable x\n"},
		{"static struct a *f(void) { return 0; }\nint g(int x)\n{\n"
		 "#define A x\n\treturn A;\n}",
		 "1: function f code\n2: always function g code\n"
		 "function f -> struct a result\nf => a\nalways: g\n"},
		{"static inline __attribute__((unused)) int f(void) { return sizeof(struct { int "
		 "x; }); }",
		 "1: function f code\n"},
		{"int (f)(void) { return 0; }", "1: function f code\n"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases));
}

/* Words of attributes are no names; what their arguments mention is used. */
static void attributes_stand_anywhere(void **state)
{
	static const struct index_case cases[] = {
		{"struct a { int x; } __attribute__((packed)); struct packed { int x; };",
		 "1: struct a\n1: struct packed\n"},
		{"struct a { int x; } __attribute__((aligned(sizeof(struct b)))); struct b { int "
		 "x; };",
		 "1: struct a\n1: struct b\nstruct a has struct b complete\n"},
		{"struct __attribute__((aligned(sizeof(struct b)))) a { int x; }; struct b { int "
		 "x; };",
		 "1: struct a\n1: struct b\nstruct a has struct b complete\n"},
		{"struct a { int x __attribute__((aligned(sizeof(struct b)))), y; } "
		 "__attribute__((packed, aligned(8)));\n"
		 "struct b { int x; }; struct packed { int x; };",
		 "1: struct a\n2: struct b\n2: struct packed\n"
		 "struct a has struct b complete\n"},
		{"typedef int t __attribute__((mode(byte))); struct byte { int x; };",
		 "1: typedef t\n1: struct byte\n"
		 "typedef t has struct byte complete\n"},
		{"struct a { struct b __attribute__((btf_type_tag(\"user\"))) *x; struct b *y; };",
		 "1: struct a\nstruct a has struct b complete x\n"
		 "struct a has struct b pointer y\n"},
		{"struct a { struct b *__attribute__((btf_type_tag(\"user\"))) x; struct b *y; };",
		 "1: struct a\nstruct a has struct b complete x\n"
		 "struct a has struct b pointer y\n"},
		{"struct a { struct b __attribute__((btf_type_tag(\"user\"))) *(*f)(struct c *); "
		 "struct b *(*g)(struct c __attribute__((btf_type_tag(\"user\"))) *); };",
		 "1: struct a\nstruct a has struct c parameter\n"
		 "struct a has struct b complete f\n"
		 "struct a has struct c complete\n"
		 "struct a has struct b result g\n"},
		{"struct a { struct { int x; } __attribute__((packed)); struct b *y; } "
		 "__attribute__((preserve_access_index));",
		 "1: struct a\nstruct a has struct b pointer y\n"},
		{"typedef struct b __attribute__((btf_type_tag(\"rcu\"))) *b_p;",
		 "1: typedef b_p\ntypedef b_p -> struct b complete\n"},
		{"struct a { struct b __attribute__((address_space(1))) *x; };",
		 "1: struct a\nstruct a has struct b pointer x\n"},
		{"enum e { A __attribute__((deprecated)) = 1, B } __attribute__((packed)); struct "
		 "deprecated { int x; };",
		 "1: enum e\n1: struct deprecated\nA of enum e\nB of enum e\n"},
		{"__attribute__((packed)) struct a { int x; };", "1: struct a\n"},
		{"__extension__ typedef struct a *b;",
		 "1: typedef b\ntypedef b -> struct a pointer\n"},
		{"struct a { _Alignas(16) struct b x; __attribute__((aligned(8))) struct c y; };",
		 "1: struct a\nstruct a has struct b value x\n"
		 "struct a has struct c value y\n"},
		{"_Alignas(16) int x;", "1: variable x\n"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases));
}

/* All that a struct of that form mentions is used; anything else belongs to every slice. */
static void what_is_not_understood_is_kept(void **state)
{
	static const struct index_case cases[] = {
		{"_Static_assert(sizeof(struct a) == 4, \"A\"); struct a { int x; };",
		 "1: always code\n1: struct a\nalways: a\n"},
		{"DECLARE(struct a); int x; struct a { int x; };",
		 "1: always code\n1: variable x\n1: struct a\nalways: a\n"},
		{"DECLARE(a) struct b { int x; };\nint y;", "1: always code\n2: variable y\n"},
		{"struct a { LIST(struct b) x; int y; }; struct b { int x; }; struct c { int y; };",
		 "1: struct a\n1: struct b\n1: struct c\n"
		 "struct a has struct b complete\n"},
		{"struct a { struct b { MACRO(x); } y; enum { A } z; };",
		 "1: always struct a, struct b code\nalways: a b\n"},
		{"struct a { int x; int (y; int z) };",
		 "1: struct a\nstruct a has typedef y complete\n"},
		{"DECLARE;\n"
		 "extern MACRO u32 f(struct a *), g(void); struct a { int x; };",
		 "1: always code\n2: always code\n2: struct a\nalways: a\n"},
		{"MACRO u32 h(struct a *);", "1: always code\n"},
		{"struct a { struct { MACRO(x); }; int y; };", "1: struct a\n"},
		{"typedef struct { LIST(b) x; } a_t; struct b { int y; };",
		 "1: always code\n1: struct b\nalways: b\n"},
		{"asm(\"nop\"); int x;", "1: always code\n1: variable x\n"},
		{"int;\nstruct { int x; };\nstruct b;", "1:\n2:\n3: forward (struct b)\n"},
		{"struct a {\n\tint x;\n#define A 1\n\tstruct b *y;\n"
		 "}; struct b { int x; };",
		 "1: always struct a\n5: struct b\n"
		 "struct a has struct b pointer y\nalways: a b\n"},
		{"struct a {\n#pragma pack(1)\n\tint x;\n};", "1: always struct a\nalways: a\n"},
		{"_Pragma(\"x\") int x;", "1: always code\n"},
		{"typedef int;", "1:\n"},
		{"1 + 1;", "1: always code\n"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases));
}

static void conditionals_may_lie_within(void **state)
{
	static const struct index_case cases[] = {
		{"struct a {\n#ifdef A\n\tstruct b *x;\n#else\n\tstruct c x;\n"
		 "#endif\n};",
		 "1: struct a\nstruct a has struct b pointer x\n"
		 "struct a has struct c value x\n"},
		{"enum e {\n\tA,\n#if B\n\tC,\n#endif\n};",
		 "1: enum e\nA of enum e\nC of enum e\n"},
		{"#if A\n#if B\nint x;\n#endif\n#elif C\nint y;\n#else\nint z;\n"
		 "#endif",
		 "1: always\n2: always\n3: variable x\n4: always\n5: always\n"
		 "6: variable y\n7: always\n8: variable z\n9: always\n"},
		{"#ifdef A\nint x\n#ifdef B\n[3]\n#else\n[4]\n#endif\n;\n#endif",
		 "1: always\n2: variable x\n9: always\n"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases));
}

static void macros_bring_along_what_they_mention(void **state)
{
	static const struct index_case cases[] = {
		{"#define A sizeof(struct a)\n#define B(x) (A + C + x)\n"
		 "struct a { int x; }; enum { C };",
		 "1: always\n2: always\n3: struct a\n3: enum {C\nC of enum {C\n"
		 "A => a\nB => A\nB => C\n"},
		{"#define A b_t\n#undef A\n#define A c_t\ntypedef int b_t, c_t;",
		 "1: always\n2: always\n3: always\n4: typedef b_t, typedef c_t\n"
		 "A => b_t\nA => c_t\n"},
		{"  #  define A \\\n b_t /* c_t */ \"c_t\"\n"
		 "typedef int b_t, c_t;",
		 "1: always\n3: typedef b_t, typedef c_t\nA => b_t\n"},
		{"#define\n#define 3\n#pragma clang attribute push(a)\nint a;\n"
		 "#include \"b.h\"",
		 "1: always\n2: always\n3: always\n4: variable a\n5: always\n"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases));
}

static void lines_may_end_in_several_ways(void **state)
{
	static const struct index_case cases[] = {
		{"", ""},
		{"\n", ""},
		{";;\n;", ""},
		{"// nothing", ""},
		{"/* nothing", ""},
		{"int x;", "1: variable x\n"},
		{"#define A", "1: always\n"},
		{"#", "1: always\n"},
		{"# 3 \"vmlinux.h\"\n", "1: always\n"},
		{"\xef\xbb\xbfint x;\n", "1: variable x\n"},
		{"int x;\r\n#define A \\\r\n y\r\nint y;\r\n",
		 "1: variable x\n2: always\n4: variable y\nA => y\n"},
		{"int\r\nx\r\n;\r\n\r\nint y;", "1: variable x\n5: variable y\n"},
	};
	_cleanup_free_ char *got = dump_index("int x;\0int y;\0", 14);

	(void)state;
	expect(cases, ARRAY_SIZE(cases));
	assert_string_equal(got, "1: variable x\n1: variable y\n");
}

static void names_may_have_other_characters(void **state)
{
	static const struct index_case cases[] = {
		{"struct a$b { int $; }; struct a$b *$x;",
		 "1: struct a$b\n1: variable $x\nvariable $x -> struct a$b pointer\n"},
		{"struct \xc3\xa9t\xc3\xa9 { int x; }; struct \xc3\xa9t\xc3\xa9 \xe6\x97\xa5;",
		 "1: struct \xc3\xa9t\xc3\xa9\n1: variable \xe6\x97\xa5\n"
		 "variable \xe6\x97\xa5 -> struct \xc3\xa9t\xc3\xa9 value\n"},
		/* Other names than those that a word of them spells. */
		{"struct st { int x; }; struct s { int x; }; struct str { struct s y; };",
		 "1: struct st\n1: struct s\n1: struct str\nstruct str has struct s value y\n"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases));
}
int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_are_entities),
		cmocka_unit_test(members_refer),
		cmocka_unit_test(typedefs_refer),
		cmocka_unit_test(functions_and_variables_refer),
		cmocka_unit_test(functions_with_bodies_are_code),
		cmocka_unit_test(attributes_stand_anywhere),
		cmocka_unit_test(what_is_not_understood_is_kept),
		cmocka_unit_test(conditionals_may_lie_within),
		cmocka_unit_test(macros_bring_along_what_they_mention),
		cmocka_unit_test(lines_may_end_in_several_ways),
		cmocka_unit_test(names_may_have_other_characters),
	};

	return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
