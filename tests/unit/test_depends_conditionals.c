/* Units that depend on what conditionals choose between. */
#include "depends_room.h"

/* What conditionals choose between, or cut apart. */
static void conditionals_decide(void **state)
{
	static const struct unit units[] = {
		{IF PROG END, "unit.c:2: depends on " X86},
		{IF ELSE PROG END, DEPENDS},
		{IF "static int f(void) { return 1; }\n" END PROG, NULL},
		{IF "static int f(void) { return 1; }\n" ELSE
		    "static int f(void) { return 2; }\n" END PROG_USES("f()"),
		 DEPENDS},
		{"#if 1\n" IF "int x;\n" END END, DEPENDS},
		{IF "#error x\n" END, "unit.c:2: a directive"},
		{IF "#pragma once\n" END, "unit.c:2: a directive"},
		{IF "#warning x\n" END, DEPENDS},
		{IF "#line 7\n" END PROG, DEPENDS},
		{IF "# 7 \"x.c\"\n" END PROG, DEPENDS},
		{IF "#include \"h.h\"\n" END PROG, "unit.c:2: an #include", "\n"},
		{"#include \"h.h\"\n" PROG, NULL, ARCH},
		{"#include \"h.h\"\n" PROG_USES("A"), "unit.c:2: A depends on " X86, ARCH},
		{"#include \"h.h\"\n" PROG, "h.h:2: ", IF "int x;\n" END},
		{IF "#if __COUNTER__\n" END END "int x = __COUNTER__;\n", DEPENDS},
		{"#if defined(__TARGET_ARCH_x86) && __COUNTER__\n" END PROG, DEPENDS},
		{"#if __COUNTER__\n" END ARCH PROG, NULL},
		{IF "#if __has_include(\"x.h\")\n" END END PROG, NULL},
		/* In a declaration. */
		{"struct s { int x;\n" IF "int y;\n" END "};\n" PROG, NULL},
		{"struct s { int x;\n" IF "int y;\n" END "};\nstruct s x;\n", DEPENDS},
		{"static int x[] = {1,\n" IF "2,\n" END "};\n" PROG, NULL},
		{"static int x[] = {1,\n" IF "2,\n" END "};\n" PROG_USES("x[0]"), DEPENDS},
		{"int f(int x\n" IF ", int y\n" END ");\n" PROG, NULL},
		{"int f(int x\n" IF ", int y\n" END ");\n" PROG_USES("(long)f"), DEPENDS},
		{"enum e { one,\n" IF "two,\n" END "three };\n" PROG_USES("three"), DEPENDS},
		{"enum e { one,\n" IF "two,\n" END "three };\n" PROG, NULL},
		{"int prog(void *c) { int x = 0;\n" IF "x++;\n" END "return x; }\n", DEPENDS},
		{"static int f(void) { int x = 0;\n" IF "x++;\n" END "return x; }\n" PROG, NULL},
		{"static int f(void) {\n" IF "if (1) {\n" ELSE "if (2) {\n" END "} return 0; }\n",
		 DEPENDS},
		/* Outside of its braces. */
		{IF "static\n" END "int f(void) { return 1; }\n" PROG, DEPENDS},
		{"int\n" IF "static\n" END "f(void) { return 1; }\n" PROG, DEPENDS},
		{IF "static\n" ELSE "extern int x;\n" END "int y;\n", DEPENDS},
		{IF "static\n" ELSE "int x;\n" END "int y;\n", DEPENDS},
		{"static int x\n" IF "= 1;\n" ELSE "= 2;\n" END PROG, DEPENDS},
		{"static int z;\nstatic int\n" IF "x = 1;\n" ELSE "z = 2;\n" END PROG_USES("z"),
		 DEPENDS},
		{"typedef\n" IF "int t;\n" ELSE "int u;\n" END PROG, DEPENDS},
		{"struct s { int x; }\n" IF "__attribute__((packed))\n" END ";\n" PROG, DEPENDS},
		{"#ifdef FOO\nstatic\n" END ARCH "int f(void) { return A; }\n", DEPENDS},
		{"static int f(void)\n" IF "{ return 1; }\n" ELSE ";\n" END PROG, DEPENDS},
		{IF "#define STATIC static\n" ELSE "#define STATIC\n" END
		    "STATIC int f(void) { return 1; }\n" PROG,
		 DEPENDS},
		{IF "#define static\n" END "static int f(void) { return 1; }\n" PROG, DEPENDS},
		{IF "#define USED __attribute__((used))\n" ELSE "#define USED\n" END
		    "static int x USED = 1;\n" PROG,
		 DEPENDS},
		{IF "#define INLINE __inline\n" ELSE "#define INLINE\n" END
		    "static INLINE int f(void) { return 1; }\n" PROG,
		 NULL},
		/* Braces that do not match. */
		{IF "struct s {\n" ELSE "union s {\n" END "int x; };\n" PROG, DEPENDS},
		{"struct s { int x\n" IF "[2\n" ELSE "[3\n" END "]; } y;\n", DEPENDS},
		{IF "}\n" END PROG, DEPENDS},
		{IF "{\n" END PROG, DEPENDS},
		{"#ifdef __cplusplus\nextern \"C\" {\n" END ARCH
		 "struct s { int x[A]; };\nstatic int f(void) { return A; }\n" PROG
		 "#ifdef __cplusplus\n}\n" END,
		 NULL},
		{"extern \"C\" {\n" ARCH "int x = A;\n}\n", DEPENDS},
		{"struct s <%\n" IF "int : 4;\n" END "int x; %>;\nstruct s x;\n", DEPENDS},
		{"?\?=ifdef __TARGET_ARCH_x86\n#define A 1\n?\?=endif\n" PROG_USES("A"), DEPENDS},
		/* Forward declarations matter to parameters that come before the definition. */
		{IF "struct s;\n" END "int f(struct s *p);\nstruct s { int x; };\n"
		    "int prog(struct s *p) { return f(p); }\n",
		 DEPENDS},
		{"struct s;\n" IF "struct s;\n" END "int f(struct s *p);\nstruct s { int x; };\n"
		 "int prog(struct s *p) { return f(p); }\n",
		 NULL},
		{IF "struct s;\n" END "#define P struct s *\nstruct s;\n"
		    "int prog(P p) { return 0; }\n",
		 NULL},
		{IF "struct s;\n" END "#include \"h.h\"\nstruct s;\n"
		    "int prog(struct s *p) { return f(p); }\n",
		 DEPENDS, "int f(struct s *p);\n"},
		{"#if 0\nstruct s;\n#else\n" IF "struct s;\n" END END
		 "int prog(struct s *p) { return 0; }\n",
		 DEPENDS},
		{"#ifdef B\nstruct s;\n" END IF "#define B\nstruct s;\n" END
		 "int prog(struct s *p) { return 0; }\n",
		 DEPENDS},
		{"struct s { int x; };\n" IF "typedef struct s *p_t;\n" END
		 "int prog(struct s *p) { return p->x; }\n",
		 NULL},
	};

	expect(*state, units, ARRAY_SIZE(units));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(conditionals_decide),
	};

	return cmocka_run_group_tests_name("depends conditionals", tests, make_dir, remove_dir);
}
