/* Units whose declarations, and what is in them, depend on the architecture: used, or in effect. */
#include "depends_room.h"

/* What is declared matters where it is mentioned. */
static void declarations_wait_for_a_use(void **state)
{
	static const char *const declarations[] = {
		"typedef char name[A];\n",
		"typedef struct { int x[A]; } name;\n",
		"typedef int (*name)(int (*)[A]);\n",
		"typedef int (*const name[A])(void);\n",
		"struct name { int x[A]; };\n",
		"struct name { int x : A; };\n",
		"struct name { int x; } __attribute__((aligned(A)));\n",
		"struct __attribute__((aligned(A))) name { int x; };\n",
		"struct outer { struct name { int x[A]; } in; };\n",
		"struct outer { union { struct name { int x[A]; } in; }; };\n",
		"union name { int x[A]; };\n",
		"enum tag { name = A };\n",
		"enum { one, name = A };\n",
		"enum name { one = A };\n",
		"struct outer { enum { name = A } e; };\n",
		"typedef enum { name = A } e_t;\n",
		"extern int name[A];\n",
		"extern int other, name[A];\n",
		"extern int name __attribute__((section(\".ksyms\"), aligned(A)));\n",
		"int name(int (*)[A]);\n",
		"extern int name(int (*)[A]);\n",
		"static int name = A;\n",
		"static const int name[] = {1, A};\n",
		"static int other = 1, name = A;\n",
		"static int other[2], (*name)[A];\n",
		"static int (*name)(int (*)[A]);\n",
		"static int (*name)(void) = (void *)A;\n",
		"static name = A;\n",
		"static struct { int x; } name = {A};\n",
		"static inline int name(void) { return A; }\n",
		"static int name(int x) { if (x) { return A; } return 0; }\n",
		"static int name(int (*p)[A]);\n",
		"static __attribute__((unused)) int name(void) { return A; }\n",
		"static int __attribute__((section(\"x\"))) name(void) { return A; }\n",
		"static int x[sizeof(struct name { int y[A]; })];\n",
		"static int x = sizeof(enum { name = A });\n",
		"enum { one = sizeof(struct name { int x[A]; }) };\n",
		"struct __attribute__((aligned(sizeof(struct name { int x[A]; })))) s { int x; "
		"};\n",
		"#define INIT {1, A}\nstatic int name[] = INIT;\n",
		"static __typeof__(struct name { int y[A]; }) *x;\n",
		"static int used_by_name(void) { return A; }\n"
		"static int name(void) { return used_by_name(); }\n",
		"static int (*const by_name[])(void);\nstatic int f(void) { return A; }\n"
		"static int (*const by_name[])(void) = {f};\n"
		"static int name(void) { return by_name[0](); }\n",
		IF "typedef int name;\n" END,
		IF "struct name;\n" END,
		IF "extern struct name x;\n" END,
		IF "typedef struct name *p_t;\n" END,
		IF "struct s { struct name *p; };\n" END,
		IF "static enum name f(void);\n" END,
	};

	for (size_t i = 0; i < ARRAY_SIZE(declarations); i++) {
		_cleanup_free_ char *unused = xasprintf(ARCH "%s" PROG, declarations[i]);
		_cleanup_free_ char *used =
			xasprintf(ARCH "%s" PROG_USES("sizeof(name)"), declarations[i]);
		const struct unit units[] = {{unused, NULL}, {used, DEPENDS}};

		expect(*state, units, ARRAY_SIZE(units));
	}
}

