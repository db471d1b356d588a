/*
 * Pairs of objects that clang makes from one source, with -DA and with -DB. They differ in at most
 * one thing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/message.h"
#include "btf/compare.h"
#include "canonical_invent.h"
#include "canonical_opened.h"

#define CLANG \
	"clang-19 -mcpu=v3 -g -O2 -Wno-visibility -ffile-compilation-dir=. -c unit.c -o unit.o"

/* `struct far` is declared in A and defined in B, and what reaches it is in both objects. */
static const char prologue[] = "#define SEC(name) __attribute__((section(name), used))\n"
			       "#define CORE __attribute__((preserve_access_index))\n"
			       "#define KSYM __attribute__((weak, section(\".ksyms\")))\n"
			       "#define NOINLINE __attribute__((noinline))\n"
			       "#define USE(t) SEC(\"tp/x\") int f(t *p) { return p != 0; }\n"
			       "#ifdef A\n#define AB(a, b) a\n#define IN_B(...)\n"
			       "#else\n#define AB(a, b) b\n#define IN_B(...) __VA_ARGS__\n#endif\n"
			       "struct in { int x, y; } CORE;\n"
			       "struct far IN_B({ struct { long l; } n; struct in *i; });\n"
			       "union ufar IN_B({ int n; });\n"
			       "enum color { RED, GREEN };\n"
			       "#line 1\n";

struct sample {
	const char *source;
	const char *said; /* lines */
};

/* Nothing of this matters to libbpf or the kernel. */
static const struct sample same[] = {
	{"SEC(\"tp/x\") int f(struct in *p) { return p->x; }", ""},
	/* Types that nothing needs. */
	{"IN_B(struct more { int n; struct far *i; } CORE;)\n"
	 "SEC(\"tp/x\") int f(struct in *p) { return p->x; }",
	 ""},
	/* What a member only points to, in a parameter, a variable, a map, a relocation. */
	{"struct near { struct far *p; const struct far **q; union ufar *u; int n;"
	 "              int (*fn)(struct far *, union ufar *); } CORE;\n"
	 "struct near n SEC(\".data\") = {.n = 1};\n"
	 "struct { struct near *value; int (*key)[1]; } m SEC(\".maps\");\n"
	 "SEC(\"tp/x\") int f(struct near *p) { return p->n + __builtin_preserve_type_info(*p, 0); "
	 "}",
	 ""},
	/* A function's callback. */
	{"typedef int callback(struct far *);\n"
	 "NOINLINE int g(int (*cb)(struct far *), callback *c) { return cb == c; }\n"
	 "SEC(\"tp/x\") int f(void *p) { return g(p, p + 1); }",
	 ""},
	/* Other numbers of types, in the code too. */
	{"struct hook { int (*fn)(struct far *); };\n"
	 "SEC(\"tp/x\") int f(struct hook *p) { return p->fn != 0; }\n"
	 "SEC(\"tp/y\") long g(struct in *p)\n"
	 "{ return __builtin_btf_type_id(*p, 0) + __builtin_btf_type_id(*p, 1); }",
	 ""},
	/* Tags of what only one of them defines. */
	{"struct tagged IN_B({ int n; } __attribute__((btf_decl_tag(\"t\"))));\n"
	 "struct hook { int (*fn)(struct tagged *); };\n"
	 "SEC(\"tp/x\") int f(struct hook *p) { return p->fn != 0; }",
	 ""},
};

