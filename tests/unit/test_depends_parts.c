/* Units that depend on what their other parts say: files, strings, the command line, slices. */
#include "depends_room.h"

/* Where text in another file, or a string, has to do with what waits for a use. */
static void other_places_matter(void **state)
{
	static const struct unit units[] = {
		{"struct s { int x;\n#include \"h.h\"\n};\nstruct s x;\n", ELSEWHERE,
		 IF "struct { int y; };\n" END},
		{"enum e { one,\n#include \"h.h\"\ntwo };\n" PROG_USES("two"), ELSEWHERE,
		 IF "three,\n" END},
		{"int prog(int x) {\n#include \"h.h\"\nreturn x; }\n", ELSEWHERE, IF "x++;\n" END},
		{"#include \"h.h\"\nint f(void) { return __TARGET_ARCH_x86; }\n", DEPENDS,
		 "static"},
		{"#include \"h.h\"\nstatic int x = __TARGET_ARCH_x86;\n", DEPENDS,
		 "__attribute__((used))\n"},
		{"#include \"h.h\"\n" IF "struct { int y; };\n" END "};\nstruct s x;\n", DEPENDS,
		 "struct s {\n"},
		{"#define END }\nstruct s {\n" IF "struct { int y; };\n" END "END;\nstruct s x;\n",
		 DEPENDS},
		{"#define BEGIN struct s {\n#define END }\nBEGIN\n" IF "struct { int y; };\n" END
		 "END;\nstruct s x;\n",
		 DEPENDS},
		/* As glibc does it. */
		{"#include \"h.h\"\n" PROG, NULL,
		 "#ifdef __cplusplus\n#define __BEGIN_DECLS extern \"C\" {\n#define __END_DECLS }\n"
		 "#else\n#define __BEGIN_DECLS\n#define __END_DECLS\n#endif\n" ARCH
		 "__BEGIN_DECLS\n#include <stddef.h>\nextern int x;\n"
		 "struct s { int x[A]; };\n__END_DECLS\n"},
		/* Attributes from afar. */
		{ARCH "#pragma clang attribute push(__attribute__((used)), apply_to = function)\n"
		      "static int f(void) { return A; }\n#pragma clang attribute pop\n",
		 DEPENDS},
		{ARCH "#pragma clang attribute push(__attribute__((preserve_access_index)), "
		      "apply_to = record)\nstruct s { int x[A]; };\n#pragma clang attribute pop\n",
		 NULL},
		{ARCH "static int f(void) { return A; }\n"
		      "int g(void) __attribute__((alias(\"f\")));\n",
		 DEPENDS},
		{ARCH "static int f(void) { return A; }\n"
		      "int g(void) __asm__(\"f\");\n" PROG_USES("g()"),
		 DEPENDS},
		{ARCH "static int f(void) { return A; }\n#define SYM(s) __asm__(\"\" s)\n"
		      "int g(void) SYM(\"f\");\n" PROG_USES("g()"),
		 DEPENDS},
		{ARCH "static int f(void) { return A; }\n"
		      "int prog(int x) { __asm__(\"%0 = 1\" : \"=r\"(x)); return x; }\n",
		 NULL},
		{ARCH "static int strcmp(char *a, char *b) { return A; }\n"
		      "int prog(char *a) { return __builtin_strcmp(a, a); }\n",
		 DEPENDS},
		{ARCH "static int f(void) { return A; }\nstruct s { int alias; };\n" PROG, NULL},
		{ARCH "static int f(void) { return A; }\n#pragma weak g = f\n", DEPENDS},
	};

	expect(*state, units, ARRAY_SIZE(units));
}

static void units_have_other_parts(void **state)
{
	static const struct unit units[] = {
		/* The command line. */
		{PROG_USES("A"), DEPENDS, NULL, "-DA=__TARGET_ARCH_x86"},
		{PROG_USES("A"), DEPENDS, NULL, "-D A=__TARGET_ARCH_arm64"},
		{PROG, NULL, NULL, "-DA=__TARGET_ARCH_x86"},
		{PROG_USES("A(x86)"), DEPENDS, NULL, "-DA(x)=__TARGET_ARCH_##x"},
		{PROG_USES("A"), NULL, NULL, "-DA=1"},
		{"STATIC int x = __TARGET_ARCH_x86;\n", DEPENDS, NULL, "-DSTATIC=static"},
		/* A slice of a header. */
		{PROG_USES("sizeof(struct s)"), DEPENDS, NULL, NULL,
		 ARCH "struct s { int x[A]; };\n"},
		{PROG, NULL, NULL, NULL, ARCH "struct s { int x[A]; };\n"},
		{PROG, "vmlinux.h: A depends on", NULL, NULL, ARCH "int x = A;\n"},
		{ARCH PROG_USES("sizeof(struct s)"), NULL, NULL, NULL, "struct s { int x; };\n"},
		/* A file that is another elsewhere. */
		{"#include \"h.h\"\n" PROG_USES("sizeof(struct s)"),
		 "unit.c:2: s depends on other.h", "#include \"other.h\"\n", NULL, NULL,
		 "struct s { int x; };\n"},
		{"#include \"h.h\"\n" PROG_USES("B"), "unit.c:2: B depends on other.h",
		 "#include \"other.h\"\n", NULL, NULL, "#define B 1\n"},
		{"#include \"h.h\"\n" PROG, NULL, "#include \"other.h\"\n", NULL, NULL,
		 "#define B 1\nstruct s { int x; };\ntypedef int t;\n"},
		{PROG, ELSEWHERE, NULL, NULL, NULL, "int x;\n"},
		/* And names that are in others', perhaps. */
		{"#ifdef __kernel_x\n" PROG END, DEPENDS, NULL, NULL, NULL, "\n", "__kernel_"},
		{"typedef int __kernel_x;\n" PROG, NULL, NULL, NULL, NULL, "\n", "__kernel_"},
		{"typedef int __kernel_x;\n__kernel_x x;\n", DEPENDS, NULL, NULL, NULL, "\n",
		 "__kernel_"},
		{"typedef int kernel_x;\nkernel_x x;\n", NULL, NULL, NULL, NULL, "\n", "__kernel_"},
	};

	expect(*state, units, ARRAY_SIZE(units));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(other_places_matter),
		TEST(units_have_other_parts),
	};

	return cmocka_run_group_tests_name("depends parts", tests, make_dir, remove_dir);
}
