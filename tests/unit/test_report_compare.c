/* What changed since a CSV file was written: ours or veristat's, whole or damaged. */
#include <errno.h>

#include "base/message.h"
#include "report_room.h"

#define COLUMNS "file_name,prog_name,verdict,total_insns,total_states\n"

static char said[512];

static void remember(enum message_level level, const char *text, void *arg)
{
	(void)level;
	(void)arg;
	snprintf(said, sizeof(said), "%s", text);
}

/* What is said of one change; worse: whether the comparison is to fail. */
static void assert_comparison(const struct matrix *m, const char *old,
			      const struct compare_limits *limits, bool worse, const char *expected)
{
	_cleanup_buf_ struct buf b = {0};
	bool is_worse = !worse;

	assert_int_equal(report_compare(m, "old.csv", old, strlen(old), limits, &b, &is_worse), 0);
	assert_report(&b, expected);
	assert_true(is_worse == worse);
}

static const struct compare_limits any = {0}, usual = {.percent = 5};

static void test_round_trip(void **state)
{
	_cleanup_matrix_ struct matrix m = {0}, one = {0};
	_cleanup_buf_ struct buf csv = {0}, csv_one = {0};

	(void)state;
	make_four(&m);
	make_rejected(make_row(&m, NASTY, NASTY), 1);
	make_accepted(make_row(&m, "\"", "a\r\nb\n\"\"c,"), 2, 100, 9);
	report_csv(&m, &csv);
	assert_comparison(&m, csv.v, &any, false, "Compared with old.csv: 16 as before\n");
	make_kernel(&one, "6.12", "");
	make_accepted(make_row(&one, "x/a.bpf.o", "p"), 0, 100, 9);
	make_accepted(make_row(&one, "y/a.bpf.o", "p"), 0, 200, 9);
	report_csv(&one, &csv_one);
	assert_comparison(&one, csv_one.v, &any, false, "Compared with old.csv: 2 as before\n");
}

static void test_changes(void **state)
{
	_cleanup_matrix_ struct matrix m = {0};

	(void)state;
	make_kernel(&m, "6.12", "");
	make_rejected(make_row(&m, "build/a.bpf.o", "broken"), 0);
	make_accepted(make_row(&m, "build/a.bpf.o", "repaired"), 0, 10, 1);
	make_accepted(make_row(&m, "build/a.bpf.o", "dear"), 0, 1100, 10);
	make_accepted(make_row(&m, "build/a.bpf.o", "dearest"), 0, 2000, 10);
	make_accepted(make_row(&m, "build/a.bpf.o", "states"), 0, 1000, 20);
	make_accepted(make_row(&m, "build/a.bpf.o", "cheap"), 0, 500, 10);
	make_accepted(make_row(&m, "build/a.bpf.o", "same"), 0, 1040, 10);
	make_rejected(make_row(&m, "build/a.bpf.o", "never"), 0);
	make_accepted(make_row(&m, "build/a.bpf.o", "new"), 0, 10, 1);
	make_row(&m, "build/a.bpf.o", "dead")->cells.v[0].state = CELL_FAILED;
	assert_comparison(&m,
			  COLUMNS "a.bpf.o,broken,success,10,1\n"
				  "a.bpf.o,repaired,failure,10,1\n"
				  "a.bpf.o,dear,success,1000,10\n"
				  "a.bpf.o,dearest,success,1000,10\n"
				  "a.bpf.o,states,success,1000,10\n"
				  "a.bpf.o,cheap,success,1000,10\n"
				  "a.bpf.o,same,success,1000,10\n"
				  "a.bpf.o,never,failure,1,10\n"
				  "a.bpf.o,gone,success,1000,10\n"
				  "a.bpf.o,dead,success,1000,10\n",
			  &usual, true,
			  "Rejected now, accepted before:\n"
			  "  a.bpf.o: broken  R1 invalid mem access 'scalar'\n"
			  "\n"
			  "Without a verdict now, accepted before:\n"
			  "  a.bpf.o: dead\n"
			  "\n"
			  "Dearer (instructions, states):\n"
			  "  a.bpf.o: dearest  1,000 -> 2,000 (+100.0%), 10 -> 10 (+0.0%)\n"
			  "  a.bpf.o: dear     1,000 -> 1,100 (+10.0%), 10 -> 10 (+0.0%)\n"
			  "  a.bpf.o: states   1,000 -> 1,000 (+0.0%), 10 -> 20 (+100.0%)\n"
			  "\n"
			  "Accepted now, rejected before:\n"
			  "  a.bpf.o: repaired\n"
			  "\n"
			  "Cheaper (instructions, states):\n"
			  "  a.bpf.o: cheap  1,000 -> 500 (-50.0%), 10 -> 10 (+0.0%)\n"
			  "\n"
			  "New:\n"
			  "  a.bpf.o: new\n"
			  "\n"
			  "Gone:\n"
			  "  a.bpf.o: gone\n"
			  "\n"
			  "Compared with old.csv: 1 rejected now, 1 without a verdict, 3 dearer, 1 "
			  "accepted now, 1 cheaper, 1 new, 1 gone, 2 as before\n");
}