static const struct sample different[] = {
	{"SEC(\"tp/x\") int f(void) { return AB(1, 2); }",
	 "section tp/x: code differs at instruction 0"},
	{"SEC(\"tp/x\") int f(int *n) { IN_B(++*n;) return 1; }",
	 "section tp/x: 2 instructions in A and 5 in B\n"
	 "symbol f: 16 bytes in A and 40 in B\n"
	 "section tp/x: instruction 0: it comes from unit.c:1:41 in A and from unit.c:1:29 in B"},
	{"int n SEC(\".data\") = AB(1, 2);", "section .data: content differs at byte 0"},
	{"int n SEC(AB(\".data.a\", \".data.b\")) = 1;",
	 "section .data.a: only in A\n"
	 "section .data.b: only in B\n"
	 "symbol n: it does not lie at the same place in A and B\n"
	 "section .data.a: n: only in A\n"
	 "section .data.b: n: only in B"},
	{"AB(, const) int n SEC(\".n\") = 1;",
	 "section .n: type 1, flags 0x3, alignment 4 in A and type 1, flags 0x2, alignment 4 in B\n"
	 "section .n: n: int in A and const int in B"},
	{"int n __attribute__((aligned(AB(4, 8)))) SEC(\".n\") = 1;",
	 "section .n: type 1, flags 0x3, alignment 4 in A and type 1, flags 0x3, alignment 8 in B"},
	{"int n __attribute__((visibility(AB(\"default\", \"hidden\")))) SEC(\".n\") = 1;",
	 "symbol n: its type, binding or visibility is not the same in A and B"},
	{"int a SEC(\".data\") = 1, b SEC(\".data\") = 1;\nSEC(\"tp/x\") int f(void) { return "
	 "AB(a, b); }",
	 "section tp/x: the relocation of byte 0 names symbol a in A and symbol b in B"},
	{"USE(struct far)", "function f: parameter 1: struct far is a forward declaration in A"},
	{"NOINLINE static struct far **g(void *p) { asm volatile(\"\"); return p; }\n"
	 "SEC(\"tp/x\") int f(void *p) { return *g(p) != 0; }",
	 "function g: return value: struct far is a forward declaration in A"},
	{"extern int k(const union ufar *) KSYM;\nSEC(\"tp/x\") int f(void *p) { return k(p); }",
	 "function k: parameter 1: union ufar is a forward declaration in A"},
	{"extern int k(int (*cb)(struct far *)) KSYM;\nSEC(\"tp/x\") int f(void *p) { return k(p); "
	 "}",
	 "function k: parameter 1: parameter 1: struct far is a forward declaration in A"},
	{"extern int k(int (*cb)(int (*)(struct far *))) KSYM;\n"
	 "SEC(\"tp/x\") int f(void *p) { return k(p); }",
	 "function k: parameter 1: parameter 1: parameter 1: struct far is a forward declaration "
	 "in A"},
	{"struct far *v SEC(\".data\") = (void *)1;",
	 "section .data: v: struct far is a forward declaration in A"},
	{"struct { struct far *value; } m SEC(\".maps\");",
	 "map m: value: struct far is a forward declaration in A"},
	{"struct { int (*type)[2]; int (*max_entries)[AB(7, 8)]; } m SEC(\".maps\");",
	 "map m: max_entries: the number of elements is 7 in A and 8 in B"},
	{"struct { struct { int (*max_entries)[AB(7, 8)]; } *values[]; } m SEC(\".maps\");",
	 "map m: values: max_entries: the number of elements is 7 in A and 8 in B"},
	{"struct hook { int (*fn)(struct far *); } h SEC(\".data\");\n"
	 "struct { struct { struct far *value; } *values[]; } m SEC(\".maps\");",
	 "map m: values: value: struct far is a forward declaration in A"},
	{"extern AB(int, long) n;\nlong f(void) { return (long)&n; }",
	 "variable n: int in A and long in B"},
	{"struct value { struct far __attribute__((btf_type_tag(\"kptr\"))) *p; int (*f)(struct "
	 "far *); };\n"
	 "struct { struct value *value; } m SEC(\".maps\");",
	 "map m: value: p of struct value: struct far is a forward declaration in A"},
	{"struct node { struct node *next; struct { union { long l; int AB(a, b); } u; }; };\n"
	 "USE(struct node)",
	 "function f: parameter 1: unnamed member of struct node: u: member 2 is a in A and b in "
	 "B"},
	{"struct s { int a : AB(3, 4); };\nUSE(struct s)",
	 "function f: parameter 1: the bit size of member a of struct s is 3 in A and 4 in B"},
	{"struct s { int a : 3, : AB(1, 2), b : 3; };\nUSE(struct s)",
	 "function f: parameter 1: the bit offset of member b of struct s is 4 in A and 5 in B"},
	{"struct s { long l; IN_B(int n;) };\nUSE(struct s)",
	 "function f: parameter 1: the size of struct s is 8 in A and 16 in B"},
	{"union s { long l; IN_B(int n;) };\nUSE(union s)",
	 "function f: parameter 1: the number of members of union s is 1 in A and 2 in B"},
	{"union s { int a[AB(3, 4)], b[4]; };\nUSE(union s)",
	 "function f: parameter 1: a of union s: the number of elements is 3 in A and 4 in B"},
	{"enum e { E, F = AB(1, 2) };\nUSE(enum e)",
	 "function f: parameter 1: enum e: enumerator 2, F in A, is not the same in B"},
	{"enum e { E, F = AB(1, 2) + (1L << 40) };\nUSE(enum e)",
	 "function f: parameter 1: enum e: enumerator 2, F in A, is not the same in B"},
	{"struct s { AB(int, unsigned) a; };\nUSE(struct s)",
	 "function f: parameter 1: a of struct s: int in A and unsigned int in B"},
	{"struct s { AB(int, enum color) *a; };\nUSE(struct s)",
	 "function f: parameter 1: a of struct s: int in A and enum color in B"},
	{"struct s { struct AB(in, far) *a; };\nUSE(struct s)",
	 "function f: parameter 1: a of struct s: struct in in A and struct far in B"},
	{"struct s { AB(, const) int a; };\nUSE(struct s)",
	 "function f: parameter 1: a of struct s: int in A and const int in B"},
	{"typedef AB(int, long) n_t;\nUSE(n_t)", "function f: parameter 1: int in A and long in B"},
	{"NOINLINE int g(int a IN_B(, int b)) { return a; }\nSEC(\"tp/x\") int f(int *p) { return "
	 "g(*p IN_B(, 1)); }",
	 "function g: the number of parameters is 1 in A and 2 in B"},
	{"AB(void, long) g(void) { for (;;); }",
	 "function g: return value: void in A and long in B"},
	{"__attribute__((btf_decl_tag(AB(\"a\", \"b\")))) int n SEC(\".n\") = 1;",
	 "tag \"a\" of variable n: only in A\n"
	 "tag \"b\" of variable n: only in B"},
	{"#define T __attribute__((btf_decl_tag(\"t\")))\nint f(AB(T, ) int a, AB(, T) int b) { "
	 "return a; }",
	 "tag \"t\" of part 1 of function f: only in A\n"
	 "tag \"t\" of part 2 of function f: only in B"},
	{"union u { int x, y; } CORE;\nSEC(\"tp/x\") int f(union u *p) { return p->AB(x, y); }",
	 "section tp/x: instruction 0: the CO-RE relocation is of u.x (0:0) in A and of u.y (0:1) "
	 "in B"},
	{"union u { struct { int x; struct in a[2], b; }; } CORE;\n"
	 "SEC(\"tp/x\") int f(union u *p) { return p->AB(a[1], b).x; }",
	 "section tp/x: code differs at instruction 0\n"
	 "section tp/x: instruction 0: the CO-RE relocation is of u.a[1].x (0:0:1:1:0) in A and of "
	 "u.b.x (0:0:2:0) in B"},
	{"SEC(\"tp/x\") int f(struct in *p) { return __builtin_preserve_field_info(p->y, AB(0, "
	 "1)); }",
	 "section tp/x: instruction 0: the CO-RE relocation of in.y is of kind 0 in A and 1 in B"},
	{"SEC(\"tp/x\") int f(void)\n"
	 "{ return __builtin_preserve_enum_value(*(enum color *)AB(RED, GREEN), 0); }",
	 "section tp/x: instruction 0: the CO-RE relocation is of color.RED (0) in A and of "
	 "color.GREEN (1) in B"},
	{"SEC(\"tp/x\") long f(void) { return __builtin_btf_type_id(*(AB(int, long) *)0, 0); }",
	 "section tp/x: instruction 0: the CO-RE relocation is of int (0) in A and of long (0) in "
	 "B"},
	{"typedef struct far *(*fn)(int (*)(struct far *));\n"
	 "SEC(\"tp/x\") int f(void) { return __builtin_preserve_type_info(*(fn *)0, 0); }",
	 "section tp/x: instruction 0: CO-RE relocation of fn: return value: struct far is a "
	 "forward declaration in A"},
	{"struct s { struct { int AB(a, b); } *p; };\nUSE(struct s)",
	 "function f: parameter 1: p of struct s: member 1 is a in A and b in B"},
	{"struct s { AB(struct, union) other *p; };\nUSE(struct s)",
	 "function f: parameter 1: p of struct s: struct other in A and union other in B"},
	{"struct s { int __attribute__((btf_type_tag(AB(\"a\", \"b\")))) *p; };\n"
	 "USE(struct s)",
	 "function f: parameter 1: p of struct s: tag a in A and tag b in B"},
	{"struct s { struct far *(*p)(struct in); int n; };\n"
	 "SEC(\"tp/x\") int f(struct s *p) { return p->AB(n, n + 1); }",
	 "section tp/x: 2 instructions in A and 3 in B\n"
	 "symbol f: 16 bytes in A and 24 in B\n"
	 "section tp/x: instruction 1: line record only in A"},
	{"IN_B(int g(void) { return 1; })\nint f(void) { return 1; }",
	 "section .text: 2 instructions in A and 4 in B\n"
	 "symbol f: it does not lie at the same place in A and B\n"
	 "symbol g: only in B\n"
	 "function g: only in B\n"
	 "section .text: instruction 0: function f begins in A and function g in B\n"
	 "section .text: instruction 0: it comes from unit.c:2:15 in A and from unit.c:1:1 in B"},
	{"AB(, __attribute__((weak))) int n SEC(\".n\") = 1;",
	 "symbol n: its type, binding or visibility is not the same in A and B"},
	{"extern AB(int, long) n KSYM;\nSEC(\"tp/x\") long f(void) { return (long)&n; }",
	 "section .ksyms: n: 4 bytes at 0 in A and 8 bytes at 0 in B\n"
	 "section .ksyms: n: int in A and long in B"},
	{"#ifdef A\n#line 50\n#else\n#line 60\n#endif\nSEC(\"tp/x\") int f(void) { return 1; }",
	 "section tp/x: instruction 0: it comes from unit.c:53:27 in A and from unit.c:61:27 in B"},
	{"#ifdef A\n#line 50 \"a.h\"\n#else\n#line 50 \"b.h\"\n#endif\nSEC(\"tp/x\") int f(void) { "
	 "return 1; }",
	 "section tp/x: instruction 0: it comes from a.h:53:27 in A and from b.h:51:27 in B"},
};

