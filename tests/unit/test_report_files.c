/* Reports for programs. That JSON and XML are well-formed is a matter of tests/cli/report.bats. */
#include "report_room.h"

#define HEADER                                                                       \
	"file_name,prog_name,verdict,duration,total_insns,total_states,peak_states," \
	"max_states_per_insn,max_mark_read_len,prog_size,prog_type,"                 \
	"stack_depth"

static void test_csv(void **state)
{
	_cleanup_matrix_ struct matrix m = {0};
	_cleanup_buf_ struct buf b = {0};
	struct matrix_row *r;

	(void)state;
	make_kernel(&m, "6.12", "");
	make_accepted(make_row(&m, "build/a.bpf.o", "exec"), 0, 1000, 8);
	make_rejected(make_row(&m, "build/a.bpf.o", "comma,\"quote\""), 0);
	r = make_row(&m, "x/b.bpf.o", "p");
	r->unprivileged = true;
	make_accepted(r, 0, 4, 1);
	r = make_row(&m, "y/b.bpf.o", "p");
	r->preset = xstrdup("fast");
	set_text(&r->type, "");
	make_accepted(r, 0, 4, 1);
	/* What was not asked, and what does not count, is left out. */
	make_row(&m, "y/b.bpf.o", "q");
	make_verdict(make_row(&m, "y/b.bpf.o", "r"), 0, CELL_SKIPPED, VERDICT_UNTRIED);
	report_csv(&m, &b);
	assert_report(&b, HEADER "\n"
				 "a.bpf.o,exec,success,250,1000,8,4,2,3,12,tracing,16\n"
				 "a.bpf.o,\"comma,\"\"quote\"\"\",failure,0,0,0,0,0,0,0,tracing,0\n"
				 "x/b.bpf.o,p @unpriv,success,1,4,1,0,2,3,12,tracing,16\n"
				 "y/b.bpf.o,p [fast],success,1,4,1,0,2,3,12,unspec,16\n");
}

static void test_csv_kernels(void **state)
{
	_cleanup_matrix_ struct matrix m = {0};
	_cleanup_buf_ struct buf b = {0};
	struct matrix_row *r;

	(void)state;
	make_kernel(&m, "5.10", "");
	make_kernel(&m, "6.12", "");
	set_text(&m.kernels.v[1].arch, "arm64");
	r = make_row(&m, "a.bpf.o", "exec");
	make_accepted(r, 0, 1000, 8);
	make_accepted(r, 1, 2000, 8);
	report_csv(&m, &b);
	assert_report(&b,
		      HEADER ",kernel\n"
			     "a.bpf.o,exec,success,250,1000,8,4,2,3,12,tracing,16,5.10 x86_64\n"
			     "a.bpf.o,exec,success,500,2000,8,4,2,3,12,tracing,16,6.12 arm64\n");
}

static void test_json(void **state)
{
	_cleanup_matrix_ struct matrix m = {0};
	_cleanup_buf_ struct buf b = {0};
	struct matrix_row *r;
	struct matrix_cell *c;

	(void)state;
	make_kernel(&m, "5.10", "5.10.0");
	make_kernel(&m, "6.12", "");
	m.kernels.v[1].trouble = xstrdup("no \"answer\"");
	r = make_row(&m, "a.bpf.o", "exec");
	c = make_accepted(r, 0, 1000, 8);
	c->is_stored = c->verdict.was_run = true;
	c->verdict.run_result = 7;
	report_json(&m, &b);
	assert_report(
		&b,
		"{\"schema\":1,\"summary\":{\"passed\":1,\"skipped\":0,\"failed\":0},"
		"\"kernels\":[{\"name\":\"5.10\",\"release\":\"5.10.0\",\"arch\":\"x86_64\","
		"\"trouble\":null},{\"name\":\"6.12\",\"release\":\"\",\"arch\":\"x86_64\","
		"\"trouble\":\"no \\\"answer\\\"\"}],"
		"\"programs\":[{\"object\":\"a.bpf.o\",\"program\":\"exec\","
		"\"section\":\"tp_btf/x\",\"type\":\"tracing\",\"preset\":null,"
		"\"description\":null,\"unprivileged\":false,\"must_fail\":false,"
		"\"verdicts\":[{\"kernel\":\"5.10\",\"arch\":\"x86_64\",\"state\":\"passed\","
		"\"why\":null,\"stored\":true,\"verdict\":\"accepted\",\"error\":0,"
		"\"program_size\":12,\"instructions\":1000,\"total_states\":8,\"peak_states\":4,"
		"\"max_states_per_instruction\":2,\"mark_read\":3,\"nanoseconds\":250000,"
		"\"stack\":16,\"run\":{\"error\":0,\"result\":7},\"file\":null,\"line\":null,"
		"\"text\":null,\"instruction\":null,\"message\":null,\"reason\":null,"
		"\"log\":\"\",\"said\":\"\",\"translated\":\"\"}]}]}\n");
}

