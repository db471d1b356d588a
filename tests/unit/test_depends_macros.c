/* Units that depend on the architecture by way of macros: small ones, one for each way. */
#include "depends_room.h"

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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(macros_hand_it_on),
		TEST(pastes_hand_it_on),
		TEST(long_chains_end),
	};

	return cmocka_run_group_tests_name("depends macros", tests, make_dir, remove_dir);
}
