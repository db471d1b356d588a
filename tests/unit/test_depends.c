/* Which units depend on the architecture's macros: small ones, one for each way to do so. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arch.h"
#include "base/file.h"
#include "base/message.h"
#include "base/path.h"
#include "slice/cutter.h"

static char dir[] = "/tmp/skep-depends-XXXXXX";

struct room {
	struct state *state;
	struct files *files;
	struct cutter *cutter;
	unsigned n; /* units made */
};

static int setup(void **state)
{
	struct room *r = xcalloc(1, sizeof(*r));

	*state = r;
	if (state_open(NULL, false, &r->state) < 0)
		return -1;
	r->files = files_new(r->state, NULL);
	r->cutter = cutter_new(r->files);
	return 0;
}

static int teardown(void **state)
{
	struct room *r = *state;

	cutter_free(r->cutter);
	files_free(r->files);
	state_close(r->state);
	free(r);
	return 0;
}

/* A unit, and why it depends. */
struct unit {
	const char *text;
	const char *why;    /* the answer begins with this, less the folder; NULL: it does not */
	const char *header; /* h.h, or NULL */
	const char *flags;  /* besides -D__TARGET_ARCH_x86, with spaces between */
	const char *slice;
	const char *other; /* a header that each architecture has its own of, or NULL */
	const char *prefix;
};

static struct file *add_file(struct room *r, const char *name, const char *text)
{
	_cleanup_free_ char *path = xasprintf("%s/%u/%s", dir, r->n, name);

	assert_int_equal(file_make_parent(path), 0);
	assert_int_equal(file_write(path, text, strlen(text)), 0);
	return files_get(r->files, path);
}

/* Caller frees; NULL: it does not. */
static char *ask(struct room *r, const struct unit *u)
{
	_cleanup_strv_ struct strv flags = {0}, macros = {0}, prefixes = {0};
	_cleanup_free_ char *copy = xstrdup(u->flags ? u->flags : "-O2"), *why = NULL;
	file_list files = {0}, others = {0};
	char *rest = copy, *word, *ret = NULL;
	struct cut_question q = {.files = &files,
				 .name = "vmlinux.h",
				 .flags = &flags,
				 .macros = &macros,
				 .others = &others,
				 .prefixes = &prefixes};

	arch_macros(&macros);
	strv_add(&flags, "-D__TARGET_ARCH_x86");
	while ((word = strsep(&rest, " ")))
		strv_add(&flags, word);
	vec_push(&files, add_file(r, "unit.c", u->text));
	q.source = files.v[0]->path;
	if (u->header)
		vec_push(&files, add_file(r, "h.h", u->header));
	if (u->other) {
		vec_push(&files, add_file(r, "other.h", u->other));
		vec_push(&others, files.v[files.n - 1]);
	}
	if (u->prefix)
		strv_add(&prefixes, u->prefix);
	q.text = u->slice;
	q.size = u->slice ? strlen(u->slice) : 0;
	assert_int_equal(cutter_find_dependence(r->cutter, &q, &why), 0);
	if (why) {
		_cleanup_free_ char *folder = xasprintf("%s/%u/", dir, r->n);

		ret = xstrdup(str_starts(why, folder) ? why + strlen(folder) : why);
	}
	r->n++;
	vec_free(&files);
	vec_free(&others);
	return ret;
}

static void expect(struct room *r, const struct unit *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *why = ask(r, &list[i]);

		if (why && list[i].why && str_starts(why, list[i].why))
			continue;
		if (!why && !list[i].why)
			continue;
		print_message("%s\n", list[i].text);
		if (list[i].header)
			print_message("h.h:\n%s\n", list[i].header);
		fail_msg("%s, expected %s", why ? why : "neutral",
			 list[i].why ? list[i].why : "neutral");
	}
}

#define X86 "__TARGET_ARCH_x86"
#define DEPENDS "unit.c:" /* and a line */
#define ELSEWHERE ""
#define IF "#ifdef __TARGET_ARCH_x86\n"
#define ELSE "#else\n"
#define END "#endif\n"
#define ARCH IF "#define A 1\n" ELSE "#define A 2\n" END
#define PROG "int prog(void *c) { return 0; }\n"
#define PROG_USES(x) "int prog(void *c) { return " x "; }\n"

