#include <dlfcn.h>
#include <errno.h>
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/message.h"
#include "kernel/cpu.h"

/*
 * A kernel of our own: it fails a load with `error` when the program holds the instruction
 * `code`, or any program when code is 0. With error 0 loads go to the real kernel.
 */
static struct {
	int error;
	int code;
	int offset;  /* -1: any */
	int retries; /* how often to answer EAGAIN first */
} fake;

static char last_message[256];

static void remember_message(enum message_level level, const char *text, void *arg)
{
	(void)level;
	(void)arg;
	snprintf(last_message, sizeof(last_message), "%s", text);
}

static bool is_asked_for(const struct bpf_insn *insn)
{
	return insn->code == fake.code && (fake.offset < 0 || insn->off == fake.offset);
}

/* Stands before libc's function of this name. */
long syscall(long number, ...)
{
	va_list ap;

	va_start(ap, number);
	long command = va_arg(ap, long);
	union bpf_attr *attr = va_arg(ap, union bpf_attr *);
	long size = va_arg(ap, long);
	va_end(ap);
	assert_int_equal(number, SYS_bpf);
	assert_int_equal(command, BPF_PROG_LOAD);
	if (!fake.error) {
		long (*real)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");

		return real(number, command, attr, size);
	}
	if (fake.retries-- > 0) {
		errno = EAGAIN;
		return -1;
	}
	const struct bpf_insn *insns = (const void *)(uintptr_t)attr->insns;

	for (uint32_t i = 0; i < attr->insn_cnt; i++)
		if (!fake.code || is_asked_for(&insns[i])) {
			errno = fake.error;
			return -1;
		}
	return dup(STDERR_FILENO);
}

static int set_up(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	last_message[0] = '\0';
	message_set_sink(remember_message, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	message_set_sink(NULL, NULL);
	return 0;
}

static void best_set_is_below_the_first_refused_instruction(void **state)
{
	static const struct {
		int code, offset;
		const char *cpu;
	} cases[] = {
		{BPF_JMP | BPF_JLT | BPF_K, -1, "v1"},
		{BPF_JMP | BPF_JLE | BPF_X, -1, "v1"},
		{BPF_JMP | BPF_JSLT | BPF_K, -1, "v1"},
		{BPF_JMP | BPF_JSLE | BPF_K, -1, "v1"},
		{BPF_ALU | BPF_ADD | BPF_K, -1, "v2"},
		{BPF_JMP32 | BPF_JLT | BPF_K, -1, "v2"},
		{BPF_JMP32 | BPF_JSGT | BPF_X, -1, "v2"},
		{0x91, -1, "v3"},			 /* signed load of a byte */
		{BPF_ALU64 | BPF_MOV | BPF_X, 16, "v3"}, /* sign extension */
		{0xd7, -1, "v3"},			 /* bswap */
		{BPF_ALU64 | BPF_DIV | BPF_K, 1, "v3"},	 /* signed division */
		{BPF_ALU | BPF_MOD | BPF_K, 1, "v3"},	 /* signed remainder */
		{0x06, -1, "v3"},			 /* gotol */
		{0xff, -1, "v4"},			 /* nothing refused */
	};
	static const int refusals[] = {EINVAL, 524, EOPNOTSUPP};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (size_t k = 0; k < ARRAY_SIZE(refusals); k++) {
			const char *cpu = NULL;

			fake.code = cases[i].code;
			fake.offset = cases[i].offset;
			fake.error = refusals[k];
			assert_int_equal(kernel_probe_cpu(&cpu), 0);
			assert_string_equal(cpu, cases[i].cpu);
			assert_string_equal(last_message, "");
		}
}

static void missing_rights_are_said(void **state)
{
	const char *cpu = "untouched";

	(void)state;
	fake.error = EPERM;
	assert_int_equal(kernel_probe_cpu(&cpu), -EPERM);
	assert_string_equal(cpu, "untouched");
	assert_non_null(strstr(last_message, "CAP_BPF"));
	assert_non_null(strstr(last_message, "name a cpu (v1 to v4)"));
}

/* A kernel that refuses even the plainest program has not said anything about its instructions. */
static void other_failures_are_not_an_answer(void **state)
{
	const char *cpu = "untouched";

	(void)state;
	fake.error = EINVAL;
	assert_int_equal(kernel_probe_cpu(&cpu), -EINVAL);
	assert_non_null(strstr(last_message, strerror(EINVAL)));

	fake.error = ENOSYS;
	assert_int_equal(kernel_probe_cpu(&cpu), -ENOSYS);
	assert_non_null(strstr(last_message, strerror(ENOSYS)));

	fake.error = ENOMEM;
	fake.code = BPF_JMP32 | BPF_JLT | BPF_K;
	fake.offset = -1;
	assert_int_equal(kernel_probe_cpu(&cpu), -ENOMEM);
	assert_string_equal(cpu, "untouched");
}

static void interrupted_loads_are_tried_again(void **state)
{
	const char *cpu = NULL;

	(void)state;
	fake.error = EINVAL;
	fake.code = 0xff;
	fake.retries = 3;
	assert_int_equal(kernel_probe_cpu(&cpu), 0);
	assert_string_equal(cpu, "v4");
}

static void running_kernel_answers(void **state)
{
	int before = dup(STDERR_FILENO), after;
	const char *cpu = NULL;
	int err;

	(void)state;
	close(before);
	err = kernel_probe_cpu(&cpu);
	if (err == -EPERM || err == -ENOSYS) {
		print_message("# %s\n", last_message);
		skip();
	}
	assert_int_equal(err, 0);
	assert_true(cpu[0] == 'v' && cpu[1] >= '1' && cpu[1] <= '4' && !cpu[2]);
	/* Nothing stays open. */
	after = dup(STDERR_FILENO);
	close(after);
	assert_int_equal(after, before);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(best_set_is_below_the_first_refused_instruction),
		TEST(missing_rights_are_said),
		TEST(other_failures_are_not_an_answer),
		TEST(interrupted_loads_are_tried_again),
		TEST(running_kernel_answers),
	};

	return cmocka_run_group_tests_name("cpu", tests, NULL, NULL);
}
