/* Rejections of real kernels, in their words, and what is made of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/file.h"
#include "kernel/explain.h"

static void explain(const char *log, const char *said, const struct object_lines *lines,
		    struct explanation *ret)
{
	struct verdict v = {
		.program = (char *)"prog",
		.kind = VERDICT_REJECTED,
		.log = (char *)log,
		.said = (char *)said,
	};

	verdict_explain(&v, lines, ret);
}

static void assert_text(const char *text, const char *expected)
{
	if (!expected)
		assert_null(text);
	else
		assert_string_equal(text ? text : "(null)", expected);
}

/* Since 6.10 a line's place is in the log. */
static void test_place(void **state)
{
	static const char log[] = "func#0 @0\n"
				  "0: R1=ctx() R10=fp0\n"
				  "; int x = *(int *)7; @ dir/a.bpf.c:12\n"
				  "0: (b7) r1 = 7                        ; R1_w=7\n"
				  "1: (61) r0 = *(u32 *)(r1 +0)\n"
				  "R1 invalid mem access 'scalar'\n"
				  "verification time 52 usec\n"
				  "stack depth 0\n"
				  "processed 2 insns (limit 1000000) max_states_per_insn 0 "
				  "total_states 0 peak_states 0 mark_read 0\n";
	_cleanup_explanation_ struct explanation e;

	(void)state;
	explain(log, "", NULL, &e);
	assert_text(e.file, "dir/a.bpf.c");
	assert_int_equal(e.line, 12);
	assert_text(e.text, "int x = *(int *)7;");
	assert_text(e.instruction, "1: (61) r0 = *(u32 *)(r1 +0)");
	assert_text(e.message, "R1 invalid mem access 'scalar'");
	assert_non_null(strstr(e.reason, "a number in R1 is used as a pointer"));
}

/* Before that only the text is; a register dump may stand between. */
static void test_text_alone(void **state)
{
	static const char log[] = "0: R1=ctx(id=0,off=0,imm=0) R10=fp0\n"
				  "; if (a @ b:c) return v->n;\n"
				  "5: (79) r0 = *(u64 *)(r0 +0)\n"
				  " R0_w=map_value_or_null(id=1,off=0,ks=4,vs=8,imm=0) R10=fp0\n"
				  "R0 invalid mem access 'map_value_or_null'\n"
				  "processed 6 insns (limit 1000000) max_states_per_insn 0 "
				  "total_states 0 peak_states 0 mark_read 0\n";
	_cleanup_explanation_ struct explanation e;

	(void)state;
	explain(log, "", NULL, &e);
	assert_null(e.file);
	assert_int_equal(e.line, 0);
	assert_text(e.text, "if (a @ b:c) return v->n;");
	assert_text(e.message, "R0 invalid mem access 'map_value_or_null'");
	assert_non_null(strstr(e.reason, "may be NULL"));
}

/* Since 7.2 the kernel says the last line again, in a text of its own. */
static void test_diagnosis(void **state)
{
	static const char log[] =
		"; return f(sk); @ core.h:247\n"
		"4: (bf) r1 = r0                       ; R0=scalar(id=1)\n"
		"5: (85) call bpf_get_socket_cookie#46\n"
		"program of this type cannot use helper bpf_get_socket_cookie#46\n"
		"\n"
		"Verification failed: Policy: Operation is not allowed\n"
		"\n"
		"Reason:\n"
		"  The helper is not allowed:\n"
		"  by its type.\n"
		"\n"
		"At:\n"
		"  prog @ core.h:247:10\n"
		"\n"
		"verification time 9453 usec\n"
		"stack depth max 0\n"
		"subprog 0 (prog) main insns_self 5 insns_total 5 stack 0\n"
		"processed 5 insns (limit 1000000) max_states_per_insn 0 "
		"total_states 0 peak_states 0 mark_read 0\n";
	static const char unknown[] = "3: (95) exit\nnew words\n\nVerification failed: X\n\n"
				      "Reason:\n  The helper is not allowed:\n  by its type.\n\n";
	_cleanup_explanation_ struct explanation e, other, none;

	(void)state;
	explain(log, "", NULL, &e);
	assert_text(e.message, "program of this type cannot use helper bpf_get_socket_cookie#46");
	assert_int_equal(e.line, 247);
	assert_non_null(strstr(e.reason, "helper bpf_get_socket_cookie is not allowed"));
	/* Where we have no words for it, the kernel's are shown. */
	explain(unknown, "", NULL, &other);
	assert_text(other.message, "new words");
	assert_text(other.reason, "The helper is not allowed: by its type.");
	explain("3: (95) exit\nnew words\n\nVerification failed: X\n", "", NULL, &none);
	assert_text(none.message, "new words");
	assert_null(none.reason);
}