static void macros_hand_it_on(void **state)
{
	static const struct unit units[] = {
		{PROG, NULL},
		{PROG_USES("A"), NULL},
		{ARCH PROG, NULL},
		{ARCH PROG_USES("A"), "unit.c:6: A depends on " X86},
		{ARCH "#define B A\n#define C (B + 1)\n" PROG_USES("C"),
		 "unit.c:8: C (by way of B) depends on " X86},
		{ARCH "#define B A\n#define C (B + 1)\n" PROG, NULL},
		{"#define C (B + 1)\n#define B A\n" ARCH PROG_USES("C"), DEPENDS},
		{PROG_USES("__TARGET_ARCH_x86"), "unit.c:1:"},
		{PROG_USES("__TARGET_ARCH_arm64"), DEPENDS},
		{PROG_USES("__TARGET_ARCH_vax"), NULL},
		/* As bpf_tracing.h does it. */
		{"#if defined(__TARGET_ARCH_x86)\n#define bpf_target_x86\n#define "
		 "bpf_target_defined\n"
		 "#elif defined(__TARGET_ARCH_s390)\n#define bpf_target_s390\n" END
		 "#if defined(bpf_target_x86)\n#define REG di\n"
		 "#elif defined(bpf_target_s390)\n#define REG r2\n" END
		 "struct regs { int di, r2; };\n"
		 "int prog(struct regs *c) { return c->REG; }\n",
		 "unit.c:13: REG (by way of bpf_target_x86) depends on "},
		/* What is defined on one side only, or taken away. */
		{IF "#define A 1\n" END "#ifndef A\n#define A 2\n" END PROG_USES("A"), DEPENDS},
		{"#define A 1\n" IF "#undef A\n" END "#ifdef A\n" PROG_USES("1") ELSE PROG END,
		 DEPENDS},
		{"#define A 1\n" IF "#undef A\n#define A 2\n" END PROG_USES("A"), DEPENDS},
		{"#if 0\n#elif defined __TARGET_ARCH_x86\n#define A 1\n" END PROG_USES("A"),
		 DEPENDS},
		{"#if 0\n#elifdef __TARGET_ARCH_x86\n#define A 1\n" END PROG_USES("A"), DEPENDS},
		{IF ELSE "#if 1\n#define A 1\n" END END PROG_USES("A"), DEPENDS},
		{"#if \\\n defined(__TARGET_\\\nARCH_x86)\n#define A 1\n" END PROG_USES("A"),
		 DEPENDS},
		{"%:ifdef __TARGET_ARCH_x86\n%:define A 1\n%:endif\n" PROG_USES("A"), DEPENDS},
		/* Arguments, and what takes them. */
		{ARCH "#define ID(x) x\n" PROG_USES("ID(ID(A))"), DEPENDS},
		{IF "#define ID(x) x\n" ELSE "#define ID(x) 0\n" END PROG_USES("ID(1)"), DEPENDS},
		{ARCH "#define STR(x) #x\nchar s[] = STR(A);\n", DEPENDS},
		{"#define STR(x) #x\nchar s[] = STR(__TARGET_ARCH_x86);\n", DEPENDS},
		{ARCH "#define M(x, ...) x\n" PROG_USES("M(1, A)"), DEPENDS},
		/* Literals and comments say nothing. */
		{"/* __TARGET_ARCH_x86 */ // __TARGET_ARCH_x86\n"
		 "char s[] = \"__TARGET_ARCH_x86\";\n",
		 NULL},
		{"#if 0\n" PROG_USES("__TARGET_ARCH_x86") END, DEPENDS}, /* said to, though not */
		/* Words of C itself. */
		{IF "#define int long\n" END PROG, DEPENDS},
		{IF "#define return\n" END "static int f(void) { return 1; }\n" PROG, DEPENDS},
		{IF "#define T int\n" ELSE "#define T long\n" END "T x;\n", DEPENDS},
		{IF "#define t u\n" END "typedef int t;\ntypedef long u;\nu x;\n", DEPENDS},
	};

	expect(*state, units, ARRAY_SIZE(units));
}

