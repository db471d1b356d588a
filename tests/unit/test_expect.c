/* Annotations of objects that clang makes: what they say, and what is wrong with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/path.h"
#include "loaded_room.h"
#include "kernel/expect.h"

static const char prologue[] = "#define SEC(name) __attribute__((section(name), used))\n"
			       "#define TAG(text) __attribute__((btf_decl_tag(text)))\n";

static bool has_clang(void)
{
	static int status = -1;

	if (status < 0)
		status = system("clang-19 --version >/dev/null 2>&1");
	return status == 0;
}

static int compile(const char *source, const char *target, struct buf *ret)
{
	_cleanup_buf_ struct buf text = {0};
	_cleanup_free_ char *command =
		xasprintf("clang-19 -target %s -g -O1 -c unit.c -o unit.o", target);

	if (!has_clang()) {
		print_message("clang-19 is not installed\n");
		skip();
	}
	buf_puts(&text, prologue);
	buf_puts(&text, source);
	buf_putc(&text, '\n');
	assert_int_equal(file_write("unit.c", text.v, text.n), 0);
	if (system(command) != 0)
		fail_msg("%s: %s", command, source);
	return file_read("unit.o", FILE_MAX_SIZE, ret);
}

static int read_source(const char *source, expectation_list *ret)
{
	_cleanup_buf_ struct buf object = {0};

	messages_begin();
	assert_int_equal(compile(source, "bpfel", &object), 0);
	return expectations_read("unit.o", object.v, object.n, ret);
}

static void put_texts(struct buf *b, const char *name, const expected_texts *texts)
{
	vec_foreach (t, texts)
		buf_printf(b, " %s%s%s%s\"%s\"", name, t->must_not ? "!" : "",
			   t->on_next_line ? ">" : "", t->is_regex_only ? "~" : "", t->text);
}

/* "PROGRAM [unprivileged] ...", a line for each. */
static void describe(const expectation_list *l, struct buf *ret)
{
	vec_foreach (e, l) {
		const struct load_try *t = &e->attempt;

		buf_printf(ret, "%s%s %s", e->program, e->unprivileged ? " unprivileged" : "",
			   e->must_fail ? "failure" : "success");
		if (e->description)
			buf_printf(ret, " (%s)", e->description);
		put_texts(ret, "msg", &e->messages);
		put_texts(ret, "xlated", &e->translated);
		if (e->has_result)
			buf_printf(ret, " result %#x%s%s", e->result,
				   e->is_any_result ? " any" : "", t->run ? "" : " not run");
		vec_foreach (a, &e->archs)
			buf_printf(ret, " %s", (*a)->name);
		if (t->log_level)
			buf_printf(ret, " level %u", t->log_level);
		if (t->flags)
			buf_printf(ret, " flags %#x", t->flags);
		if (t->want_translated)
			buf_puts(ret, " translated");
		for (size_t i = 0; i < t->with.n; i++)
			buf_printf(ret, " with %s", t->with.v[i]);
		if (e->gap)
			buf_printf(ret, " gap: %s%s", e->gap, e->is_moot ? " (moot)" : "");
		buf_putc(ret, '\n');
		assert_string_equal(t->program, e->program);
		assert_int_equal(t->unprivileged, e->unprivileged);
	}
}

static void check_said(const char *source, const char *expected)
{
	_cleanup_(expectations_free) expectation_list l = {0};
	_cleanup_buf_ struct buf said = {0};

	assert_int_equal(read_source(source, &l), 0);
	describe(&l, &said);
	if (!str_eq(said.v ? said.v : "", expected))
		fail_msg("of:\n%s\nexpected:\n%s\nsaid:\n%s\n", source, expected, said.v);
}

/* One program with these tags. */
static void check_tags(const char *tags, const char *expected)
{
	_cleanup_free_ char *source =
		xasprintf("SEC(\"xdp\") %s int p(void *c) { return 0; }", tags);

	check_said(source, expected);
}