/* Each alone: only what is worse fails. */
static void test_worse(void **state)
{
	static const struct {
		const char *line;
		bool worse;
	} cases[] = {
		{"a,p,success,1000,10\n", false}, {"a,p,failure,1000,10\n", false},
		{"a,p,success,900,10\n", true},	  {"a,p,success,1100,10\n", false},
		{"a,p,success,1000,5\n", true},	  {"a,p,success,1000,20\n", false},
		{"a,p,success,2000,5\n", false},  {"", false},
		{"a,q,success,1000,10\n", false}, {"a,p,success,0,0\n", true},
	};
	_cleanup_matrix_ struct matrix m = {0};

	(void)state;
	make_kernel(&m, "6.12", "");
	make_accepted(make_row(&m, "a", "p"), 0, 1000, 10);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *old = xasprintf(COLUMNS "%s", cases[i].line);
		_cleanup_buf_ struct buf b = {0};
		bool is_worse = !cases[i].worse;

		assert_int_equal(report_compare(&m, "old", old, strlen(old), &usual, &b, &is_worse),
				 0);
		assert_true(is_worse == cases[i].worse);
	}
}

static void test_limits(void **state)
{
	static const char old[] = COLUMNS "a,p,success,1000,10\n";
	static const char dearer[] = "Dearer (instructions, states):\n"
				     "  a: p  1,000 -> 1,050 (+5.0%), 10 -> 10 (+0.0%)\n"
				     "\n"
				     "Compared with old.csv: 1 dearer\n";
	static const char same[] = "Compared with old.csv: 1 as before\n";
	_cleanup_matrix_ struct matrix m = {0};

	(void)state;
	make_kernel(&m, "6.12", "");
	make_accepted(make_row(&m, "a", "p"), 0, 1050, 10);
	assert_comparison(&m, old, &any, true, dearer);
	assert_comparison(&m, old, &(struct compare_limits){4.9, 0}, true, dearer);
	assert_comparison(&m, old, &(struct compare_limits){5, 0}, false, same);
	assert_comparison(&m, old, &(struct compare_limits){0, 50}, true, dearer);
	assert_comparison(&m, old, &(struct compare_limits){0, 51}, false, same);
}

/* As spreadsheets and other versions write it. */
static void test_dialects(void **state)
{
	static const char *const same[] = {
		"verdict,prog,insns,file\nsuccess,p,1000,a\n",
		"\xef\xbb\xbf" COLUMNS "\"a\",\"p\",\"success\",\"1000\",\"10\"",
		"file_name,prog_name,verdict,total_insns,total_states\r\na,p,success,1000,"
		"10\r\n\r\n",
		"file_name,prog_name,verdict\r\na,p,success\r\n",
		"attach_type,file_name,prog_name,verdict,other\nx,a,p,success,\"1,\n2\"\n",
		/* Of several lines for one program the first. */
		COLUMNS "a,p,success,1000,10\na,p,failure,7,1\n",
		"file_name,prog_name,verdict,total_insns,kernel\na,p,success,1000,6.12\n",
	};
	_cleanup_matrix_ struct matrix m = {0};

	(void)state;
	make_kernel(&m, "6.12", "");
	make_accepted(make_row(&m, "a", "p"), 0, 1000, 10);
	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		assert_comparison(&m, same[i], &any, false, "Compared with old.csv: 1 as before\n");
}

/* Of kernels that only one of them has there is nothing to say. */
static void test_kernels(void **state)
{
	_cleanup_matrix_ struct matrix m = {0};
	struct matrix_row *r;

	(void)state;
	make_kernel(&m, "6.1", "");
	make_kernel(&m, "6.12", "");
	r = make_row(&m, "a", "p");
	make_accepted(r, 0, 1000, 10);
	make_accepted(r, 1, 1000, 10);
	assert_comparison(&m,
			  "file_name,prog_name,verdict,kernel\n"
			  "a,p,failure,6.1\na,p,success,5.10\na,q,success,5.10\na,q,success,6.1\n",
			  &any, false,
			  "Accepted now, rejected before:\n"
			  "  a: p (on 6.1)\n"
			  "\n"
			  "Gone:\n"
			  "  a: q (on 6.1)\n"
			  "\n"
			  "Compared with old.csv: 1 accepted now, 1 gone\n"
			  "Not compared: kernel 6.12, which was not asked then\n");
	/* veristat knows of one kernel: it is compared with each. */
	assert_comparison(&m, "file_name,prog_name,verdict\na,p,success\n", &any, false,
			  "Compared with old.csv: 2 as before\n");
}

