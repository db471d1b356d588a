/* Verdicts against what was expected, and how it is said what was missed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>

#include <cmocka.h>

#include "kernel/expect.h"

#define SAID_MAX 4

/* Texts: "!" before one that must not be there, ">" before one that is on the next line. */
struct sample {
	const char *texts[SAID_MAX];
	const char *log, *why;
};

static void make_texts(const char *const *texts, size_t max, expected_texts *ret)
{
	for (size_t i = 0; i < max && texts[i]; i++) {
		bool is_marked = *texts[i] == '!' || *texts[i] == '>';
		struct expected_text t = {
			.text = (char *)(uintptr_t)texts[i] + is_marked,
			.must_not = *texts[i] == '!',
			.on_next_line = *texts[i] == '>',
		};

		vec_push(ret, t);
	}
}

static void assert_why(char *why, const char *expected, const char *of)
{
	_cleanup_free_ char *owned = why;

	if (!expected != !why || (why && !str_eq(why, expected)))
		fail_msg("of: %s\nexpected: %s\nsaid: %s\n", of, expected ? expected : "nothing",
			 why ? why : "nothing");
	(void)owned;
}

static void test_messages(void **state)
{
	static const char log[] = "0: R1=ctx() R10=fp0\n1: (b7) r0 = 7\n2: (95) exit\nlast";
	static const struct sample samples[] = {
		{{"r0 = 7", "exit"}, log, NULL},
		{{"1: ", "(b7)"}, log, NULL},
		{{""}, log, NULL},
		{{"", "0: "}, log, NULL},
		{{"fp{{[0-9]}}", "{{^}}2: "}, log, NULL},
		{{"r0 = 8"}, log, "\"r0 = 8\" is not in the log"},
		{{"exit", "r0 = 7"},
		 log,
		 "\"r0 = 7\" is not in the log after line 3, \"2: (95) exit\""},
		{{"exit", "exit"},
		 log,
		 "\"exit\" is not in the log after line 3, \"2: (95) exit\""},
		{{"last", "x"}, log, "\"x\" is not in the log after line 4, \"last\""},
		{{"R{{[a-z]}}"}, log, "\"R{{[a-z]}}\" is not in the log"},
		{{"x"}, "", "\"x\" is not in the log, which is empty"},
		{{"x"}, "a\033b", "\"x\" is not in the log"},
		{{"b", "x"}, "a\033b", "\"x\" is not in the log after line 1, \"a\\x1bb\""},
		/* What must not be there lies between its neighbours. */
		{{"!r0 = 8"}, log, NULL},
		{{"!r0 = 7"},
		 log,
		 "the log has \"r0 = 7\", which it must not, in line 2, \"1: (b7) r0 = 7\""},
		{{"exit", "!r0 = 7"}, log, NULL},
		{{"!r0", "R10"}, log, NULL},
		{{"R1=", "!{{r[0-9]}}", "exit"},
		 log,
		 "the log has \"{{r[0-9]}}\", which it must not, in line 2, \"1: (b7) r0 = 7\""},
		{{"!fp0", "!b7", "exit"},
		 log,
		 "the log has \"fp0\", which it must not, in line 1, \"0: R1=ctx() R10=fp0\""},
		{{"!b7", "!fp0", "R10"}, log, NULL},
		/* It is not looked for as long as the others are not found. */
		{{"!r0", "zz"}, log, "\"zz\" is not in the log"},
		/* On the next line. */
		{{"R10", ">r0"}, log, NULL},
		{{"R10", ">r0", ">exit", ">last"}, log, NULL},
		{{">exit"}, log, NULL},
		{{"R1=", ">exit"},
		 log,
		 "\"exit\" is not in the line of the log behind line 1, \"0: R1=ctx() R10=fp0\""},
		{{"R1=", ">R10"},
		 log,
		 "\"R10\" is not in the line of the log behind line 1, \"0: R1=ctx() R10=fp0\""},
		{{"last", ">last"},
		 log,
		 "\"last\" is not in the line of the log behind line 4, \"last\""},
		{{"R10=fp0\n", ">r0"}, log, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct expectation e = {0};
		struct verdict v = {.log = (char *)(uintptr_t)samples[i].log};

		make_texts(samples[i].texts, SAID_MAX, &e.messages);
		assert_why(expectation_check(&e, &v), samples[i].why, samples[i].texts[0]);
		vec_free(&e.messages);
	}
}

static void test_long_texts_are_cut(void **state)
{
	_cleanup_buf_ struct buf text = {0};
	struct expectation e = {0};
	struct verdict v = {.log = (char *)""};
	const char *texts[1];
	_cleanup_free_ char *why = NULL;

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_putc(&text, 'x');
	texts[0] = text.v;
	make_texts(texts, 1, &e.messages);
	why = expectation_check(&e, &v);
	assert_true(strlen(why) < 300);
	assert_non_null(strstr(why, "xxx…\" is not in the log"));
	vec_free(&e.messages);
}

static void test_kinds(void **state)
{
	static const struct {
		struct verdict v;
		bool must_fail;
		const char *why;
	} samples[] = {
		{{.kind = VERDICT_ACCEPTED}, false, NULL},
		{{.kind = VERDICT_REJECTED}, true, NULL},
		{{.kind = VERDICT_ACCEPTED}, true, "it was accepted and should be rejected"},
		{{.kind = VERDICT_REJECTED}, false, "it was rejected and should be accepted"},
		{{.kind = VERDICT_UNTRIED}, true, "it was not tried"},
		{{.kind = VERDICT_UNTRIED, .said = (char *)"no map"},
		 false,
		 "it was not tried: no map"},
		{{.kind = VERDICT_TIMEOUT}, true, "the kernel did not come to a verdict in time"},
		{{.kind = VERDICT_CRASHED, .said = (char *)"signal 11"},
		 true,
		 "there is no verdict, only a crash: signal 11"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct expectation e = {.must_fail = samples[i].must_fail};

		assert_why(expectation_check(&e, &samples[i].v), samples[i].why, "a kind");
		e.is_moot = true;
		assert_why(expectation_check(&e, &samples[i].v), NULL, "what is moot");
	}
}

static void test_results(void **state)
{
	struct expectation e = {.has_result = true, .result = 0xfffffffe};
	struct verdict v = {.was_run = true, .run_result = 0xfffffffe};

	(void)state;
	assert_why(expectation_check(&e, &v), NULL, "the result");
	v.run_result = 7;
	assert_why(expectation_check(&e, &v),
		   "the test run gave 7 (0x7) and should give -2 (0xfffffffe)", "another result");
	e.is_any_result = true;
	assert_why(expectation_check(&e, &v), NULL, "any result");
	v.run_error = EINVAL;
	assert_why(expectation_check(&e, &v), "the test run failed: Invalid argument", "an error");
	assert_why(expectation_gap(&e, &v), NULL, "a run");
	v.was_run = false;
	assert_why(expectation_check(&e, &v), NULL, "no run");
	assert_why(expectation_gap(&e, &v), "it was not run, so that its result is not known",
		   "no run");
	e.gap = (char *)"so";
	assert_why(expectation_gap(&e, &v), "so", "a gap");
}

static void test_translated(void **state)
{
	static const char *const texts[] = {"0: r0 = {{[0-9]}}", ">1: exit"};
	struct expectation e = {0};
	struct verdict v = {.translated = (char *)"0: r0 = 7\n1: exit\n"};

	(void)state;
	make_texts(texts, 2, &e.translated);
	assert_why(expectation_check(&e, &v), NULL, "the program");
	assert_why(expectation_gap(&e, &v), NULL, "the program");
	v.translated = (char *)"0: r0 = 7\n1: r0 = 8\n2: exit\n";
	assert_why(
		expectation_check(&e, &v),
		"\"1: exit\" is not in the line of the translated program behind line 1, \"0: r0 "
		"= 7\"",
		"another program");
	v.translated = (char *)"";
	assert_why(expectation_check(&e, &v), NULL, "no program");
	assert_why(expectation_gap(&e, &v), "the translated program was not looked at",
		   "no program");
	vec_free(&e.translated);
}

/* Each of them alone may take its time; all together may not take more. */
static void test_hostile(void **state)
{
	static const char slow[] = "{{((a?){200}a{200}b|(a|b)*a(a|b){200}c)x}}";
	_cleanup_buf_ struct buf log = {0};
	struct expectation e = {0};
	struct verdict v = {0};
	_cleanup_free_ char *why = NULL;

	(void)state;
	for (int i = 0; i < 1 << 20; i++)
		buf_putc(&log, 'a');
	v.log = log.v;
	for (int i = 0; i < 1000; i++)
		vec_push(&e.messages,
			 ((struct expected_text){.text = (char *)slow, .must_not = true}));
	why = expectation_check(&e, &v);
	assert_non_null(why);
	assert_non_null(strstr(why, "takes too long to look for in the log"));
	vec_free(&e.messages);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),   cmocka_unit_test(test_long_texts_are_cut),
		cmocka_unit_test(test_kinds),	   cmocka_unit_test(test_results),
		cmocka_unit_test(test_translated), cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
