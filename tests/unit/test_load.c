/* What the running kernel says; skipped, aloud, where programs may not be loaded. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/load_parts.h"
#include "load_room.h"

#define REJECTED(name)                                  \
	"SEC(\"xdp\") int " name "(struct xdp_md *c)\n" \
	"{ char *p = (void *)(long)c->data; return p[100]; }\n"
/* A million instructions for the verifier. */
#define SLOW(name, rounds)                                                          \
	"SEC(\"xdp\") int " name "(struct xdp_md *c) { unsigned long long s = 0;\n" \
	"for (int i = 0; i < " rounds "; i++)\n"                                    \
	"	asm volatile(\"%0 += 1; %0 ^= 3;\" : \"+r\"(s));\n"                       \
	"return s; }\n"

static bool may_load;

static int find_rights(void **state)
{
	(void)state;
	may_load = load_check_rights() == 0;
	return 0;
}

static int need_rights(void **state)
{
	(void)state;
	if (may_load)
		return 0;
	print_message("# skipped: programs may not be loaded here\n");
	return -1;
}

static void test_accepted_and_rejected(void **state)
{
	_cleanup_answers_ struct load_answers a = {0};
	const struct verdict *v;

	(void)state;
	if (need_rights(state) < 0)
		skip();
	LOAD_JOB(j, "FINE(first) " REJECTED(
			    "bad") "FINE(last) "
				   "SEC(\"?xdp\") int optional(struct xdp_md *c) { return 1; }\n");
	load_answer(&j, &a);
	assert_int_equal(a.verdicts.n, 3);
	assert_string_equal(a.objects.v[0], "test.bpf.o");
	v = load_verdict_on(&a, "first");
	assert_int_equal(v->kind, VERDICT_ACCEPTED);
	assert_string_equal(v->section, "xdp");
	assert_string_equal(v->type, "xdp");
	assert_string_equal(v->object, "test.bpf.o");
	assert_int_equal(v->size, 2);
	assert_int_equal(v->figures.instructions, 2);
	assert_string_equal(v->log, "");
	v = load_verdict_on(&a, "bad");
	assert_int_equal(v->kind, VERDICT_REJECTED);
	assert_int_equal(v->error, EACCES);
	assert_non_null(strstr(v->log, "invalid access to packet"));
	/* The lines of the source are in it. */
	assert_non_null(strstr(v->log, "; "));
	assert_true(v->figures.instructions > 0);
	assert_int_equal(load_verdict_on(&a, "last")->kind, VERDICT_ACCEPTED);
}

static void test_named_tries(void **state)
{
	_cleanup_answers_ struct load_answers a = {0};
	struct load_try optional = {.program = xstrdup("optional"), .log_level = 2};
	struct load_try typo = {.program = xstrdup("frist")};

	(void)state;
	if (need_rights(state) < 0)
		skip();
	LOAD_JOB(j, "FINE(first) SEC(\"?xdp\") int optional(struct xdp_md *c) { return 1; }\n");
	vec_push(&j.objects.v[0].tries, optional);
	vec_push(&j.objects.v[0].tries, typo);
	load_answer(&j, &a);
	assert_int_equal(a.verdicts.n, 3);
	assert_int_equal(a.verdicts.v[1].kind, VERDICT_ACCEPTED);
	assert_string_equal(a.verdicts.v[1].program, "optional");
	/* A level that was asked for gives the log. */
	assert_non_null(strstr(a.verdicts.v[1].log, "exit"));
	assert_int_equal(a.verdicts.v[2].kind, VERDICT_UNTRIED);
	assert_non_null(strstr(a.verdicts.v[2].said, "is it \"first\"?"));
}

static void test_deadline(void **state)
{
	_cleanup_answers_ struct load_answers a = {0};

	(void)state;
	if (need_rights(state) < 0)
		skip();
	/* Writing all of the log makes it take seconds. */
	LOAD_JOB(j, "FINE(first) " SLOW("slow", "190000") "FINE(last)");
	j.want_all_logs = true;
	j.seconds = 1;
	load_answer(&j, &a);
	assert_int_equal(a.verdicts.n, 3);
	assert_int_equal(load_verdict_on(&a, "first")->kind, VERDICT_ACCEPTED);
	assert_int_equal(load_verdict_on(&a, "slow")->kind, VERDICT_TIMEOUT);
	assert_string_equal(load_verdict_on(&a, "slow")->said, "gave up after 1 seconds");
	assert_string_equal(load_verdict_on(&a, "slow")->type, "xdp");
	assert_int_equal(load_verdict_on(&a, "last")->kind, VERDICT_ACCEPTED);
}