/* Not even a log. */
static void test_error_alone(void **state)
{
	struct verdict v = {.program = (char *)"prog",
			    .kind = VERDICT_REJECTED,
			    .error = EPERM,
			    .log = (char *)"",
			    .said = (char *)""};
	_cleanup_explanation_ struct explanation e;

	(void)state;
	verdict_explain(&v, NULL, &e);
	assert_text(e.message, "EPERM (Operation not permitted)");
	assert_non_null(strstr(e.reason, "does not say why"));
}

/* Logs are outside data. */
static void test_odd_logs(void **state)
{
	static const struct {
		const char *log, *message, *text, *instruction;
	} odd[] = {
		{"", NULL, NULL, NULL},
		{"\n\n\n", NULL, NULL, NULL},
		{"processed 0 insns", NULL, NULL, NULL},
		{"no end of line", "no end of line", NULL, NULL},
		{"; ", NULL, "", NULL},
		{"; @ x:1\n", NULL, "@ x:1", NULL},
		{"; a @ :\nlast\n", "last", "a @ :", NULL},
		{"99999999999: (\nwhy\n", "why", NULL, NULL},
		{"7: (\nwhy\n", "why", NULL, "7: ("},
		{"from 3 to 5: R1=ctx()\n", NULL, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		_cleanup_explanation_ struct explanation e;

		explain(odd[i].log, "", NULL, &e);
		assert_text(e.message, odd[i].message);
		assert_text(e.text, odd[i].text);
		assert_text(e.instruction, odd[i].instruction);
	}
}

static void test_long_lines(void **state)
{
	struct buf log = {0};
	_cleanup_explanation_ struct explanation e;

	(void)state;
	buf_puts(&log, "; ");
	for (int i = 0; i < 100000; i++)
		buf_putc(&log, 'x');
	buf_puts(&log, "\nR1 !read_ok ");
	for (int i = 0; i < 100000; i++)
		buf_putc(&log, 'y');
	explain(log.v, "", NULL, &e);
	assert_true(strlen(e.text) < 5000);
	assert_true(strlen(e.message) < 5000);
	assert_non_null(strstr(e.reason, "R1 holds nothing"));
	buf_free(&log);
}

/* libbpf may know before the kernel is asked. */
static void test_libbpf(void **state)
{
	static const char said[] =
		"prog 'prog': failed to load: -3\n"
		"prog 'prog': failed to find kernel BTF type ID of 'dummy_fn': -3\n"
		"prog 'prog': failed to prepare load attributes: -3\n";
	_cleanup_explanation_ struct explanation e;

	(void)state;
	explain("", said, NULL, &e);
	assert_text(e.message, "prog 'prog': failed to find kernel BTF type ID of 'dummy_fn': -3");
	assert_text(e.reason, "there is no function dummy_fn to attach to on this kernel");
	assert_null(e.text);
}

/* Words of kernels between 5.10 and 7, and a part of what is said of them. */
static const struct {
	const char *message, *reason;
} reasons[] = {
	{"unknown func bpf_get_current_task_btf#158",
	 "bpf_get_current_task_btf is not allowed in programs of this type"},
	{"program of this type cannot use helper bpf_probe_read_kernel#113",
	 "bpf_probe_read_kernel is not allowed"},
	{"invalid func unknown#195896080", "does not exist on this kernel"},
	{"invalid func unknown#211", "number 211"},
	{"R2 unbounded memory access, make sure to bounds check any such access", "bound of R2"},
	{"R3 min value is negative, either use unsigned or 'var &= const'", "R3 may be negative"},
	{"R1 type=scalar expected=fp, pkt, pkt_meta, map_key, map_value", "scalar instead of fp"},
	{"invalid access to map value, value_size=8 off=8 size=4",
	 "offset 8 is outside of the map's value, which has 8 bytes"},
	{"invalid access to packet, off=14 size=4, R2(id=0,off=14,r=0)", "data_end"},
	{"invalid bpf_context access off=200 size=8", "offset 200"},
	{"BPF program is too large. Processed 1000001 insn", "too many ways"},
	{"The sequence of 8193 jumps is too complex.", "too many ways"},
	{"infinite loop detected at insn 5", "loop may never end"},
	{"back-edge from insn 7 to 3", "loop may never end"},
	{"Unreleased reference id=2 alloc_insn=7", "not released"},
	{"cannot call GPL-restricted function from non-GPL compatible program", "GPL"},
	{"number of funcs in func_info doesn't match number of subprogs", "bpf_loop()"},
	{"combined stack size of 3 calls is 544. Too large", "512 bytes"},
	{"invalid indirect read from stack R2 off -16+4 size 8", "stack"},
	{"R0 !read_ok", "R0 holds nothing"},
	{"At program exit the register R0 has unknown scalar value should have been in [0, 1]",
	 "may only return certain values"},
	{"extern (func ksym) 'bpf_none': not found in kernel or module BTFs", "kfunc bpf_none"},
	{"extern (var ksym) 'some_var': not found in kernel BTF", "variable some_var"},
	{"calling kernel function bpf_obj_new_impl is not allowed", "kfunc bpf_obj_new_impl"},
	{"Possibly NULL pointer passed to trusted arg0", NULL},
	{"something that nobody has said before", NULL},
};

static void test_reasons(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		_cleanup_free_ char *reason = reason_of(reasons[i].message);

		if (reasons[i].reason && (!reason || !strstr(reason, reasons[i].reason)))
			fail_msg("%s: %s", reasons[i].message, reason ? reason : "(null)");
		if (reason && strchr(reason, '%'))
			fail_msg("%s: %s", reasons[i].message, reason);
	}
	assert_null(reason_of("something that nobody has said before"));
}