static void pastes_hand_it_on(void **state)
{
#define REGS                                                                                \
	IF "#define REG_one 1\n" ELSE "#define REG_one 2\n" END "#define CAT_(a, b) a##b\n" \
	   "#define CAT(a, b) CAT_(a, b)\n"
	static const struct unit units[] = {
		{REGS PROG_USES("CAT(REG_, one)"), DEPENDS},
		{REGS PROG_USES("CAT(REG_, two)"), NULL},
		{REGS PROG_USES("CAT(REG, X)"), NULL},
		{REGS PROG_USES("CAT(CAT(RE, G_), one)"), ELSEWHERE},
		{REGS "#define R(x) REG_##x\n" PROG_USES("R(one)"), DEPENDS},
		{REGS "#define R(x) REG_##x\n" PROG_USES("R(two)"), NULL},
		{REGS "#define R(x) x##_one\n" PROG_USES("R(REG)"), DEPENDS},
		{REGS "#define R(x, y, z) x##y##z\n" PROG_USES("R(REG, _, one)"), DEPENDS},
		{REGS "#define R(x, y) x##_##y\n" PROG_USES("R(REG, one)"), DEPENDS},
		{REGS "#define R(x, y) x##y\n" PROG_USES("R(, REG_one)"), DEPENDS},
		{REGS "#define R() REG##_##one\n" PROG_USES("R()"), ELSEWHERE},
		{REGS "#define Q(x) CAT(REG_, x)\n#define NAME one\n" PROG_USES("Q(NAME)"),
		 DEPENDS},
		{IF "#define R1 1\n" END "#define R(x) R##x\n" PROG_USES("R(1)"), ELSEWHERE},
		{IF "#define R1_2 1\n" END "#define R(x, y) R##x##_##y\n" PROG_USES("R(1, 2)"),
		 ELSEWHERE},
		{IF "#define R10 1\n" END
		    "#define P(x) R##x\n#define Q(x) P(x)\n\n" PROG_USES("Q(__LINE__)"),
		 ELSEWHERE},
		/* What is called may be put together as well. */
		{REGS "#define F_x(a) a##_one\n#define CALL(f, a) CAT(F_, f)(a)\n" PROG_USES(
			 "CALL(x, REG)"),
		 ELSEWHERE},
		{REGS "#define R(x, ...) x##__VA_ARGS__\n" PROG_USES("R(REG_, one)"), DEPENDS},
		{REGS "#define R(x, ...) x##__VA_OPT__(_)##one\n" PROG_USES("R(REG, 1)"),
		 ELSEWHERE},
		/* The macros of the command line. */
		{"#define T(x) __TARGET_ARCH_##x\n" PROG_USES("T(x86)"), DEPENDS},
		{"#define T(x) __TARGET_ARCH_##x\n" PROG_USES("T(arm64)"), DEPENDS},
		{"#define T(x) __TARGET_ARCH_##x\n" PROG_USES("T(vax)"), NULL},
		/* In conditions. */
		{"#define T(x) __TARGET_ARCH_##x\n#if T(x86)\n" PROG END, DEPENDS},
		{"#define T(x) defined(__TARGET_ARCH_##x)\n#if T(x86)\n" PROG END, DEPENDS},
		{"#define T(x) __TARGET_ARCH_##x\n#if !T(arm64)\n#define A 1\n" END PROG_USES("A"),
		 DEPENDS},
		{"#define T(x) __TARGET_ARCH_##x\n#define IS T(x86)\n#if 0\n#elif IS\n" PROG END,
		 DEPENDS},
		{"#define T(x) __TARGET_##x\n#if T(ARCH_x86)\nstatic int f(void);\n" END PROG,
		 NULL},
		{"#ifndef T\n#define T(x) y_##x\n" END "#if !defined(T)\n#error no\n" END
		 "#ifdef T\n" PROG END,
		 NULL},
	};

	expect(*state, units, ARRAY_SIZE(units));
}

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

/* A long chain of macros costs no more than its length squared. */
static void long_chains_end(void **state)
{
	_cleanup_buf_ struct buf text = {0};

	buf_puts(&text, ARCH "#define M0 A\n");
	for (int i = 400; i > 0; i--)
		buf_printf(&text, "#define M%d M%d M%d\n", i, i - 1, i - 1);
	buf_puts(&text, "static M400 int x = 1;\nstatic int y = M400;\n");
	buf_putc(&text, '\0');
	expect(*state, &(struct unit){text.v, DEPENDS}, 1);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return file_remove_tree(dir);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(macros_hand_it_on),
		TEST(pastes_hand_it_on),
		TEST(declarations_wait_for_a_use),
		TEST(some_declarations_have_an_effect),
		TEST(conditionals_decide),
		TEST(functions_say_it_in_many_ways),
		TEST(other_places_matter),
		TEST(units_have_other_parts),
		TEST(long_chains_end),
	};

	return cmocka_run_group_tests_name("depends", tests, make_dir, remove_dir);
}