/* All together take longer than one may; each of them does not. */
static void test_deadline_is_of_one_program(void **state)
{
	_cleanup_answers_ struct load_answers a = {0};

	(void)state;
	if (need_rights(state) < 0)
		skip();
	LOAD_JOB(j, SLOW("a", "190000") SLOW("b", "190000") SLOW("c", "190000") SLOW("d", "190000")
			    SLOW("e", "190000") SLOW("f", "190000") SLOW("g", "190000")
				    SLOW("h", "190000") SLOW("i", "190000") SLOW("j", "190000")
					    SLOW("k", "190000") SLOW("l", "190000"));
	j.seconds = 1;
	load_answer(&j, &a);
	assert_int_equal(a.verdicts.n, 12);
	vec_foreach (v, &a.verdicts) {
		assert_int_equal(v->kind, VERDICT_ACCEPTED);
		assert_true(v->figures.instructions > 500000);
	}
}

static void test_log_of_many_megabytes(void **state)
{
	_cleanup_answers_ struct load_answers a = {0};
	const struct verdict *v;

	(void)state;
	if (need_rights(state) < 0)
		skip();
	LOAD_JOB(j, SLOW("endless", "250000"));
	j.log_limit = 4096;
	load_answer(&j, &a);
	v = load_verdict_on(&a, "endless");
	assert_int_equal(v->kind, VERDICT_REJECTED);
	assert_int_equal(v->error, E2BIG);
	assert_true(v->figures.instructions > 1000000);
	assert_true(strlen(v->log) < 4096 + 200);
	assert_non_null(strstr(v->log, " bytes are left out here]\n"));
	assert_non_null(strstr(v->log, " 16 MiB of the log are here]\n"));
}

/* Kills the process that loads as a crash of libbpf would. */
static void kill_loader(pid_t pid, size_t n)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/task/%d/children", pid, pid);
	_cleanup_buf_ struct buf b = {0};

	if (n != 1)
		return;
	/* It has begun with the next program, which takes longer. */
	usleep(100000);
	assert_int_equal(file_read(path, 4096, &b), 0);
	assert_true(atoi(b.v) > 1);
	kill(atoi(b.v), SIGSEGV);
}

static void test_crash_costs_one_verdict(void **state)
{
	_cleanup_answers_ struct load_answers a = {.on_verdict = kill_loader};
	_cleanup_buf_ struct buf second = {0};

	(void)state;
	if (need_rights(state) < 0)
		skip();
	LOAD_JOB(j, "FINE(first) " SLOW("slow", "190000") "FINE(last)");
	if (!load_compile("bpf", LOAD_HEAD "FINE(other)", &second))
		skip();
	load_add(&j, "second.bpf.o", &second);
	j.want_all_logs = true;
	load_answer(&j, &a);
	assert_int_equal(a.verdicts.n, 4);
	assert_int_equal(load_verdict_on(&a, "first")->kind, VERDICT_ACCEPTED);
	assert_int_equal(load_verdict_on(&a, "slow")->kind, VERDICT_CRASHED);
	assert_non_null(strstr(load_verdict_on(&a, "slow")->said, "signal 11"));
	assert_int_equal(load_verdict_on(&a, "last")->kind, VERDICT_ACCEPTED);
	assert_int_equal(load_verdict_on(&a, "other")->kind, VERDICT_ACCEPTED);
}

static void test_what_cannot_be_opened(void **state)
{
	_cleanup_load_job_ struct load_job j = {0};
	_cleanup_answers_ struct load_answers a = {0};
	_cleanup_buf_ struct buf cut = {0}, big = {0}, none = {0}, text = {0}, good = {0};

	(void)state;
	if (need_rights(state) < 0)
		skip();
	if (!load_compile("bpf", LOAD_HEAD "FINE(f)", &cut) ||
	    !load_compile("bpfeb", LOAD_HEAD "FINE(f)", &big) ||
	    !load_compile("bpf", LOAD_HEAD "FINE(good)", &good))
		skip();
	if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
		skip();
	cut.n /= 2;
	buf_puts(&text, "#!/bin/sh\nexit 0\n");
	load_add(&j, "cut", &cut);
	load_add(&j, "big", &big);
	load_add(&j, "none", &none);
	load_add(&j, "text", &text);
	load_add(&j, "good", &good);
	load_answer(&j, &a);
	assert_int_equal(a.verdicts.n, 5);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(a.verdicts.v[i].kind, VERDICT_UNTRIED);
		assert_string_equal(a.verdicts.v[i].object, a.objects.v[i]);
		assert_string_equal(a.verdicts.v[i].program, "");
		assert_string_not_equal(a.verdicts.v[i].said, "");
	}
	assert_int_equal(a.verdicts.v[4].kind, VERDICT_ACCEPTED);
}