static void test_each_tag(void **state)
{
	static const struct {
		const char *tags, *said;
	} samples[] = {
		{"", ""},
		{"TAG(\"other\") TAG(\"comment:other\")", ""},
		{"TAG(\"comment:test_expect_success\")", "p success\n"},
		{"TAG(\"comment:test_expect_failure\")", "p failure\n"},
		{"TAG(\"comment:test_description=a = b\")", "p success (a = b)\n"},
		{"TAG(\"comment:test_expect_success_unpriv\")", "p unprivileged success\n"},
		/* As kernels have spelled texts, one after the other. */
		{"TAG(\"comment:test_expect_msg=R1 = 2\") TAG(\"comment:test_expect_failure\")",
		 "p failure msg\"R1 = 2\" level 1\n"},
		{"TAG(\"comment:test_expect_regex=R.\") TAG(\"comment:test_expect_failure\")",
		 "p failure msg~\"R.\" level 1\n"},
		{"TAG(\"comment:test_expect_msg=10=b\") TAG(\"comment:test_expect_msg=9=a=1\")"
		 "TAG(\"comment:test_expect_not_msg=11=c\") TAG(\"comment:test_expect_failure\")",
		 "p failure msg\"a=1\" msg\"b\" msg!\"c\" level 1\n"},
		{"TAG(\"comment:10:test_expect_msg=b\") TAG(\"comment:9:test_expect_msg=a\")"
		 "TAG(\"comment:11:test_expect_failure\") TAG(\"comment:0:test_expect_msg=7=0\")",
		 "p failure msg\"7=0\" msg\"a\" msg\"b\" level 1\n"},
		{"TAG(\"comment:test_expect_msg=0=x\") TAG(\"comment:test_expect_failure\")"
		 "TAG(\"comment:test_log_level=2\")",
		 "p failure msg\"x\" level 2\n"},
		/* An accepted program has a log when there is something to look for. */
		{"TAG(\"comment:test_expect_msg=0=x\")", "p success msg\"x\" level 2\n"},
		{"TAG(\"comment:test_expect_msg=0=x\") TAG(\"comment:test_log_level=4\")",
		 "p success msg\"x\" level 4\n"},
		{"TAG(\"comment:test_expect_xlated=0=a\") TAG(\"comment:test_expect_xlated=1=b\")"
		 "TAG(\"comment:test_expect_xlated=2=...\") TAG(\"comment:test_expect_xlated=3=c\")"
		 "TAG(\"comment:test_expect_xlated=4=d\")",
		 "p success xlated\"a\" xlated>\"b\" xlated\"c\" xlated>\"d\" translated\n"},
		{"TAG(\"comment:test_retval=0\")", "p success result 0\n"},
		{"TAG(\"comment:test_retval=-2\")", "p success result 0xfffffffe\n"},
		{"TAG(\"comment:test_retval=0xFFFFff23\")", "p success result 0xffffff23\n"},
		{"TAG(\"comment:test_retval=INT_MIN\")", "p success result 0x80000000\n"},
		{"TAG(\"comment:test_retval=TEST_DATA_LEN\")", "p success result 0x40\n"},
		{"TAG(\"comment:test_retval=POINTER_VALUE\")", "p success result 0 any\n"},
		{"TAG(\"comment:test_retval=0xbadcafe\")", "p success result 0 any\n"},
		{"TAG(\"comment:test_retval=1\") TAG(\"comment:test_expect_failure\")",
		 "p failure\n"},
		{"TAG(\"comment:test_prog_flags=BPF_F_SLEEPABLE\") "
		 "TAG(\"comment:test_prog_flags=0x3\")",
		 "p success flags 0x13\n"},
		{"TAG(\"comment:1:test_prog_flags=3\")"
		 "TAG(\"comment:2:test_prog_flags=!BPF_F_ANY_ALIGNMENT\")",
		 "p success flags 0x1\n"},
		{"TAG(\"comment:test_arch=X86_64\") TAG(\"comment:test_arch=s390x\")"
		 "TAG(\"comment:test_arch=POWERPC64\")",
		 "p success x86_64 s390x powerpc ppc64\n"},
		{"TAG(\"comment:load_mode=jited\")", "p success\n"},
		{"TAG(\"comment:load_mode=no_jited\")",
		 "p success gap: it is for kernels that interpret programs, and these compile them "
		 "(moot)\n"},
		{"TAG(\"comment:test_jited=0=ret\")",
		 "p success gap: the machine's instructions were not looked at\n"},
		{"TAG(\"comment:test_btf_path=x\")",
		 "p success gap: it takes the kernel's types from a file, and a try here from the "
		 "kernel (moot)\n"},
		{"TAG(\"comment:test_linear_size=14\") TAG(\"comment:test_retval=1\")",
		 "p success result 0x1 not run gap: it was not run: packets in several pieces are "
		 "not made here\n"},
		{"TAG(\"comment:test_brand_new=1\")",
		 "p success gap: the annotation \"test_brand_new\" is not known here\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		check_tags(samples[i].tags, samples[i].said);
}

static void test_without_rights(void **state)
{
	(void)state;
	/* What is not said of it is as it is with rights. */
	check_tags("TAG(\"comment:test_expect_failure\") TAG(\"comment:test_expect_msg=0=x\")"
		   "TAG(\"comment:test_expect_failure_unpriv\")",
		   "p failure msg\"x\" level 1\np unprivileged failure msg\"x\" level 1\n");
	check_tags("TAG(\"comment:test_expect_failure\") TAG(\"comment:test_expect_msg=0=x\")"
		   "TAG(\"comment:test_expect_msg_unpriv=1=\")",
		   "p failure msg\"x\" level 1\np unprivileged failure msg\"\" level 1\n");
	check_tags("TAG(\"comment:test_expect_success\") TAG(\"comment:test_retval=3\")"
		   "TAG(\"comment:test_expect_failure_unpriv\")"
		   "TAG(\"comment:test_expect_msg_unpriv=1=y\")",
		   "p success result 0x3\np unprivileged failure msg\"y\" level 1\n");
	check_tags("TAG(\"comment:test_expect_success\") TAG(\"comment:test_retval=3\")"
		   "TAG(\"comment:test_retval_unpriv=4\")",
		   "p success result 0x3\np unprivileged success result 0x4\n");
	check_tags(
		"TAG(\"comment:test_expect_success\") TAG(\"comment:test_expect_success_unpriv\")"
		"TAG(\"comment:test_caps_unpriv=39\")",
		"p success\np unprivileged success gap: it asks for some capabilities of several, "
		"and a try here has all of them or none (moot)\n");
}

/* Which programs there are, and which of them are tests. */
static void test_programs(void **state)
{
	(void)state;
	check_said("SEC(\"xdp\") TAG(\"comment:test_expect_failure\") int b(void) { return 0; }\n"
		   "SEC(\"xdp\") int a(void) { return 0; }\n"
		   "SEC(\"?xdp\") int off(void) { return 0; }\n"
		   "SEC(\"?xdp\") TAG(\"comment:test_expect_success\") int on(void) { return 0; }\n"
		   "__attribute__((noinline)) int sub(int i) { return i; }\n",
		   "b failure\na success\non success\n");
	check_said("SEC(\"tc\") TAG(\"comment:test_auxiliary\") "
		   "TAG(\"comment:test_auxiliary_unpriv\")\n"
		   "int aux(void) { return 0; }\n"
		   "SEC(\"tc\") TAG(\"comment:test_auxiliary\") int aux2(void) { return 0; }\n"
		   "SEC(\"tc\") TAG(\"comment:test_expect_success\")\n"
		   "TAG(\"comment:test_expect_success_unpriv\") int p(void) { return 0; }\n",
		   "p success with aux with aux2\np unprivileged success with aux\n");
	/* Of parameters, variables and functions that are no programs. */
	check_said(
		"SEC(\"xdp\") int p(void *c TAG(\"comment:test_expect_failure\")) { return !c; }\n"
		"int v TAG(\"comment:test_expect_failure\") = 1;\n",
		"");
	assert_string_equal(messages.v, "");
	check_said("SEC(\"xdp\") int p(void) { return 0; }\n"
		   "TAG(\"comment:test_expect_failure\") int sub(void) { return 1; }\n",
		   "");
	assert_string_equal(messages.v, "warning: unit.o: the function sub is no program: its "
					"annotations are not looked at\n");
}

static void test_malformed(void **state)
{
	static const struct {
		const char *tag, *why;
	} samples[] = {
		{"test_retval=", "it is no number"},
		{"test_retval=one", "it is no number"},
		{"test_retval=-", "it is no number"},
		{"test_retval=--1", "it is no number"},
		{"test_retval=1 ", "it is no number"},
		{"test_retval=0x", "it is no number"},
		{"test_retval=0x0x1", "it is no number"},
		{"test_retval=4294967296", "the number is out of range"},
		{"test_retval=-2147483649", "the number is out of range"},
		{"test_retval=99999999999999999999999", "the number is out of range"},
		{"test_retval", "it has no \"=\""},
		{"test_expect_msg", "it has no \"=\""},
		{"test_expect_success=1", "nothing is expected behind \"=\""},
		{"test_log_level=8", "the number is out of range"},
		{"test_log_level=-1", "the number is out of range"},
		{"test_prog_flags=BPF_F_NO", "it is neither a flag that is known nor a number"},
		{"test_prog_flags=-1", "it is neither a flag that is known nor a number"},
		{"test_arch=Z80", "it is no architecture that is known"},
		{"load_mode=x", "it is neither \"jited\" nor \"no_jited\""},
		{"test_expect_msg=0=a{{b", "\"{{\" without \"}}\""},
		{"test_expect_msg_unpriv=0={{(}}", "\"(\" without \")\""},
		{"test_expect_xlated=0={{(a)\\\\1}}", "back-references are not supported"},
		{"test_expect_regex=(a{255}){255}", "it repeats too much"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		_cleanup_(expectations_free) expectation_list l = {0};
		_cleanup_free_ char *source =
			xasprintf("SEC(\"xdp\") TAG(\"comment:%s\") int p(void) { return 0; }",
				  samples[i].tag);

		assert_int_equal(read_source(source, &l), -EINVAL);
		assert_int_equal(l.n, 0);
		if (!str_starts(messages.v, "unit.o: program p: annotation \"comment:") ||
		    !strstr(messages.v, samples[i].why))
			fail_msg("%s: %s", samples[i].tag, messages.v);
	}
}

/* In both byte orders; later annotations by their numbers, whatever clang does. */
static void test_thousands(void **state)
{
	_cleanup_buf_ struct buf source = {0}, object = {0};
	_cleanup_(expectations_free) expectation_list l = {0};
	double start;

	(void)state;
	for (int i = 0; i < 500; i++) {
		buf_printf(&source, "SEC(\"xdp\") TAG(\"comment:test_expect_failure\")\n");
		for (int k = 0; k < 20; k++)
			buf_printf(&source, "TAG(\"comment:test_expect_msg=%d=text %d\")\n",
				   i * 20 + k, k);
		buf_printf(&source, "int p%d(void) { return 0; }\n", i);
	}
	messages_begin();
	assert_int_equal(compile(source.v, "bpfeb", &object), 0);
	start = cpu_seconds();
	assert_int_equal(expectations_read("unit.o", object.v, object.n, &l), 0);
	assert_true(cpu_seconds() - start < 2);
	assert_int_equal(l.n, 500);
	for (size_t i = 0; i < l.n; i++) {
		assert_int_equal(l.v[i].messages.n, 20);
		assert_string_equal(l.v[i].messages.v[0].text, "text 0");
		assert_string_equal(l.v[i].messages.v[19].text, "text 19");
	}
}

static void test_too_many_auxiliary(void **state)
{
	_cleanup_buf_ struct buf source = {0};
	_cleanup_(expectations_free) expectation_list l = {0};

	(void)state;
	for (int i = 0; i < 257; i++)
		buf_printf(&source,
			   "SEC(\"xdp\") TAG(\"comment:test_auxiliary\") int p%d(void) { return 0; "
			   "}\n",
			   i);
	assert_int_equal(read_source(source.v, &l), -EINVAL);
	assert_string_equal(messages.v, "unit.o: more than 256 auxiliary programs\n");
}

static void test_what_is_no_object(void **state)
{
	_cleanup_buf_ struct buf object = {0};
	expectation_list l = {0};

	(void)state;
	messages_begin();
	assert_int_equal(expectations_read("x.o", "text", 4, &l), -EOPNOTSUPP);
	assert_non_null(strstr(messages.v, "x.o: "));
	/* Damaged types. */
	assert_int_equal(compile("SEC(\"xdp\") int p(void) { return 0; }", "bpfel", &object), 0);
	for (size_t i = 0; i + 4 < object.n; i++)
		if (memcmp(object.v + i, "\x9f\xeb\1\0", 4) == 0)
			object.v[i + 2] = 9;
	assert_true(expectations_read("unit.o", object.v, object.n, &l) < 0);
	assert_int_equal(l.n, 0);
}

/* The header gives what is read. */
static void test_the_header(void **state)
{
	_cleanup_free_ char *source = xasprintf(
		"#include \"%s\"\n"
		"SEC(\"xdp\") __description(\"d\") __failure __msg(\"a\") __not_msg(\"b\") "
		"__msg(\"a\")\n"
		"__success_unpriv __msg_unpriv(\"c\") __not_msg_unpriv(\"e\") __retval_unpriv(-1)\n"
		"__log_level(2) __flag(BPF_F_SLEEPABLE) __arch_x86_64 __arch_arm64 __arch_riscv64\n"
		"__arch_s390x __arch_powerpc64 __arch_loongarch64 int p(void) { return 0; }\n"
		"SEC(\"xdp\") __success __xlated(\"0: exit\") __xlated(\"...\") __xlated(\"x\")\n"
		"__retval(POINTER_VALUE) __failure_unpriv __xlated_unpriv(\"y\") int q(void)\n"
		"{ return 0; }\n"
		"SEC(\"xdp\") __auxiliary __auxiliary_unpriv int r(void) { return 0; }\n",
		SKEP_TEST_HEADER);

	(void)state;
	check_said(source,
		   "p failure (d) msg\"a\" msg!\"b\" msg\"a\" x86_64 arm64 riscv64 s390x "
		   "powerpc ppc64 loongarch64 level 2 flags 0x10 with r\n"
		   "p unprivileged success (d) msg\"c\" msg!\"e\" result 0xffffffff x86_64 "
		   "arm64 riscv64 s390x powerpc ppc64 loongarch64 level 2 flags 0x10 with r\n"
		   "q success xlated\"0: exit\" xlated\"x\" result 0 any translated with r\n"
		   "q unprivileged failure xlated\"y\" with r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_dir(test_each_tag),		in_dir(test_without_rights),
		in_dir(test_programs),		in_dir(test_malformed),
		in_dir(test_thousands),		in_dir(test_too_many_auxiliary),
		in_dir(test_what_is_no_object), in_dir(test_the_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