static char directory[] = "/tmp/skep-test-XXXXXX";

static void compile(const char *source, char variant, bool big, struct buf *ret)
{
	_cleanup_buf_ struct buf text = {0}, raw = {0};
	_cleanup_free_ char *command =
		xasprintf("%s -D%c -target %s", CLANG, variant, big ? "bpfeb" : "bpfel");

	buf_puts(&text, prologue);
	buf_puts(&text, source);
	buf_putc(&text, '\n');
	assert_int_equal(file_write("unit.c", text.v, text.n), 0);
	if (system(command) != 0)
		fail_msg("%s: %s", command, source);
	assert_int_equal(file_read("unit.o", FILE_MAX_SIZE, &raw), 0);
	assert_int_equal(object_finish(raw.v, raw.n, "unit.o", &plain, ret), 0);
}

static void check(const struct sample *s, bool big)
{
	_cleanup_buf_ struct buf a = {0}, b = {0}, said = {0};
	_cleanup_strv_ struct strv lines = {0};

	compile(s->source, 'A', big, &a);
	compile(s->source, 'B', big, &b);
	assert_int_equal(object_compare(a.v, a.n, "A", b.v, b.n, "B", &lines), 0);
	for (size_t i = 0; i < lines.n; i++)
		buf_printf(&said, "%s%s", i ? "\n" : "", lines.v[i]);
	if (!str_eq(said.v ? said.v : "", s->said))
		fail_msg("of:\n%s\nexpected:\n%s\nsaid:\n%s\n", s->source, s->said, said.v);
}

