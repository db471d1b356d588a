/* The table that people read: its layout to the letter, and what it does to names from outside. */
#include "report_room.h"

static void print_table(const struct matrix *m, const struct table_options *o, struct buf *ret)
{
	buf_free(ret);
	report_table(m, o, ret);
}

static void test_four_kernels(void **state)
{
	_cleanup_matrix_ struct matrix m = {0};
	_cleanup_buf_ struct buf b = {0};
	struct table_options o = {.log_lines = 2};

	(void)state;
	make_four(&m);
	print_table(&m, &o, &b);
	assert_report(&b, "                       5.10       6.1      6.12     running\n"
			  "build/disk.bpf.o\n"
			  "  disk_start          1,234     11.2k     21.2k       31.2k\n"
			  "  disk_done        rejected  rejected      250k     timeout\n"
			  "build/net.bpf.o\n"
			  "  accept          no target        77   skipped           -\n"
			  "  refuse @unpriv   expected  accepted  expected  no verdict\n"
			  "\n"
			  "build/disk.bpf.o: disk_done (on 5.10, 6.1)\n"
			  "  src/disk.bpf.c:42: return ctx->disk->id;\n"
			  "  12: (61) r1 = *(u32 *)(r1 +0)\n"
			  "  R1 invalid mem access 'scalar'\n"
			  "  why: a number in R1 is used as a pointer\n"
			  "    | 12: (61) r1 = *(u32 *)(r1 +0)\n"
			  "    | R1 invalid mem access 'scalar'\n"
			  "\n"
			  "build/disk.bpf.o: disk_done (on running)\n"
			  "  the deadline went by\n"
			  "\n"
			  "build/net.bpf.o: accept (on 5.10)\n"
			  "  failed to find kernel BTF type ID of 'tcp_x': -3\n"
			  "  why: there is no function tcp_x to attach to on this kernel\n"
			  "\n"
			  "build/net.bpf.o: refuse @unpriv (on 6.1)\n"
			  "  a pointer may not leave the kernel\n"
			  "  it is to be rejected, and was accepted\n"
			  "\n"
			  "kernel running:\n"
			  "  the machine died: Kernel panic - not syncing\n"
			  "\n"
			  "Summary: 8 PASSED, 1 SKIPPED, 6 FAILED\n");
}

/* There is room for two kernels, and then for less of the names. */
static void test_narrow(void **state)
{
	_cleanup_matrix_ struct matrix m = {0};
	_cleanup_buf_ struct buf b = {0};
	struct table_options o = {.width = 40};
	size_t n;

	(void)state;
	make_four(&m);
	print_table(&m, &o, &b);
	n = (size_t)(strstr(b.v, "\n\nbuild/disk.bpf.o: ") + 2 - b.v);
	b.v[b.n = n] = '\0';
	assert_report(&b, "                       5.10       6.1\n"
			  "build/disk.bpf.o\n"
			  "  disk_start          1,234     11.2k\n"
			  "  disk_done        rejected  rejected\n"
			  "build/net.bpf.o\n"
			  "  accept          no target        77\n"
			  "  refuse @unpriv   expected  accepted\n"
			  "\n"
			  "                      6.12     running\n"
			  "build/disk.bpf.o\n"
			  "  disk_start         21.2k       31.2k\n"
			  "  disk_done           250k     timeout\n"
			  "build/net.bpf.o\n"
			  "  accept           skipped           -\n"
			  "  refuse @unpriv  expected  no verdict\n"
			  "\n");
	o.width = 24;
	print_table(&m, &o, &b);
	assert_non_null(strstr(b.v, "  refu..priv   expected\n"));
}

static void test_one_kernel(void **state)
{
	_cleanup_matrix_ struct matrix m = {0};
	_cleanup_buf_ struct buf b = {0};
	struct table_options o = {.width = 80};

	(void)state;
	make_kernel(&m, "6.12", "6.12.1");
	make_accepted(make_row(&m, "a.bpf.o", "exec"), 0, 1234567, 8000);
	make_accepted(make_row(&m, "a.bpf.o", "exit"), 0, 52, 4);
	make_rejected(make_row(&m, "a.bpf.o", "fork"), 0);
	/* Old kernels give no figures. */
	make_accepted(make_row(&m, "b.bpf.o", "p"), 0, 0, 0);
	print_table(&m, &o, &b);
	assert_report(&b, "6.12 (6.12.1)  instructions  peak states  stack      time\n"
			  "a.bpf.o\n"
			  "  exec            1,234,567        4,000   16 B  308.6 ms\n"
			  "  exit                   52            2   16 B     13 us\n"
			  "  fork             rejected\n"
			  "b.bpf.o\n"
			  "  p                accepted\n"
			  "\n"
			  "a.bpf.o: fork\n"
			  "  src/disk.bpf.c:42: return ctx->disk->id;\n"
			  "  12: (61) r1 = *(u32 *)(r1 +0)\n"
			  "  R1 invalid mem access 'scalar'\n"
			  "  why: a number in R1 is used as a pointer\n"
			  "\n"
			  "Summary: 3 PASSED, 0 SKIPPED, 1 FAILED\n");
}