#define SOURCE                                               \
	"#define SEC(n) __attribute__((section(n), used))\n" \
	"SEC(\"tp/a\") int first(long *p)\n"                 \
	"{\n"                                                \
	"\treturn p[0] + 1;\n"                               \
	"}\n"                                                \
	"SEC(\"tp/a\") int prog(long *p)\n"                  \
	"{\n"                                                \
	"\tif (p[3])\n"                                      \
	"\t\tp[4] = 7;\n"                                    \
	"\treturn p[0] + 1;\n"                               \
	"}\n"

/* Where a kernel names no place, the object does. */
static void test_lines(void **state)
{
	char dir[] = "/tmp/skep-explain-XXXXXX";
	_cleanup_(object_lines_freep) struct object_lines *lines = NULL;
	_cleanup_explanation_ struct explanation by_text, by_number;
	_cleanup_buf_ struct buf object = {0};
	_cleanup_free_ char *source = NULL, *output = NULL, *command = NULL;
	struct object_line line;

	(void)state;
	assert_non_null(mkdtemp(dir));
	source = xasprintf("%s/unit.c", dir);
	output = xasprintf("%s/unit.o", dir);
	command = xasprintf("clang-19 --target=bpf -g -O2 -ffile-compilation-dir=. -c %s -o %s",
			    source, output);
	assert_int_equal(file_write(source, SOURCE, strlen(SOURCE)), 0);
	assert_int_equal(system(command), 0);
	assert_int_equal(file_read(output, 1 << 20, &object), 0);
	assert_int_equal(object_lines_open(object.v, object.n, output, &lines), 0);

	/* The same text in two functions: that of the one which was rejected counts. */
	explain("; return p[0] + 1;\n3: (95) exit\nwhy\n", "", lines, &by_text);
	assert_int_equal(by_text.line, 10);
	assert_true(str_ends(by_text.file, "unit.c"));
	/* No text at all. */
	explain("1: (79) r1 = *(u64 *)(r1 +24)\nwhy\n", "", lines, &by_number);
	assert_true(by_number.line >= 8 && by_number.line <= 10);
	assert_non_null(by_number.text);

	assert_true(object_lines_of_text(lines, "elsewhere", "\tp[4] = 7;", &line));
	assert_int_equal(line.line, 9);
	assert_false(object_lines_of_text(lines, "prog", "not there", &line));
	assert_false(object_lines_at(lines, "elsewhere", 0, &line));
	assert_false(object_lines_at(lines, "prog", 1000000, &line));
	assert_int_equal(file_remove_tree(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_place),	    cmocka_unit_test(test_diagnosis),
		cmocka_unit_test(test_error_alone), cmocka_unit_test(test_text_alone),
		cmocka_unit_test(test_odd_logs),    cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_libbpf),	    cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