static void require_clang(void)
{
	if (system("clang-19 --version >/dev/null 2>&1") != 0) {
		print_message("clang-19 is not installed\n");
		skip();
	}
}

static void what_does_not_matter_is_no_difference(void **state)
{
	(void)state;
	require_clang();
	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		check(&same[i], i % 2);
}

static void each_difference_is_told(void **state)
{
	(void)state;
	require_clang();
	for (size_t i = 0; i < ARRAY_SIZE(different); i++)
		check(&different[i], i % 2);
}

static void many_differences_are_counted(void **state)
{
	_cleanup_buf_ struct buf source = {0}, a = {0}, b = {0};
	_cleanup_strv_ struct strv lines = {0};

	(void)state;
	require_clang();
	for (int i = 0; i < COMPARE_DIFFERENCES_MAX + 7; i++)
		buf_printf(&source, "int v%d SEC(\".data.%d\") = AB(1, 2);\n", i, i);
	compile(source.v, 'A', false, &a);
	compile(source.v, 'B', false, &b);
	assert_int_equal(object_compare(a.v, a.n, "A", b.v, b.n, "B", &lines), 0);
	assert_int_equal(lines.n, COMPARE_DIFFERENCES_MAX + 1);
	assert_string_equal(lines.v[COMPARE_DIFFERENCES_MAX], "and 7 more differences");
}