static void test_damaged_objects_hurt_nobody(void **state)
{
	_cleanup_load_job_ struct load_job j = {0};
	_cleanup_answers_ struct load_answers a = {0};
	_cleanup_buf_ struct buf good = {0};
	uint32_t seed = 3;

	(void)state;
	if (need_rights(state) < 0)
		skip();
	if (!load_compile("bpf", LOAD_HEAD "ARRAY(m, 1) FINE(f) " REJECTED("bad"), &good))
		skip();
	for (int i = 0; i < 200; i++) {
		struct buf copy = {0};

		buf_add(&copy, good.v, good.n);
		for (int k = 0; k < 3; k++) {
			seed = seed * 1664525 + 1013904223;
			memset(copy.v + (seed >> 4) % (copy.n - 4), seed & 1 ? 0xff : 0, 4);
		}
		load_add(&j, "damaged", &copy);
	}
	load_add(&j, "good", &good);
	load_answer(&j, &a);
	assert_int_equal(a.objects.n, 201);
	assert_true(a.verdicts.n >= 202);
	assert_string_equal(a.verdicts.v[a.verdicts.n - 1].object, "good");
	assert_int_equal(a.verdicts.v[a.verdicts.n - 2].kind, VERDICT_ACCEPTED);
}

static void test_no_license_and_unknown_section(void **state)
{
	_cleanup_load_job_ struct load_job j = {0};
	_cleanup_answers_ struct load_answers a = {0};
	_cleanup_buf_ struct buf plain = {0};

	(void)state;
	if (need_rights(state) < 0)
		skip();
	if (!load_compile("bpf",
			  "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n"
			  "SEC(\"tp/syscalls/sys_enter_nanosleep\") int gpl(void *c)\n"
			  "{ bpf_printk(\"a\"); return 0; }\n"
			  "SEC(\"2/5\") int cilium(void *c) { return 0; }\n",
			  &plain))
		skip();
	load_add(&j, "plain", &plain);
	load_answer(&j, &a);
	assert_int_equal(a.verdicts.n, 2);
	assert_int_equal(load_verdict_on(&a, "gpl")->kind, VERDICT_REJECTED);
	assert_non_null(strstr(load_verdict_on(&a, "gpl")->log, "GPL"));
	assert_int_equal(load_verdict_on(&a, "cilium")->kind, VERDICT_REJECTED);
	assert_non_null(strstr(load_verdict_on(&a, "cilium")->said, "2/5"));
}

/* Libbpf fills the array after it has loaded the programs, and fails when one is not loaded. */
static void test_arrays_of_programs(void **state)
{
	_cleanup_answers_ struct load_answers a = {0};

	(void)state;
	if (need_rights(state) < 0)
		skip();
	LOAD_JOB(j, "int target(struct xdp_md *c); int worse(struct xdp_md *c);\n"
		    "struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 2);"
		    " __uint(key_size, 4); __array(values, int(struct xdp_md *)); }\n"
		    "jumps SEC(\".maps\") = {.values = {(void *)&target, (void *)&worse}};\n"
		    "SEC(\"xdp\") int jump(struct xdp_md *c)\n"
		    "{ bpf_tail_call_static(c, &jumps, 0); return 1; }\n"
		    "FINE(target) " REJECTED("worse"));
	load_answer(&j, &a);
	assert_int_equal(a.verdicts.n, 3);
	assert_int_equal(load_verdict_on(&a, "jump")->kind, VERDICT_ACCEPTED);
	assert_int_equal(load_verdict_on(&a, "target")->kind, VERDICT_ACCEPTED);
	assert_int_equal(load_verdict_on(&a, "worse")->kind, VERDICT_REJECTED);
}

