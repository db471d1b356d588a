#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/child.h"
#include "base/message.h"

/* All messages, one to a line, with their level. */
static struct buf said;

static void keep_message(enum message_level level, const char *text, void *arg)
{
	(void)arg;
	buf_printf(&said, "%d %s\n", (int)level, text);
}

static int forget_messages(void **state)
{
	(void)state;
	said.n = 0;
	buf_puts(&said, "");
	return 0;
}

static int print_greeting(void *arg, struct buf *out)
{
	buf_printf(out, "hello %s", (const char *)arg);
	return 0;
}

static int say_and_fail(void *arg, struct buf *out)
{
	(void)arg;
	buf_puts(out, "unfinished");
	message_note("a note");
	message_warning("a warning: %d%%", 5);
	return message_error(-EBADMSG, "an error\nof two lines");
}

static int say_and_crash(void *arg, struct buf *out)
{
	(void)out;
	message_warning("before the end");
	raise(*(int *)arg);
	return 0;
}

static int spin(void *arg, struct buf *out)
{
	(void)out;
	for (;;)
		++*(volatile int *)arg;
	return 0;
}

static int leave(void *arg, struct buf *out)
{
	(void)out;
	_exit(*(int *)arg);
}

static int print_much(void *arg, struct buf *out)
{
	for (size_t i = 0; i < *(size_t *)arg; i++)
		buf_putc(out, (char)i);
	return 0;
}

static void output_is_appended(void **state)
{
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	buf_puts(&b, "say ");
	assert_int_equal(child_run("greeting", 10, print_greeting, (void *)"you", &b), 0);
	assert_string_equal(b.v, "say hello you");
	assert_int_equal(said.n, 0);
}

static void much_output_arrives(void **state)
{
	_cleanup_buf_ struct buf b = {0};
	size_t n = 3 << 20;

	(void)state;
	assert_int_equal(child_run("much", 10, print_much, &n, &b), 0);
	assert_int_equal(b.n, n);
	for (size_t i = 0; i < n; i++)
		assert_true(b.v[i] == (char)i);
	n = 0;
	assert_int_equal(child_run("nothing", 10, print_much, &n, &b), 0);
	assert_int_equal(b.n, 3 << 20);
}

static void failure_brings_messages_and_no_output(void **state)
{
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	assert_int_equal(child_run("failing", 10, say_and_fail, NULL, &b), -EBADMSG);
	assert_int_equal(b.n, 0);
	assert_string_equal(said.v, "2 a note\n1 a warning: 5%\n0 an error\nof two lines\n");
}

static void crash_is_an_error(void **state)
{
	static const int signals[] = {SIGSEGV, SIGABRT, SIGFPE, SIGKILL, SIGTERM};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		_cleanup_buf_ struct buf b = {0};

		forget_messages(NULL);
		assert_int_equal(child_run("crashing", 10, say_and_crash, (void *)&signals[i], &b),
				 -ENOTRECOVERABLE);
		assert_int_equal(b.n, 0);
		assert_non_null(strstr(said.v, "1 before the end\n0 crashing: "));
		assert_non_null(strstr(said.v, "killed by signal"));
	}
}

static void hang_is_an_error(void **state)
{
	_cleanup_buf_ struct buf b = {0};
	int n = 0;

	(void)state;
	assert_int_equal(child_run("spinning", 1, spin, &n, &b), -ETIMEDOUT);
	assert_string_equal(said.v, "0 spinning: gave up: it took too long\n");
}

/* Such as when it runs out of memory. */
static void exit_is_an_error(void **state)
{
	(void)state;
	for (int status = 0; status < 3; status++) {
		_cleanup_buf_ struct buf b = {0};

		assert_int_equal(child_run("leaving", 10, leave, &status, &b), -ENOTRECOVERABLE);
		assert_non_null(strstr(said.v, "leaving: "));
	}
}

static void ignored_child_signals_do_no_harm(void **state)
{
	_cleanup_buf_ struct buf b = {0};
	int sig = SIGSEGV, err;

	(void)state;
	signal(SIGCHLD, SIG_IGN);
	err = child_run("greeting", 10, print_greeting, (void *)"you", &b);
	assert_int_equal(child_run("crashing", 10, say_and_crash, &sig, &b), -ENOTRECOVERABLE);
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(err, 0);
	assert_string_equal(b.v, "hello you");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(output_is_appended, forget_messages),
		cmocka_unit_test_setup(much_output_arrives, forget_messages),
		cmocka_unit_test_setup(failure_brings_messages_and_no_output, forget_messages),
		cmocka_unit_test_setup(crash_is_an_error, forget_messages),
		cmocka_unit_test_setup(hang_is_an_error, forget_messages),
		cmocka_unit_test_setup(exit_is_an_error, forget_messages),
		cmocka_unit_test_setup(ignored_child_signals_do_no_harm, forget_messages),
	};
	int failed;

	message_set_sink(keep_message, NULL);
	failed = cmocka_run_group_tests_name("child", tests, NULL, NULL);
	buf_free(&said);
	return failed;
}