static void test_skipped(void **state)
{
	_cleanup_matrix_ struct matrix m = {0};

	(void)state;
	make_kernel(&m, "6.1", "");
	make_row(&m, "a", "p")->cells.v[0].state = CELL_SKIPPED;
	assert_comparison(&m, COLUMNS "a,p,success,1,1\n", &any, false,
			  "Compared with old.csv: nothing to compare\n");
}

/* The kernel broke down, and the program may be well: that is worse than to know. */
static void test_lost(void **state)
{
	_cleanup_matrix_ struct matrix m = {0};

	(void)state;
	make_kernel(&m, "6.1", "");
	make_row(&m, "a", "p")->cells.v[0].state = CELL_FAILED;
	assert_comparison(&m, COLUMNS "a,p,success,1,1\n", &any, true,
			  "Without a verdict now, accepted before:\n"
			  "  a: p\n"
			  "\n"
			  "Compared with old.csv: 1 without a verdict\n");
	assert_comparison(&m, COLUMNS "a,p,failure,1,1\n", &any, false,
			  "Compared with old.csv: 1 as before\n");
}

static void assert_bad(const char *text, size_t size, const char *what)
{
	struct matrix m = {0};
	_cleanup_buf_ struct buf b = {0};
	bool is_worse;

	said[0] = '\0';
	assert_int_equal(report_compare(&m, "old.csv", text, size, &any, &b, &is_worse), -EBADMSG);
	assert_string_equal(said, what);
	assert_int_equal(b.n, 0);
}

static void test_bad(void **state)
{
	static const struct {
		const char *text, *what;
	} cases[] = {
		{"", "1: the first line does not name file_name, prog_name and verdict: not a CSV "
		     "file of skep verify or veristat"},
		{"a,b\n1,2\n", "1: the first line does not name file_name, prog_name and verdict: "
			       "not a CSV file of skep verify or veristat"},
		{"file,prog,verdict,file_name\n", "1: the first line names a column twice"},
		{COLUMNS "\na,p,success,1\n", "3: not as many fields as the first line has"},
		{COLUMNS "a,p,success,1,2,3\n", "2: not as many fields as the first line has"},
		{COLUMNS "a,p,fine,1,2\n", "2: the verdict is neither success nor failure"},
		{COLUMNS "a,p,success,-1,2\n", "2: not a number where there should be one"},
		{COLUMNS "a,p,success,1,\n", "2: not a number where there should be one"},
		{COLUMNS "a,p,success,1,99999999999999999999\n",
		 "2: not a number where there should be one"},
		{COLUMNS "a,p,success,1,2\n\"a,p\n", "3: a quoted field has no end"},
		{COLUMNS "\"a\nb\"x,p,success,1,2\n", "2: something follows a quoted field"},
	};

	(void)state;
	message_set_sink(remember, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *what = xasprintf("verify: old.csv: line %s", cases[i].what);

		assert_bad(cases[i].text, strlen(cases[i].text), what);
	}
	assert_bad(COLUMNS "a\0b,p,success,1,2\n", sizeof(COLUMNS "a\0b,p,success,1,2\n") - 1,
		   "verify: old.csv: line 2: not text");
	message_set_sink(NULL, NULL);
}

/* Limits on what is read. */
static void test_much(void **state)
{
	_cleanup_buf_ struct buf wide = {0}, tall = {0}, quoted = {0};

	(void)state;
	message_set_sink(remember, NULL);
	buf_printf(&wide, COLUMNS "%05000d,p,success,1,2\n", 1);
	assert_bad(wide.v, wide.n, "verify: old.csv: line 2: a field is too long");
	buf_printf(&quoted, COLUMNS "\"%05000d\",p,success,1,2\n", 1);
	assert_bad(quoted.v, quoted.n, "verify: old.csv: line 2: a field is too long");
	for (int i = 0; i < 1000; i++)
		buf_putc(&tall, ',');
	assert_bad(tall.v, tall.n, "verify: old.csv: line 1: too many fields");
	message_set_sink(NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_changes),
		cmocka_unit_test(test_worse),	   cmocka_unit_test(test_limits),
		cmocka_unit_test(test_dialects),   cmocka_unit_test(test_kernels),
		cmocka_unit_test(test_skipped),	   cmocka_unit_test(test_lost),
		cmocka_unit_test(test_bad),	   cmocka_unit_test(test_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
