#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/str.h"
#include "run/jobserver.h"

static char *flags_for(int in, int out)
{
	return xasprintf(" -j --jobserver-auth=%d,%d -- A=b", in, out);
}

static int tokens_in(int fd)
{
	int n = 0;

	assert_int_equal(ioctl(fd, FIONREAD, &n), 0);
	return n;
}

static void tokens_come_and_go(void **state)
{
	const char *why;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "+-+", 3), 3);
	_cleanup_free_ char *flags = flags_for(fds[0], fds[1]);
	struct jobserver *j = jobserver_open(flags, &why);

	assert_non_null(j);
	assert_true(jobserver_take(j));
	assert_true(jobserver_take(j));
	assert_true(jobserver_take(j));
	assert_false(jobserver_take(j));
	/* The pipe that make shares with its other children must still block. */
	assert_false(fcntl(fds[0], F_GETFL) & O_NONBLOCK);
	jobserver_give(j);
	assert_int_equal(tokens_in(fds[0]), 1);
	jobserver_close(j);
	assert_int_equal(tokens_in(fds[0]), 3);
	close(fds[0]);
	close(fds[1]);
}

static void closed_or_foreign_descriptors_are_refused(void **state)
{
	int a[2], b[2], file = open("/dev/null", O_RDWR);
	const char *why;

	(void)state;
	assert_int_equal(pipe(a), 0);
	assert_int_equal(pipe(b), 0);
	const int cases[][2] = {
		{a[0], b[1]}, {a[1], a[0]}, {file, file}, {900, 901}, {-2, -2}, {a[0], file},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *flags = flags_for(cases[i][0], cases[i][1]);

		assert_null(jobserver_open(flags, &why));
		assert_non_null(why);
	}
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
	close(file);
}

static void nothing_offered_is_no_complaint(void **state)
{
	static const char *const none[] = {NULL, "", "k", " -- X=--jobserver-auth=3,4"};
	const char *why = "unset";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		assert_null(jobserver_open(none[i], &why));
		assert_null(why);
	}
	assert_null(jobserver_open("--jobserver-auth=x", &why));
	assert_non_null(why);
}

static void fifo_works_too(void **state)
{
	char dir[] = "/tmp/skep-fifo-XXXXXX";
	const char *why;

	(void)state;
	assert_non_null(mkdtemp(dir));
	_cleanup_free_ char *path = xasprintf("%s/fifo", dir);
	_cleanup_free_ char *flags = xasprintf("-j2 --jobserver-auth=fifo:%s", path);

	assert_null(jobserver_open(flags, &why));
	assert_non_null(why);
	assert_int_equal(mkfifo(path, 0600), 0);
	_cleanup_close_ int fd = open(path, O_RDWR);

	assert_int_equal(write(fd, "x", 1), 1);
	struct jobserver *j = jobserver_open(flags, &why);

	assert_non_null(j);
	assert_true(jobserver_take(j));
	assert_false(jobserver_take(j));
	jobserver_close(j);
	assert_int_equal(tokens_in(fd), 1);
	unlink(path);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_come_and_go),
		cmocka_unit_test(closed_or_foreign_descriptors_are_refused),
		cmocka_unit_test(nothing_offered_is_no_complaint),
		cmocka_unit_test(fifo_works_too),
	};

	return cmocka_run_group_tests_name("jobserver", tests, NULL, NULL);
}