/* Compares two models as they are written, their types in other orders. */
static void compare_models(const struct model *a, const struct model *b, bool swap, bool swap_b,
			   struct strv *ret)
{
	_cleanup_buf_ struct buf x = {0}, y = {0};

	model_write(a, 1, swap, &x);
	model_write(b, 5, swap_b, &y);
	assert_int_equal(object_compare(x.v, x.n, "A", y.v, y.n, "B", ret), 0);
}

/* int f(struct node *), with a type id in its code. */
static struct model make_model(void)
{
	struct model m = {.n = 6, .n_funcs = 1, .n_lines = 1, .n_core = 1};

	m.types[1] = (struct model_type){BTF_KIND_INT, "int", 4, {32}};
	m.types[2] = (struct model_type){BTF_KIND_STRUCT, "node", 8};
	m.types[2].parts[0] = (struct model_part){.name = "next", .type = 3};
	m.types[2].n_parts = 1;
	m.types[3] = (struct model_type){BTF_KIND_PTR, "", 2};
	m.types[4] = (struct model_type){BTF_KIND_FUNC_PROTO, "", 1};
	m.types[4].parts[0] = (struct model_part){.name = "n", .type = 3};
	m.types[4].n_parts = 1;
	m.types[5] = (struct model_type){BTF_KIND_FUNC, "f", 4};
	m.types[6] = (struct model_type){BTF_KIND_FWD, "other"};
	m.funcs[0] = (struct model_record){MODEL_PROG_A, 0, 5};
	m.lines[0] = (struct model_record){MODEL_PROG_A, 0, 0, 3 << 10 | 4, "a.c", "return 0;"};
	m.core[0] = (struct model_record){MODEL_PROG_A, 16, 2, BPF_CORE_TYPE_ID_LOCAL, "", "0"};
	return m;
}

static void order_does_not_matter(void **state)
{
	struct model m = make_model();

	(void)state;
	for (int swap = 0; swap < 2; swap++) {
		_cleanup_strv_ struct strv lines = {0};

		compare_models(&m, &m, swap, swap, &lines);
		assert_int_equal(lines.n, 0);
	}
}