static void test_junit(void **state)
{
	_cleanup_matrix_ struct matrix m = {0};
	_cleanup_buf_ struct buf b = {0};
	struct matrix_cell *c;

	(void)state;
	make_kernel(&m, "6.12", "6.12.1");
	make_accepted(make_row(&m, "a.bpf.o", "exec"), 0, 1000, 8);
	c = make_rejected(make_row(&m, "a.bpf.o", "fork"), 0);
	set_text(&c->verdict.log, "R1 <\x1b>\n");
	c = make_verdict(make_row(&m, "a.bpf.o", "exit"), 0, CELL_SKIPPED, VERDICT_UNTRIED);
	c->why = xstrdup("not here");
	report_junit(&m, &b);
	assert_report(
		&b,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites name=\"skep verify\" tests=\"3\" failures=\"1\" errors=\"0\" "
		"skipped=\"1\" time=\"0.000250\">\n"
		"  <testsuite name=\"6.12\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\" "
		"time=\"0.000250\">\n"
		"    <properties>\n"
		"      <property name=\"release\" value=\"6.12.1\"/>\n"
		"      <property name=\"arch\" value=\"x86_64\"/>\n"
		"    </properties>\n"
		"    <testcase classname=\"a.bpf.o\" name=\"exec\" time=\"0.000250\"/>\n"
		"    <testcase classname=\"a.bpf.o\" name=\"fork\" time=\"0.000000\">"
		"<failure message=\"R1 invalid mem access &#39;scalar&#39;\" type=\"rejected\">"
		"src/disk.bpf.c:42: return ctx-&gt;disk-&gt;id;\n"
		"12: (61) r1 = *(u32 *)(r1 +0)\n"
		"R1 invalid mem access &#39;scalar&#39;\n"
		"why: a number in R1 is used as a pointer\n"
		"\n"
		"R1 &lt;&gt;\n"
		"</failure></testcase>\n"
		"    <testcase classname=\"a.bpf.o\" name=\"exit\" time=\"0.000000\">"
		"<skipped message=\"not here\"/></testcase>\n"
		"  </testsuite>\n"
		"</testsuites>\n");
}

/* Failures come before the matrix, and a log without end is cut at the beginning of a line. */
static void test_html(void **state)
{
	_cleanup_matrix_ struct matrix m = {0};
	_cleanup_buf_ struct buf b = {0}, log = {0};
	struct matrix_cell *c;
	const char *cut;

	(void)state;
	make_four(&m);
	for (int i = 0; i < 100000; i++)
		buf_printf(&log, "line %d <i>\n", i);
	c = &m.rows.v[1].cells.v[0];
	set_text(&c->verdict.log, log.v);
	report_html(&m, &b);
	assert_true(strstr(b.v, "<article") < strstr(b.v, "<table"));
	assert_non_null(strstr(b.v, "<li class=\"chip big failed\">6 failed</li>"));
	assert_int_equal(count_of(b.v, "<tr class=\"row fine\""), 1);
	assert_int_equal(count_of(b.v, "<details class=\"cell\""), 15);
	cut = strstr(b.v, "--json has all of it.</p><pre>line 9");
	assert_non_null(cut);
	assert_non_null(strstr(b.v, "line 99999 &lt;i&gt;\n</pre>"));
	assert_null(strstr(b.v, "line 50000"));
	assert_null(strstr(b.v, "<i>"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csv),  cmocka_unit_test(test_csv_kernels),
		cmocka_unit_test(test_json), cmocka_unit_test(test_junit),
		cmocka_unit_test(test_html),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
