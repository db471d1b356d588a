#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "job_room.h"

/* The ends of logs as kernels write them. */
static const struct {
	const char *log;
	struct verdict_figures figures;
} logs[] = {
	/* 5.10, accepted, two functions */
	{"verification time 114 usec\n"
	 "stack depth 16+8\n"
	 "processed 59 insns (limit 1000000) max_states_per_insn 1 total_states 4 peak_states 5 "
	 "mark_read 3\n",
	 {59, 4, 5, 1, 3, 114000, 24}},
	/* 4.19: nothing but the number, and a limit per program */
	{"0: (b7) r0 = 0\n1: (95) exit\nprocessed 2 insns (limit 131072), stack depth 0\n",
	 {.instructions = 2}},
	/* 6.18, rejected, with a program that prints what looks like figures */
	{"0: R1=ctx() R10=fp0\n"
	 "; \"processed 7777 insns total_states 7\" @ a.c:1\n"
	 "processed 1 insns (limit 1) max_states_per_insn 9 total_states 9 peak_states 9 mark_read "
	 "9\n"
	 "R2 max value is outside of the allowed memory range\n"
	 "verification time 77 usec\n"
	 "stack depth 0\n"
	 "processed 13 insns (limit 1000000) max_states_per_insn 0 total_states 1 peak_states 1 "
	 "mark_read 0\n",
	 {13, 1, 1, 0, 0, 77000, 0}},
	/* without the statistics of level 4 */
	{"processed 13 insns (limit 1000000) max_states_per_insn 2 total_states 1 peak_states 3 "
	 "mark_read 4",
	 {13, 1, 3, 2, 4, 0, 0}},
	/* a kernel that has stopped to count one of them */
	{"verification time 1 usec\nstack depth 512+0+480 max 992\n"
	 "processed 1000001 insns (limit 1000000) max_states_per_insn 4 total_states 12501 "
	 "peak_states 12501\n",
	 {1000001, 12501, 12501, 4, 0, 1000, 992}},
	{"", {0}},
	{"\n\n", {0}},
	{"processed insns\nstack depth \nverification time usec\n", {0}},
	{"stack depth 4294967295+4294967295\n", {.stack = UINT32_MAX}},
};

static void test_figures_of_kernels(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		struct verdict_figures f = {.stack = 99}, want = logs[i].figures;

		verdict_read_figures(logs[i].log, &f);
		assert_int_equal(f.instructions, want.instructions);
		assert_int_equal(f.total_states, want.total_states);
		assert_int_equal(f.peak_states, want.peak_states);
		assert_int_equal(f.max_states_per_instruction, want.max_states_per_instruction);
		assert_int_equal(f.mark_read, want.mark_read);
		assert_int_equal(f.nanoseconds, want.nanoseconds);
		assert_int_equal(f.stack, want.stack);
	}
}

static void assert_same(const struct verdict *a, const struct verdict *b)
{
	assert_string_equal(a->object, b->object);
	assert_string_equal(a->program, b->program);
	assert_string_equal(a->section, b->section);
	assert_string_equal(a->type, b->type);
	assert_string_equal(a->log, b->log);
	assert_string_equal(a->said, b->said);
	assert_string_equal(a->translated, b->translated);
	assert_int_equal(a->unprivileged, b->unprivileged);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->error, b->error);
	assert_int_equal(a->size, b->size);
	assert_memory_equal(&a->figures, &b->figures, offsetof(struct verdict_figures, stack));
	assert_int_equal(a->figures.stack, b->figures.stack);
	assert_int_equal(a->was_run, b->was_run);
	assert_int_equal(a->run_error, b->run_error);
	assert_int_equal(a->run_result, b->run_result);
}

static void test_round_trips(void **state)
{
	uint64_t seed = 6;

	(void)state;
	for (int i = 0; i < 500; i++) {
		_cleanup_verdict_ struct verdict v = random_verdict(&seed), got = {0};
		_cleanup_buf_ struct buf b = {0};

		verdict_put(&v, &b);
		assert_int_equal(verdict_get(b.v, b.n, &got), 0);
		assert_same(&v, &got);
	}
}

static void test_what_is_cut_is_no_verdict(void **state)
{
	uint64_t seed = 7;
	_cleanup_verdict_ struct verdict v = random_verdict(&seed);
	_cleanup_buf_ struct buf b = {0};
	struct verdict got;

	(void)state;
	verdict_put(&v, &b);
	for (size_t n = 0; n < b.n; n++)
		assert_int_equal(verdict_get(b.v, n, &got), -EBADMSG);
	buf_putc(&b, 'x');
	assert_int_equal(verdict_get(b.v, b.n, &got), -EBADMSG);
	assert_int_equal(verdict_get(NULL, 0, &got), -EBADMSG);
}

static void test_no_strings_are_empty_ones(void **state)
{
	_cleanup_verdict_ struct verdict got = {0};
	struct verdict v = {.kind = VERDICT_TIMEOUT};
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	verdict_put(&v, &b);
	assert_int_equal(verdict_get(b.v, b.n, &got), 0);
	assert_string_equal(got.log, "");
	assert_string_equal(got.translated, "");
	assert_int_equal(got.kind, VERDICT_TIMEOUT);
}

static void test_kinds_of_the_future_are_refused(void **state)
{
	struct verdict v = {.kind = (enum verdict_kind)(VERDICT_CRASHED + 1)}, got;
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	verdict_put(&v, &b);
	assert_int_equal(verdict_get(b.v, b.n, &got), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures_of_kernels),
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_what_is_cut_is_no_verdict),
		cmocka_unit_test(test_no_strings_are_empty_ones),
		cmocka_unit_test(test_kinds_of_the_future_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