static void test_logs(void **state)
{
	_cleanup_matrix_ struct matrix m = {0};
	_cleanup_buf_ struct buf b = {0};
	struct table_options o = {.failures_only = true, .log_lines = 6};
	struct matrix_row *r;

	(void)state;
	make_kernel(&m, "6.12", "");
	r = make_row(&m, "a.bpf.o", "fork");
	make_rejected(r, 0);
	print_table(&m, &o, &b);
	/* All lines but those with figures; and no table. */
	assert_int_equal(count_of(b.v, "    | "), 4);
	assert_true(str_starts(b.v, "a.bpf.o: fork\n"));
	o.log_lines = 0;
	print_table(&m, &o, &b);
	assert_int_equal(count_of(b.v, "    | "), 0);
	o.show_logs = true;
	print_table(&m, &o, &b);
	assert_int_equal(count_of(b.v, "    | "), 7);
	/* A log without a last line feed, and of figures alone. */
	set_text(&r->cells.v[0].verdict.log, "stack depth 0\nprocessed 1 insns");
	o = (struct table_options){.log_lines = 3};
	print_table(&m, &o, &b);
	assert_int_equal(count_of(b.v, "    | "), 0);
}

static void test_colours(void **state)
{
	_cleanup_matrix_ struct matrix m = {0};
	_cleanup_buf_ struct buf plain = {0}, painted = {0}, without = {0};
	struct table_options o = {.width = 80, .log_lines = 2};

	(void)state;
	make_four(&m);
	report_table(&m, &o, &plain);
	assert_null(strchr(plain.v, '\033'));
	o.colour = true;
	report_table(&m, &o, &painted);
	assert_non_null(strstr(painted.v, "\033[32m    1,234"));
	assert_non_null(strstr(painted.v, "\033[1;31mno target"));
	assert_non_null(strstr(painted.v, "\033[33m skipped"));
	/* Colours are all the difference. */
	for (const char *s = painted.v; *s; s++) {
		if (*s == '\033')
			s = strchr(s, 'm');
		else
			buf_putc(&without, *s);
	}
	assert_report(&without, plain.v);
}

static bool is_clean(const char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < 0x20 && *text != '\n') || *text == 0x7f)
			return false;
	return true;
}

/* What is in objects cannot reach the terminal as it is. */
static void test_nasty(void **state)
{
	_cleanup_matrix_ struct matrix m = {0};
	_cleanup_buf_ struct buf b = {0};
	struct table_options o = {.width = 60, .show_logs = true};
	struct matrix_row *r;
	struct matrix_cell *c;

	(void)state;
	make_kernel(&m, NASTY, NASTY);
	make_kernel(&m, "b", NASTY);
	r = make_row(&m, NASTY, NASTY);
	r->preset = xstrdup(NASTY);
	r->description = xstrdup(NASTY);
	c = make_rejected(r, 0);
	set_text(&c->explanation.file, NASTY);
	set_text(&c->explanation.text, NASTY);
	set_text(&c->explanation.message, NASTY);
	set_text(&c->explanation.reason, NASTY);
	set_text(&c->verdict.log, NASTY);
	set_text(&c->why, NASTY);
	m.kernels.v[1].trouble = xstrdup(NASTY);
	print_table(&m, &o, &b);
	assert_true(is_clean(b.v));
	assert_null(strchr(b.v, '\xff'));
	assert_int_equal(count_of(b.v, "d\\x1b[31m\\xff \xe2\x82\xac"), 15);
}