static void lines_are_compared_with_their_text(void **state)
{
	_cleanup_strv_ struct strv lines = {0};
	struct model a = make_model(), b = make_model();

	(void)state;
	b.lines[0].text = "return 1;";
	compare_models(&a, &b, false, false, &lines);
	assert_int_equal(lines.n, 1);
	assert_string_equal(lines.v[0], "section prog/z: instruction 0: the text of a.c:3 is not "
					"the same in A and B");
}

static void byte_orders_are_compared(void **state)
{
	_cleanup_strv_ struct strv lines = {0};
	struct model m = make_model();

	(void)state;
	compare_models(&m, &m, false, true, &lines);
	assert_int_equal(lines.n, 1);
	assert_string_equal(lines.v[0], "the byte orders of A and B differ");
}

/* A constant that only in one object is said to be a type's number. */
static void constants_are_compared(void **state)
{
	_cleanup_strv_ struct strv lines = {0};
	struct model a = make_model(), b = make_model();

	(void)state;
	b.n_core = 0;
	compare_models(&a, &b, false, false, &lines);
	assert_int_equal(lines.n, 2);
	assert_string_equal(lines.v[0], "section prog/z: code differs at instruction 2");
	assert_string_equal(lines.v[1],
			    "section prog/z: instruction 2: CO-RE relocation only in A");
}

static unsigned n_messages;

static void count_message(enum message_level level, const char *text, void *arg)
{
	(void)level;
	(void)arg;
	assert_non_null(strstr(text, "damaged.o"));
	n_messages++;
}

/* Compares an object with a changed copy, whichever comes first. */
static int compare_quietly(const struct buf *good, const struct buf *bad, bool bad_first)
{
	const struct buf *x = bad_first ? bad : good, *y = bad_first ? good : bad;
	_cleanup_strv_ struct strv lines = {0};
	int err;

	n_messages = 0;
	message_set_sink(count_message, NULL);
	err = object_compare(x->v, x->n, bad_first ? "damaged.o" : "good.o", y->v, y->n,
			     bad_first ? "good.o" : "damaged.o", &lines);
	message_set_sink(NULL, NULL);
	assert_int_equal(n_messages, err < 0);
	assert_true(lines.n <= COMPARE_DIFFERENCES_MAX + 1);
	assert_true(err == 0 || lines.n == 0);
	return err;
}

static void damaged_objects_do_no_harm(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		_cleanup_buf_ struct buf good = {0}, bad = {0};
		struct model m;

		model_invent(round % 50, 6, 3, &m);
		model_write(&m, round, round & 1, &good);
		model_write(&m, round, round & 1, &bad);
		for (int i = 0; i < 3; i++)
			bad.v[model_below(&random, (uint32_t)bad.n)] ^= 1
									<< model_below(&random, 8);
		compare_quietly(&good, &bad, round & 2);
	}
}

static void unreadable_objects_are_refused(void **state)
{
	_cleanup_buf_ struct buf good = {0}, bad = {0};
	struct model m = make_model();

	(void)state;
	model_write(&m, 1, false, &good);
	buf_puts(&bad, "not an object");
	assert_int_equal(compare_quietly(&good, &bad, false), -EOPNOTSUPP);
	assert_int_equal(compare_quietly(&good, &bad, true), -EOPNOTSUPP);
	bad.n = 0;
	buf_add(&bad, good.v, good.n - 1);
	assert_int_equal(compare_quietly(&good, &bad, false), -EBADMSG);
}

static int enter_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	return file_remove_tree(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_matter_is_no_difference),
		cmocka_unit_test(each_difference_is_told),
		cmocka_unit_test(many_differences_are_counted),
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(lines_are_compared_with_their_text),
		cmocka_unit_test(byte_orders_are_compared),
		cmocka_unit_test(constants_are_compared),
		cmocka_unit_test(damaged_objects_do_no_harm),
		cmocka_unit_test(unreadable_objects_are_refused),
	};

	return cmocka_run_group_tests_name("compare", tests, enter_directory, remove_directory);
}
