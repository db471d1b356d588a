/* What is left of a job when machines die: split, blamed, and nothing done twice. */
#include "kernel/vm_rest.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct load_job job;
static struct vm_rest rest;

static void add_try(struct load_object *o, const char *program, bool unprivileged)
{
	vec_push(&o->tries, ((struct load_try){.program = program ? xstrdup(program) : NULL,
					       .unprivileged = unprivileged}));
}

/* Three objects: "a" with explicit tries, "b" that cannot be read, "c" with one try. */
static int setup(void **state)
{
	static const char *const names[] = {"a", "b", "c"};

	(void)state;
	job = (struct load_job){.seconds = 7};
	rest = (struct vm_rest){0};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct load_object o = {.name = xstrdup(names[i])};

		buf_puts(&o.data, "no object");
		vec_push(&job.objects, o);
	}
	add_try(&job.objects.v[0], "one", false);
	add_try(&job.objects.v[0], "two", false);
	add_try(&job.objects.v[0], "one", true);
	add_try(&job.objects.v[1], NULL, false);
	add_try(&job.objects.v[2], "last", false);
	vm_rest_begin(&rest, &job);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vm_rest_free(&rest);
	load_job_free(&job);
	return 0;
}

static int give_verdict(const char *object, const char *program, bool unprivileged)
{
	struct verdict v = {
		.object = (char *)object, .program = (char *)program, .unprivileged = unprivileged};

	return vm_rest_verdict(&rest, &v);
}

/* "a:one,two,!one b c": what a new machine gets. */
static void expect_left(const char *want)
{
	_cleanup_buf_ struct buf bytes = {0}, text = {0};
	_cleanup_load_job_ struct load_job left = {0};

	vm_rest_put(&rest, &bytes);
	assert_int_equal(load_job_get(bytes.v, bytes.n, &left), 0);
	assert_true(left.own_machine);
	assert_int_equal(left.seconds, 7);
	vec_foreach (o, &left.objects) {
		buf_printf(&text, "%s%s", text.n ? " " : "", o->name);
		assert_string_equal(o->data.v, "no object");
		vec_foreach (t, &o->tries)
			buf_printf(&text, "%s%s%s", t == o->tries.v ? ":" : ",",
				   t->unprivileged ? "!" : "", t->program ? t->program : "*");
	}
	assert_string_equal(text.n ? text.v : "", want);
}

static void all_is_left_at_first(void **state)
{
	struct vm_part part;

	(void)state;
	expect_left("a:one,two,!one b:* c:last");
	/* A machine that said nothing may have been at the first. */
	assert_int_equal(vm_rest_died(&rest, &part), 0);
	expect_left("a:one a:two a:!one b:* c:last");
}

static void what_has_a_verdict_is_not_left(void **state)
{
	struct vm_part part;

	(void)state;
	assert_int_equal(vm_rest_object(&rest), 0);
	assert_int_equal(give_verdict("a", "one", true), 0);
	assert_int_equal(vm_rest_died(&rest, &part), 0);
	expect_left("a:one a:two b:* c:last");
}

static void the_second_death_names_a_program(void **state)
{
	struct vm_part part;

	(void)state;
	assert_int_equal(vm_rest_object(&rest), 0);
	assert_int_equal(vm_rest_died(&rest, &part), 0);
	assert_int_equal(vm_rest_object(&rest), 0);
	assert_int_equal(give_verdict("a", "one", false), 0);
	assert_int_equal(vm_rest_object(&rest), 0);
	assert_int_equal(vm_rest_died(&rest, &part), 1);
	assert_string_equal(part.object->name, "a");
	assert_string_equal(part.single.program, "two");
	expect_left("a:!one b:* c:last");
	/* With the verdict out, nobody is to blame. */
	assert_int_equal(vm_rest_object(&rest), 0);
	assert_int_equal(give_verdict("a", "one", true), 0);
	assert_int_equal(vm_rest_died(&rest, &part), 0);
	expect_left("b:* c:last");
}

static void an_unreadable_object_is_one_part(void **state)
{
	struct vm_part part;

	(void)state;
	assert_int_equal(vm_rest_object(&rest), 0);
	assert_int_equal(vm_rest_object(&rest), 0);
	assert_int_equal(vm_rest_died(&rest, &part), 0);
	expect_left("b:* c:last");
	assert_int_equal(vm_rest_object(&rest), 0);
	assert_int_equal(vm_rest_died(&rest, &part), 1);
	assert_null(part.single.program);
	expect_left("c:last");
}

static void a_death_at_the_end_leaves_nothing(void **state)
{
	struct vm_part part;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(vm_rest_object(&rest), 0);
	assert_int_equal(give_verdict("c", "last", false), 0);
	assert_int_equal(vm_rest_died(&rest, &part), 0);
	expect_left("");
}

static void what_was_not_asked_for_is_damage(void **state)
{
	(void)state;
	assert_int_equal(give_verdict("a", "one", false), -EBADMSG);
	for (int i = 0; i < 3; i++)
		assert_int_equal(vm_rest_object(&rest), 0);
	assert_int_equal(vm_rest_object(&rest), -EBADMSG);
	assert_int_equal(give_verdict("a", "one", false), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_is_left_at_first, setup, teardown),
		cmocka_unit_test_setup_teardown(what_has_a_verdict_is_not_left, setup, teardown),
		cmocka_unit_test_setup_teardown(the_second_death_names_a_program, setup, teardown),
		cmocka_unit_test_setup_teardown(an_unreadable_object_is_one_part, setup, teardown),
		cmocka_unit_test_setup_teardown(a_death_at_the_end_leaves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_not_asked_for_is_damage, setup, teardown),
	};

	return cmocka_run_group_tests_name("vm_rest", tests, NULL, NULL);
}