/* Wide characters take two columns, and no name is cut inside of one. */
static void test_wide_names(void **state)
{
	_cleanup_matrix_ struct matrix m = {0};
	_cleanup_buf_ struct buf b = {0};
	struct table_options o = {.width = 40};

	(void)state;
	make_kernel(&m, "6.1", "");
	make_kernel(&m, "6.12", "");
	make_row(&m, "a.bpf.o", "\xe6\xbc\xa2\xe5\xad\x97");
	make_row(&m, "a.bpf.o", "abcdefghijklmnopqrstuvwxyz0123456789");
	make_row(&m, "a.bpf.o",
		 "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc"
		 "\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2"
		 "\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97");
	print_table(&m, &o, &b);
	assert_report(
		&b, "                               6.1  6.12\n"
		    "a.bpf.o\n"
		    "  \xe6\xbc\xa2\xe5\xad\x97                           -     -\n"
		    "  abcdefghijklm..yz0123456789    -     -\n"
		    "  \xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97.."
		    "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97     "
		    "-     -\n"
		    "\n"
		    "Summary: 0 PASSED, 0 SKIPPED, 0 FAILED\n");
}

/* What is the same for several programs of an object is told once, unless they have logs. */
static void test_same_failures(void **state)
{
	_cleanup_matrix_ struct matrix m = {0};
	_cleanup_buf_ struct buf b = {0};
	struct table_options o = {.failures_only = true};

	(void)state;
	make_kernel(&m, "6.1", "");
	make_kernel(&m, "6.12", "");
	for (int i = 0; i < 7; i++) {
		_cleanup_free_ char *name = xasprintf("p%d", i);
		struct matrix_row *r = make_row(&m, i == 6 ? "b.bpf.o" : "a.bpf.o", name);

		for (size_t k = 0; k < 2; k++) {
			struct matrix_cell *c = make_verdict(r, k, CELL_FAILED, VERDICT_REJECTED);

			c->explanation.message = xstrdup("EPERM");
		}
	}
	set_text(&m.rows.v[3].cells.v[1].explanation.message, "EINVAL");
	make_rejected(make_row(&m, "b.bpf.o", "q"), 0);
	make_rejected(make_row(&m, "b.bpf.o", "r"), 0);
	set_text(&m.rows.v[8].cells.v[0].verdict.log, "another\n");
	print_table(&m, &o, &b);
	assert_true(str_starts(b.v, "a.bpf.o: p0, p1, p2, p4 and 1 more (on 6.1, 6.12)\n"
				    "  EPERM\n"
				    "\n"
				    "a.bpf.o: p3 (on 6.1)\n"
				    "  EPERM\n"
				    "\n"
				    "a.bpf.o: p3 (on 6.12)\n"
				    "  EINVAL\n"
				    "\n"
				    "b.bpf.o: p6 (on 6.1, 6.12)\n"
				    "  EPERM\n"
				    "\n"
				    "b.bpf.o: q (on 6.1)\n"));
	assert_int_equal(count_of(b.v, "b.bpf.o: r (on 6.1)\n"), 1);
}

/* Every line fits, and every program has one in each block. */
static void test_many(void **state)
{
	_cleanup_matrix_ struct matrix m = {0};
	_cleanup_buf_ struct buf b = {0};
	struct table_options o = {.width = 70};
	char name[160];

	(void)state;
	for (int k = 0; k < 9; k++) {
		snprintf(name, sizeof(name), "6.%d", k);
		make_kernel(&m, name, "");
	}
	for (int i = 0; i < 300; i++) {
		struct matrix_row *r;

		snprintf(name, sizeof(name), "%0*d", i % 100 + 1, i);
		r = make_row(&m, i % 2 ? "odd.bpf.o" : "even.bpf.o", name);
		for (size_t k = 0; k < 9; k++)
			make_accepted(r, k, (uint64_t)1 << (i % 64), 1);
	}
	print_table(&m, &o, &b);
	assert_int_equal(count_of(b.v, "odd.bpf.o\n"), 300);
	assert_int_equal(count_of(b.v, "9,223"), 0);
	assert_int_equal(count_of(b.v, "9.2E"), 9 * 4);
	for (char *line = strtok(b.v, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 70);
}

static void test_empty(void **state)
{
	struct matrix m = {0};
	_cleanup_buf_ struct buf b = {0};
	struct table_options o = {.width = 80};

	(void)state;
	print_table(&m, &o, &b);
	assert_report(&b, "Summary: 0 PASSED, 0 SKIPPED, 0 FAILED\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_four_kernels),  cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_one_kernel),    cmocka_unit_test(test_logs),
		cmocka_unit_test(test_colours),	      cmocka_unit_test(test_nasty),
		cmocka_unit_test(test_wide_names),    cmocka_unit_test(test_many),
		cmocka_unit_test(test_same_failures), cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