/* These are in the object whoever mentions them; or they are not understood. */
static void some_declarations_have_an_effect(void **state)
{
	static const char *const declarations[] = {
		"int name = A;\n",
		"const int name[] = {A};\n",
		"int name[A];\n",
		"int *name, *other[A];\n",
		"int f(void), name[A];\n",
		"name[A];\n",
		"int (*name)(int (*)[A]);\n",
		"int (*name[A])(void);\n",
		"int (name)[A];\n",
		"struct { int x[A]; } name;\n",
		"struct s { int x[A]; } name;\n",
		"enum { one = A } name;\n",
		"extern int name = A;\n",
		"extern int name(void) { return A; }\n",
		"int name(void) { return A; }\n",
		"inline int name(void) { return A; }\n",
		"int name(x) int x; { return A; }\n",
		"static int name(x) int x; { return A; }\n",
		"__attribute__((weak)) int name(void) { return A; }\n",
		"#define __weak __attribute__((weak))\n__weak int name(void) { return A; }\n",
		"static int name(void) { extern int x[A] __attribute__((weak)); return 0; }\n",
		/* Attributes. */
		"static int name __attribute__((used)) = A;\n",
		"static int name __attribute__((__used__)) = A;\n",
		"static __attribute__((section(\"x\"), used)) int name = A;\n",
		"[[gnu::used]] static int name = A;\n",
		"#define ALIGN(n) __attribute__((aligned(n)))\nALIGN(8) struct { int x[A]; } "
		"name;\n",
		"static int (*name __attribute__((used)))(void) = (void *)A;\n",
		"static int __attribute__((constructor)) name(void) { return A; }\n",
		"static int f(void) { return 1; }\n"
		"int name(int (*)[A]) __attribute__((alias(\"f\")));\n",
		"#define USED __attribute__((used))\nstatic USED int name = A;\n",
		"#define U used\n#define USED __attribute__((U))\nstatic int name USED = A;\n",
		"#define ATTR(x) __attribute__((x))\nstatic int name ATTR(used) = A;\n",
		"#define ATTR(x) __attribute__((__##x##__))\nstatic int name ATTR(used) = A;\n",
		"#define SEC(n) __attribute__((section(n), used))\n"
		"static struct { int x[A]; } name SEC(\".maps\");\n",
		"#define SEC(n) _Pragma(\"GCC diagnostic push\") __attribute__((section(n)))\n"
		"static int name SEC(\"x\") = A;\n",
		/* Others. */
		"_Static_assert(A, \"\");\n",
		"__asm__(\".set x, %0\" : : \"i\"(A));\n",
		"static int name(void) { return A + __COUNTER__; }\n",
		"#define NEXT __COUNTER__\nstatic int name(void) { return A + NEXT; }\n",
		"static int name = A __COUNTER__;\n",
		"static int name(void) { _Pragma(\"pack(1)\") return A; }\n",
		"#define PACK _Pragma(\"pack(1)\")\nstatic int name(void) { PACK return A; }\n",
		"#define PRAGMA(x) _Pragma(#x)\nstatic int name(void) { PRAGMA(pack(A)) }\n",
		"#define PRAGMA(x) _Pragma(#x)\nPRAGMA(pack(A))\n",
		"#pragma pack(A)\n",
		"A;\n",
		"DECLARE(A);\n",
		"DECLARE(A)\nint x;\n",
		"{ A }\n",
		/* Macros in the place of declarations. */
		"#define STATIC static\nSTATIC int name = A;\n",
		"#define INLINE static inline\nINLINE int name(void) { return A; }\n",
		"#define DECLARE(n) int n = A;\nDECLARE(name)\n",
		"#define DECLARE(n) static int n\nDECLARE(name) = A;\n",
		"#define name other\nstatic int name = A;\n",
		"#define BODY { return A; }\nint name(void) BODY\n",
		"#define NAMES name, other\nenum { NAMES, last = A };\n",
		"#define NAME(x) name_##x\nenum { NAME(x) = A };\n",
		"#define LIST(X) X(one) X(name)\n#define EACH(x) x = A,\nenum { LIST(EACH) last "
		"};\n",
		"#define MORE A, name\nenum { one = MORE };\n",
		"#define INNER struct name { int x[A]; } in;\nstruct outer { INNER };\n",
		"#define S struct\nstruct outer { S name { int x[A]; } in; };\n",
		"struct outer { enum : char { name = A } e; };\n",
		"enum name : char { one = A };\n",
		"#define BEGIN struct name {\nBEGIN int x[A]; };\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(declarations); i++) {
		_cleanup_free_ char *text = xasprintf(ARCH "%s" PROG, declarations[i]);

		expect(*state, &(struct unit){text, ELSEWHERE}, 1);
	}
}

static void functions_say_it_in_many_ways(void **state)
{
	static const char *const bodies[] = {
		"return ({ int x = A; x; });",
		"return _Generic(0, int: A, default: 0);",
		"__typeof__(int[A]) x; return sizeof(x);",
		"return (struct { int x; }){.x = A}.x;",
		"struct local { int x[A]; }; return sizeof(struct local);",
		"enum { one = A }; return one;",
		"static int x = A; return x;",
		"if (0) return A; return 0;",
		"goto A; A: return 0;",
		"__asm__ volatile(\"r0 = %0\" : : \"i\"(A)); return 0;",
		"_Static_assert(A, \"\"); return 0;",
		"\n#define MISSING \"GCC error\"\n#define P _Pragma(MISSING)\nif (A) P; return 0;",
		"\n#if A\n#endif\nreturn\n#if A == 1\n1\n#endif\n;",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		_cleanup_free_ char *seen =
			xasprintf(ARCH "int prog(void *c) { %s }\n" PROG, bodies[i]);
		_cleanup_free_ char *unseen =
			xasprintf(ARCH "static int f(void *c) { %s }\n" PROG, bodies[i]);
		const struct unit units[] = {{seen, DEPENDS}, {unseen, NULL}};

		expect(*state, units, ARRAY_SIZE(units));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(declarations_wait_for_a_use),
		TEST(some_declarations_have_an_effect),
		TEST(functions_say_it_in_many_ways),
	};

	return cmocka_run_group_tests_name("depends declarations", tests, make_dir, remove_dir);
}
