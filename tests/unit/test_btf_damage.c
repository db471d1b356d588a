/* Damaged BTF, wherever the damage is: refused with a reason, or harmless. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "btf_types.h"

static void every_truncation_is_refused(void **state)
{
	_cleanup_buf_ struct buf raw = raw_of(all_kinds());

	(void)state;
	assert_int_equal(check(&raw), 0);
	for (size_t n = 0; n < raw.n; n++) {
		/* In memory of its own, so that reading on is noticed. */
		_cleanup_free_ void *cut = xmalloc(n);

		memcpy(cut, raw.v, n);
		assert_int_equal(btf_check(cut, n, 0, 0, "file"), -EBADMSG);
		assert_said("file: ");
	}
}

static uint64_t random_state = 1;

static uint32_t next_random(void)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(random_state >> 33);
}

/* Changes one to eight words, most often of the types, to something that is likely to matter. */
static void damage(struct buf *raw)
{
	uint32_t words = (uint32_t)raw->n / 4;

	for (uint32_t n = next_random() % 2 ? 1 : 1 + next_random() % 8; n; n--) {
		uint32_t at = 4 * (next_random() % words), from = 4 * (next_random() % words), x;

		memcpy(&x, raw->v + at, 4);
		switch (next_random() % 6) {
		case 0:
			x = next_random() << 1;
			break;
		case 1:
			x ^= 1u << next_random() % 32;
			break;
		case 2:
			x = next_random() % 40;
			break;
		case 3:
			memcpy(&x, raw->v + from, 4);
			break;
		case 4:
			x += next_random() % 2 ? 1 : UINT32_MAX;
			break;
		default:
			x = (x & 0xffffff) | next_random() % 32 << 24;
		}
		memcpy(raw->v + at, &x, 4);
	}
}

/* In a child, under a limit: exit status 0 when all went well or was refused with a message. */
static int print_in_child(const struct buf *raw)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct rlimit limit = {10, 10};
		struct buf text = {0};

		for (int sig = 1; sig < 32; sig++)
			signal(sig, SIG_DFL);
		setrlimit(RLIMIT_CPU, &limit);
		limit = (struct rlimit){0, 0};
		setrlimit(RLIMIT_CORE, &limit);
		said.n = 0;
		if (check(raw) == 0 && print(raw, &text) == 0)
			_exit(0);
		_exit(said.n ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void damage_is_refused_or_harmless(void **state)
{
	const char *rounds = getenv("SKEP_TEST_ROUNDS");

	(void)state;
	for (long n = rounds ? atol(rounds) : 500; n > 0; n--) {
		_cleanup_buf_ struct buf raw = raw_of(all_kinds());
		uint64_t seed = random_state;
		int status;

		damage(&raw);
		status = print_in_child(&raw);
		if (status)
			fail_msg("status 0x%x with random state 0x%llx", status,
				 (unsigned long long)seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(damage_is_refused_or_harmless),
	};
	int failed;

	libbpf_set_print(NULL);
	message_set_sink(keep_message, NULL);
	failed = cmocka_run_group_tests_name("btf_damage", tests, NULL, NULL);
	buf_free(&said);
	return failed;
}
