/* The process that speaks to the remote: its life and its end. */
#include "remote_room.h"

static void a_process_that_dies_is_a_warning_and_answers_all(void **state)
{
	struct remote_summary summary;
	struct digest key = action_key(50);
	struct remote *r;
	struct server s;

	(void)state;
	start_server(&s, SILENT, 0);
	r = start_remote(s.url, true);
	for (unsigned i = 0; i < 50; i++)
		ask(r, i);
	assert_int_equal(kill(find_child(s.pid), SIGKILL), 0);
	wait_for_answers(r, 50);
	assert_int_equal(answers.n, 50);
	assert_int_equal(answers.n_found, 0);
	assert_int_equal(remote_fd(r), -1);
	/* It is gone for good, and nobody is kept waiting. */
	assert_int_equal(remote_ask(r, &key), -EPIPE);
	offer(r, 1);
	remote_answers(r, note_answer, NULL);
	assert_int_equal(answers.n, 50);
	assert_int_equal(find_child(s.pid), 0);
	remote_finish(r, &summary);
	assert_int_equal(summary.not_found, 50);
	assert_int_equal(summary.not_sent, 1);
	assert_true(summary.given_up);
	expect_warning("death", "the process that spoke to it was killed by signal 9");
	server_stop(&s);
}

/* More than fits into a socket, while nobody reads on either side. */
static void any_number_may_be_asked_and_offered_before_anything_is_read(void **state)
{
	const unsigned n = 5000;
	struct remote_summary summary;
	struct remote *r;
	struct server s;

	(void)state;
	start_server(&s, EMPTY, 0);
	r = start_remote(s.url, true);
	for (unsigned i = 0; i < n; i++) {
		offer(r, i);
		offer(r, i);
		ask(r, i);
	}
	assert_true(wait_for_answers(r, n));
	assert_int_equal(answers.n, n);
	remote_finish(r, &summary);
	assert_int_equal(summary.not_found, n);
	expect_warning("many", NULL);
	server_stop(&s);
}

/* Nobody waits for the socket to become writable: what is read must be enough to go on. */
static void what_did_not_fit_is_not_forgotten(void **state)
{
	struct remote_summary summary;
	struct remote *r;
	struct server s;
	pid_t helper;

	(void)state;
	start_server(&s, EMPTY, 0);
	r = start_remote(s.url, true);
	helper = find_child(s.pid);
	assert_int_equal(kill(helper, SIGSTOP), 0);
	for (unsigned i = 0; i < 20000; i++)
		offer(r, i);
	ask(r, 0);
	assert_int_equal(kill(helper, SIGCONT), 0);
	assert_true(wait_for_answers(r, 1));
	remote_finish(r, &summary);
	assert_int_equal(summary.not_sent, 20000);
	expect_warning("late", NULL);
	server_stop(&s);
}

static struct remote *asked_on;

static void ask_on(const struct digest *action, bool was_found, void *arg)
{
	note_answer(action, was_found, arg);
	if (answers.n < 300)
		ask(asked_on, answers.n);
}

static void who_is_answered_may_ask(void **state)
{
	struct remote_summary summary;
	struct server s;

	(void)state;
	start_server(&s, HONEST, 20);
	asked_on = start_remote(s.url, false);
	ask(asked_on, 0);
	while (answers.n < 300) {
		struct pollfd p = {remote_fd(asked_on), POLLIN, 0};

		assert_int_equal(poll(&p, 1, 5000), 1);
		remote_answers(asked_on, ask_on, NULL);
	}
	assert_int_equal(answers.n_found, 20);
	remote_finish(asked_on, &summary);
	assert_int_equal(summary.found + summary.not_found, 300);
	/* One after another, each with two blobs at once: connections were kept. */
	assert_true(s.log->n_connections <= 2);
	server_stop(&s);
}

static void nothing_of_the_build_is_held_open(void **state)
{
	struct remote *r;
	struct server s;
	int fds[2], high;
	char byte;

	(void)state;
	start_server(&s, SILENT, 0);
	assert_int_equal(pipe(fds), 0);
	/* On both sides of the socket's number. */
	high = fcntl(fds[1], F_DUPFD, 200);
	assert_true(high >= 200);
	r = start_remote(s.url, false);
	ask(r, 0);
	close(fds[1]);
	close(high);
	assert_int_equal(read(fds[0], &byte, 1), 0);
	close(fds[0]);
	remote_abandon(r);
	assert_int_equal(find_child(s.pid), 0);
	server_stop(&s);
}

static bool is_alive(pid_t pid)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/stat", pid);
	_cleanup_buf_ struct buf b = {0};

	/* One that nobody reaps is dead as well. */
	return file_read(path, 4096, &b) == 0 && !strstr(b.v, ") Z ");
}

static void a_build_that_is_killed_leaves_no_process(void **state)
{
	struct server s;
	pid_t build, *helper;
	int status;

	(void)state;
	helper = mmap(NULL, sizeof(*helper), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	assert_true(helper != MAP_FAILED);
	start_server(&s, SILENT, 0);
	build = fork();
	if (build == 0) {
		struct remote *r = start_remote(s.url, true);

		ask(r, 0);
		*helper = find_child(s.pid);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(build, &status, 0), build);
	assert_true(WIFSIGNALED(status));
	assert_true(*helper > 0);
	for (int i = 0; i < 100 && is_alive(*helper); i++)
		usleep(10 * 1000);
	assert_false(is_alive(*helper));
	munmap(helper, sizeof(*helper));
	server_stop(&s);
}

static void a_build_that_has_ended_waits_for_nothing(void **state)
{
	struct remote_summary summary;
	struct remote *r;
	struct server s;
	int64_t start;

	(void)state;
	start_server(&s, SILENT, 0);
	r = start_remote(s.url, true);
	for (unsigned i = 0; i < 20; i++)
		ask(r, i);
	start = milliseconds();
	remote_finish(r, &summary);
	assert_true(milliseconds() - start < 500);
	assert_int_equal(n_said, 0);
	remote_finish(NULL, &summary);
	assert_int_equal(summary.sent, 0);
	remote_abandon(NULL);
	server_stop(&s);
}

/* One that is stopped cannot even say so. */
static void a_process_that_hangs_is_not_waited_for(void **state)
{
	struct remote_summary summary;
	struct remote *r;
	struct server s;
	int64_t start;

	(void)state;
	start_server(&s, HONEST, 0);
	r = start_remote(s.url, true);
	assert_int_equal(kill(find_child(s.pid), SIGSTOP), 0);
	offer(r, 0);
	start = milliseconds();
	remote_finish(r, &summary);
	assert_true(milliseconds() - start < 3000 + 500);
	assert_int_equal(summary.not_sent, 1);
	expect_warning("hanging", "1 results were not sent, as it took longer than 3000 ms");
	server_stop(&s);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, clean_up)
	const struct CMUnitTest tests[] = {
		T(a_process_that_dies_is_a_warning_and_answers_all),
		T(any_number_may_be_asked_and_offered_before_anything_is_read),
		T(what_did_not_fit_is_not_forgotten),
		T(who_is_answered_may_ask),
		T(nothing_of_the_build_is_held_open),
		T(a_build_that_is_killed_leaves_no_process),
		T(a_build_that_has_ended_waits_for_nothing),
		T(a_process_that_hangs_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
