#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "job_room.h"

static void assert_same_text(const char *a, const char *b)
{
	assert_int_equal(!a, !b);
	if (a)
		assert_string_equal(a, b);
}

static void assert_same_try(const struct load_try *a, const struct load_try *b)
{
	assert_same_text(a->program, b->program);
	assert_int_equal(a->with.n, b->with.n);
	for (size_t i = 0; i < a->with.n; i++)
		assert_string_equal(a->with.v[i], b->with.v[i]);
	assert_int_equal(a->unprivileged, b->unprivileged);
	assert_int_equal(a->run, b->run);
	assert_int_equal(a->want_translated, b->want_translated);
	assert_int_equal(a->log_level, b->log_level);
	assert_int_equal(a->flags, b->flags);
}

static void assert_same_pairs(const struct load_pairs *a, const struct load_pairs *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert_string_equal(a->v[i].name, b->v[i].name);
		assert_string_equal(a->v[i].value, b->v[i].value);
	}
}

static void assert_same_object(const struct load_object *a, const struct load_object *b)
{
	assert_string_equal(a->name, b->name);
	assert_int_equal(a->data.n, b->data.n);
	if (a->data.n)
		assert_memory_equal(a->data.v, b->data.v, a->data.n);
	assert_int_equal(a->tries.n, b->tries.n);
	for (size_t i = 0; i < a->tries.n; i++)
		assert_same_try(&a->tries.v[i], &b->tries.v[i]);
	assert_same_pairs(&a->globals, &b->globals);
	assert_same_pairs(&a->targets, &b->targets);
	assert_same_pairs(&a->types, &b->types);
	assert_same_pairs(&a->map_sizes, &b->map_sizes);
}

static void test_round_trips(void **state)
{
	uint64_t seed = 6;

	(void)state;
	for (int i = 0; i < 500; i++) {
		_cleanup_load_job_ struct load_job j = random_job(&seed), got = {0};
		_cleanup_buf_ struct buf b = {0};

		load_job_put(&j, &b);
		assert_int_equal(load_job_get(b.v, b.n, &got), 0);
		assert_int_equal(j.seconds, got.seconds);
		assert_int_equal(j.log_limit, got.log_limit);
		assert_int_equal(j.allow_run, got.allow_run);
		assert_int_equal(j.want_all_logs, got.want_all_logs);
		assert_int_equal(j.own_machine, got.own_machine);
		assert_int_equal(j.objects.n, got.objects.n);
		for (size_t k = 0; k < j.objects.n; k++)
			assert_same_object(&j.objects.v[k], &got.objects.v[k]);
	}
}

static void test_what_is_cut_is_no_job(void **state)
{
	uint64_t seed = 9;

	(void)state;
	for (int i = 0; i < 20; i++) {
		_cleanup_load_job_ struct load_job j = random_job(&seed);
		_cleanup_buf_ struct buf b = {0};
		struct load_job got;

		load_job_put(&j, &b);
		for (size_t n = 0; n < b.n; n++) {
			/* A copy that ends there, so that a sanitizer sees what reads on. */
			_cleanup_free_ char *cut = xmalloc(n);

			memcpy(cut, b.v, n);
			assert_int_equal(load_job_get(cut, n, &got), -EBADMSG);
		}
		buf_putc(&b, 'x');
		assert_int_equal(load_job_get(b.v, b.n, &got), -EBADMSG);
	}
}

/* Numbers that promise four thousand million objects, tries or pairs cost nothing. */
static void test_promises_are_not_believed(void **state)
{
	uint64_t seed = 11;
	_cleanup_load_job_ struct load_job j = random_job(&seed);
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	load_job_put(&j, &b);
	for (size_t at = 0; at + 4 <= b.n; at++) {
		_cleanup_free_ char *lie = xmalloc(b.n);
		struct load_job got;

		memcpy(lie, b.v, b.n);
		memset(lie + at, 0xff, 4);
		if (load_job_get(lie, b.n, &got) == 0)
			load_job_free(&got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_what_is_cut_is_no_job),
		cmocka_unit_test(test_promises_are_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