static void test_runs_only_when_allowed(void **state)
{
	(void)state;
	if (need_rights(state) < 0)
		skip();
	for (int allowed = 0; allowed < 2; allowed++) {
		_cleanup_answers_ struct load_answers a = {0};
		struct load_try unprivileged = {.program = xstrdup("f"), .unprivileged = true};
		LOAD_JOB(j, "FINE(f)");

		j.allow_run = allowed;
		j.objects.v[0].tries.v[0].run = true;
		vec_push(&j.objects.v[0].tries, unprivileged);
		load_answer(&j, &a);
		assert_int_equal(a.verdicts.n, 2);
		assert_int_equal(a.verdicts.v[0].kind, VERDICT_ACCEPTED);
		assert_int_equal(a.verdicts.v[0].was_run, allowed);
		assert_int_equal(a.verdicts.v[0].run_error, 0);
		assert_int_equal(a.verdicts.v[0].run_result, allowed ? 2 : 0);
		/* That would change a setting of this machine. */
		assert_int_equal(a.verdicts.v[1].kind, VERDICT_UNTRIED);
		assert_true(a.verdicts.v[1].unprivileged);
	}
}

static void test_translated_instructions(void **state)
{
	_cleanup_answers_ struct load_answers a = {0};

	(void)state;
	if (need_rights(state) < 0)
		skip();
	LOAD_JOB(j, "FINE(f)" REJECTED("bad"));
	vec_foreach (t, &j.objects.v[0].tries)
		t->want_translated = true;
	load_answer(&j, &a);
	assert_int_equal(a.verdicts.n, 2);
	assert_string_equal(load_verdict_on(&a, "f")->translated, "0: w0 = 2\n1: exit\n");
	assert_string_equal(load_verdict_on(&a, "bad")->translated, "");
}

/* What lacks on this kernel concerns those who need it, and no others. */
static void test_struct_ops_that_the_kernel_lacks(void **state)
{
	_cleanup_answers_ struct load_answers a = {0};

	(void)state;
	if (need_rights(state) < 0)
		skip();
	LOAD_JOB(j, "struct skep_no_such_ops { int (*go)(void); };\n"
		    "SEC(\"struct_ops/go\") int go(void) { return 0; }\n"
		    "SEC(\".struct_ops.link\") struct skep_no_such_ops ops = {.go = (void *)go};\n"
		    "FINE(f)");
	load_answer(&j, &a);
	assert_int_equal(a.verdicts.n, 2);
	assert_int_equal(load_verdict_on(&a, "f")->kind, VERDICT_ACCEPTED);
	assert_int_not_equal(load_verdict_on(&a, "go")->kind, VERDICT_ACCEPTED);
	assert_non_null(strstr(load_verdict_on(&a, "go")->said, "skep_no_such_ops"));
}

static void test_replacements_are_not_tried(void **state)
{
	_cleanup_answers_ struct load_answers a = {0};

	(void)state;
	if (need_rights(state) < 0)
		skip();
	LOAD_JOB(j, "FINE(f) SEC(\"freplace/other\") int g(struct xdp_md *c) { return 0; }\n");
	load_answer(&j, &a);
	assert_int_equal(load_verdict_on(&a, "f")->kind, VERDICT_ACCEPTED);
	assert_int_equal(load_verdict_on(&a, "g")->kind, VERDICT_UNTRIED);
	assert_non_null(strstr(load_verdict_on(&a, "g")->said, "replaces a function"));
}

static void assert_cut(const char *log, size_t limit, const char *want)
{
	_cleanup_free_ char *cut = load_cut_log(log, limit);

	assert_string_equal(cut, want);
}

static void test_logs_lose_their_middle(void **state)
{
	(void)state;
	assert_cut("", 0, "");
	assert_cut("abc\n", 4, "abc\n");
	assert_cut("one\ntwo\nthree\nfour\nfive\n", 12,
		   "one\n[15 bytes are left out here]\nfive\n");
	/* Lines longer than all that is kept are cut themselves. */
	assert_cut("aaaaaaaaaabbbbbbbbbb", 6, "aaa[14 bytes are left out here]\nbbb");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted_and_rejected),
		cmocka_unit_test(test_named_tries),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_deadline_is_of_one_program),
		cmocka_unit_test(test_log_of_many_megabytes),
		cmocka_unit_test(test_crash_costs_one_verdict),
		cmocka_unit_test(test_what_cannot_be_opened),
		cmocka_unit_test(test_damaged_objects_hurt_nobody),
		cmocka_unit_test(test_no_license_and_unknown_section),
		cmocka_unit_test(test_arrays_of_programs),
		cmocka_unit_test(test_runs_only_when_allowed),
		cmocka_unit_test(test_translated_instructions),
		cmocka_unit_test(test_struct_ops_that_the_kernel_lacks),
		cmocka_unit_test(test_replacements_are_not_tried),
		cmocka_unit_test(test_logs_lose_their_middle),
	};

	return cmocka_run_group_tests(tests, find_rights, NULL);
}
