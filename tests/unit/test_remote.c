/* Asking a remote: what a server does wrong costs a warning and a miss. */
#include "remote_room.h"

#define N_ACTIONS 24

struct trial {
	enum habit habit;
	const char *name;
	unsigned max_ms;
	unsigned n_found;
	const char *warning; /* NULL: none */
};

/* The time is that of all answers, with what processes take to start. */
static const struct trial trials[] = {
	{HONEST, "honest", 2000, N_ACTIONS, NULL},
	{PACKED, "compressing", 2000, N_ACTIONS, NULL},
	{EMPTY, "has nothing", 2000, 0, NULL},
	{LOST_BLOBS, "has lost the blobs", 2000, 0, NULL},
	{BUSY_ONCE, "503 once", 4000, N_ACTIONS, NULL},
	{RESETTING_ONCE, "resets once", 4000, N_ACTIONS, NULL},
	{STATUS_500, "500", 1000, 0, "does not answer as a cache does (HTTP status 500)"},
	{STATUS_204, "204", 1000, 0, "(HTTP status 204)"},
	{STATUS_401, "401", 1000, 0, "it wants credentials (HTTP status 401); a user and password"},
	{STATUS_403, "403", 1000, 0, "it refuses access (HTTP status 403)"},
	{BUSY, "503", 1500, 0, "it cannot answer now (HTTP status 503)"},
	{RESETTING, "resets", 1500, 0, "reset"},
	{REDIRECTING, "redirects", 1000, 0, "(HTTP status 302); redirects are not followed"},
	{SILENT, "silent", 1500, 0, "it does not answer; the build goes on without it"},
	{DRIPPING, "dripping", 2000, 0, "it is too slow"},
	{DRIPPING_BLOBS, "dripping blobs", 2000, 0, "it is too slow"},
	{DAWDLING, "dawdling", 3000, 0, "it is too slow"},
	{CUT, "cuts off", 1000, 0, "remaining"},
	{CUT_HELD, "cuts off and waits", 2000, 0, "it is too slow"},
	{CUT_CHUNK, "ends without the last chunk", 1000, 0, "remote cache: http://127.0.0.1:"},
	{SHORT, "cuts off, with the length for it", 1000, 0, "is no result of an action"},
	{FLIPPED, "flips a bit of blobs", 2000, 0, "is damaged; it was not used"},
	{SWAPPED, "gives another blob", 2000, 0, "; it was not used; remove it there"},
	{ENDLESS, "endless result", 4000, 0, "is larger than any result"},
	{ENDLESS_BLOBS, "endless blobs", 4000, 0, "is larger than it should be"},
	{ENDLESS_HEADERS, "endless headers", 4000, 0,
	 "Failed writing header; look into the server"},
	{ENDLESS_CONTINUE, "endless 100 Continue", 4000, 0,
	 "Failed writing header; look into the server"},
	{ENDLESS_ERROR, "endless page of a 404", 4000, 0, NULL},
	{BOMB, "bomb for a result", 4000, 0, "is larger than any result"},
	{BOMB_BLOBS, "bombs for blobs", 4000, 0, "is larger than it should be"},
	{BAD_PACKING, "says gzip and is not", 1000, 0, "remote cache: http://127.0.0.1:"},
	{NO_HTTP, "not HTTP", 1000, 0, "HTTP/0.9"},
	{ONLY_HEADERS, "ends after headers", 1000, 0, "remaining"},
	{HUGE_RESULT, "huge result", 1000, 0, "is larger than any result"},
	{GARBAGE_RESULT, "garbage for a result", 1000, 0, "is no result of an action"},
	{EMPTY_RESULT, "nothing for a result", 1000, 0, "is no result of an action"},
};

static void try_habit(const struct trial *t)
{
	struct remote_summary summary;
	struct remote *r;
	struct server s;
	int64_t start;

	start_server(&s, t->habit, N_ACTIONS);
	start = milliseconds();
	r = start_remote(s.url, false);
	for (unsigned i = 0; i < N_ACTIONS; i++)
		ask(r, i);
	if (!wait_for_answers(r, N_ACTIONS))
		fail_msg("%s: %u of %u answers, %s", t->name, answers.n, N_ACTIONS, said.v);
	if (milliseconds() - start > t->max_ms)
		fail_msg("%s: it took %d ms", t->name, (int)(milliseconds() - start));
	remote_finish(r, &summary);
	if (answers.n_found != t->n_found)
		fail_msg("%s: %u found, %s", t->name, answers.n_found, said.v);
	assert_int_equal(answers.n, N_ACTIONS);
	assert_int_equal(summary.found, t->n_found);
	assert_int_equal(summary.not_found, N_ACTIONS - t->n_found);
	/* So many at once, and each connection used again. */
	if (t->habit == HONEST)
		assert_in_range(s.log->n_connections, 2, 16);
	assert_int_equal(s.log->n_puts, 0);
	expect_warning(t->name, t->warning);
	expect_sound(root);
	expect_found(N_ACTIONS, t->n_found);
	server_stop(&s);
	assert_int_equal(file_remove_tree(root), 0);
}

static void whatever_a_server_does_nothing_wrong_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(trials); i++)
		try_habit(&trials[i]);
}

/* Asks one after another: the next when the last was answered. Milliseconds. */
static int64_t ask_in_turn(struct remote *r, unsigned n)
{
	int64_t start = milliseconds();

	for (unsigned i = 0; i < n; i++) {
		ask(r, i);
		assert_true(wait_for_answers(r, i + 1));
	}
	return milliseconds() - start;
}

static void a_silent_server_is_given_up_also_when_asked_in_turn(void **state)
{
	static const enum habit habits[] = {SILENT, DRIPPING};
	struct remote_summary summary;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(habits); i++) {
		struct store *store;
		struct remote *r;
		struct server s;

		start_server(&s, habits[i], 20);
		store = open_results(root);
		make_action(store, 0);
		store_close(store);
		r = start_remote(s.url, true);
		/* patience, and the one request that used up the last of it; and some for us */
		assert_true(ask_in_turn(r, 20) < 800 + 1000 + 300);
		/* What is not asked any more is not told, either. */
		offer(r, 0);
		remote_finish(r, &summary);
		assert_true(summary.given_up);
		assert_int_equal(summary.not_found, 20);
		/* Two times 400 ms are all the patience there is. */
		assert_int_equal(s.log->n_gets, 2);
		assert_int_equal(s.log->n_heads, 0);
		expect_warning("in turn", "; the build goes on without it");
		server_stop(&s);
	}
}

static void what_will_not_change_is_not_tried_again(void **state)
{
	struct remote_summary summary;
	struct remote *r;
	struct server s;

	(void)state;
	start_server(&s, REDIRECTING, 0);
	r = start_remote(s.url, false);
	ask_in_turn(r, 10);
	remote_finish(r, &summary);
	assert_int_equal(s.log->n_gets, 1);
	assert_true(summary.given_up);
	expect_warning("redirects", "redirects are not followed");
	server_stop(&s);
}

static void where_nobody_listens_is_known_at_once(void **state)
{
	struct remote_summary summary;
	struct remote *r;
	struct server s;
	int64_t start = milliseconds();

	(void)state;
	server_make(&s, HONEST);
	close(s.fd);
	s.fd = -1;
	r = start_remote(s.url, true);
	ask_first(r, N_ACTIONS);
	assert_true(milliseconds() - start < 1000);
	offer(r, 1);
	remote_finish(r, &summary);
	assert_true(milliseconds() - start < 1500);
	assert_int_equal(summary.not_found, N_ACTIONS);
	assert_int_equal(summary.not_sent, 1);
	assert_true(summary.given_up);
	expect_warning("nobody", "is it running, and the URL right?");
	server_stop(&s);
}

/* A host whose packets nobody answers: a listener whose queue is full. */
static void a_connection_that_does_not_come_is_not_waited_for_long(void **state)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fillers[8], n = 0;
	struct remote_summary summary;
	struct remote *r;
	struct server s;
	int64_t start;

	(void)state;
	server_make(&s, HONEST);
	assert_int_equal(listen(s.fd, 0), 0);
	a.sin_port = htons((uint16_t)s.port);
	for (; n < 8; n++) {
		fillers[n] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		connect(fillers[n], (struct sockaddr *)&a, sizeof(a));
	}
	usleep(20 * 1000);
	start = milliseconds();
	r = start_remote(s.url, false);
	ask_in_turn(r, 10);
	assert_true(milliseconds() - start < 800 + 300 + 300);
	remote_finish(r, &summary);
	assert_int_equal(summary.not_found, 10);
	expect_warning("no connection", "is it running, and the URL right?");
	while (n--)
		close(fillers[n]);
	server_stop(&s);
}

static void ask_for_result(const struct reapi_digest *outputs, size_t n, const char *warning)
{
	_cleanup_buf_ struct buf message = {0};
	struct digest key = action_key(0);
	struct server s;

	server_make(&s, HONEST);
	make_result(outputs, n, &message);
	server_put(&s, "ac", &key, message.v, message.n);
	server_start(&s);
	assert_int_equal(fetch_first(s.url, 1).not_found, 1);
	assert_int_equal(s.log->n_gets, 1);
	expect_warning("lies", warning);
	expect_sound(root);
	server_stop(&s);
}

static void a_result_that_names_too_much_is_refused_before_anything_is_fetched(void **state)
{
	static struct reapi_digest many[5000];
	struct reapi_digest huge[] = {{action_key(1), UINT64_MAX}, {action_key(2), 2}};
	struct reapi_digest large[] = {{action_key(1), 200 << 20}, {action_key(2), 200 << 20}};
	struct reapi_digest false_empty[] = {{action_key(1), 0}};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = (struct reapi_digest){action_key(i), 10};
	ask_for_result(many, ARRAY_SIZE(many), "names more outputs than any step has");
	ask_for_result(huge, 2, "names outputs larger than any step makes");
	ask_for_result(large, 2, "names outputs larger than any step makes");
	ask_for_result(false_empty, 1, "that cannot be");
}

static void blobs_that_are_there_are_not_fetched(void **state)
{
	struct remote_summary summary;
	struct remote *r;
	struct server s;
	struct buf content[3] = {0};
	struct reapi_digest outputs[3];

	(void)state;
	make_outputs(0, content, outputs);
	{
		_cleanup_store_ struct store *store = open_results(root);

		assert_int_equal(
			store_put_blob(store, &outputs[1].hash, content[1].v, content[1].n), 0);
	}
	start_server(&s, HONEST, 1);
	r = start_remote(s.url, false);
	ask_first(r, 1);
	assert_int_equal(answers.n_found, 1);
	/* Once more, with everything there: the action alone. */
	ask(r, 0);
	assert_true(wait_for_answers(r, 2));
	assert_int_equal(answers.n_found, 2);
	remote_finish(r, &summary);
	assert_int_equal(s.log->n_gets, 3);
	assert_true(summary.bytes_down < BLOB_SIZE);
	assert_int_equal(n_said, 0);
	expect_found(1, 1);
	free_outputs(content);
	server_stop(&s);
}

/* Else a store that is only filled from a remote would grow without end. */
static void what_is_fetched_counts_for_the_stores_limit(void **state)
{
	_cleanup_free_ char *size = xasprintf("%s/v1/size", root);
	struct remote_summary summary;
	struct remote *r;
	struct server s;

	(void)state;
	start_server(&s, HONEST, 1);
	for (unsigned i = 2; i-- > 0;) {
		assert_false(file_exists(size));
		r = start_remote(s.url, false);
		ask(r, i);
		assert_true(wait_for_answers(r, 1));
		remote_finish(r, &summary);
	}
	assert_true(file_exists(size));
	server_stop(&s);
}

static void what_was_said_cannot_command_a_terminal(void **state)
{
	_cleanup_buf_ struct buf value = {0};
	_cleanup_reapi_result_ struct reapi_result result = {0};
	struct digest key = action_key(0);
	struct store *store;
	struct server s;

	(void)state;
	start_server(&s, HONEST, 1);
	assert_int_equal(fetch_first(s.url, 1).found, 1);
	store = open_results(root);
	assert_int_equal(store_get_action(store, &key, &value), 0);
	assert_int_equal(read_value(value.v, value.n, &result), 0);
	assert_int_equal(result.said_size, 14);
	assert_memory_equal(result.said, "a warning?[2J\n", 14);
	store_close(store);
	server_stop(&s);
}

static void a_store_that_cannot_be_written_is_not_filled(void **state)
{
	struct remote_summary summary;
	struct remote *r;
	struct server s;

	(void)state;
	/* Where the store should be is a file. */
	assert_int_equal(file_write(root, "x", 1), 0);
	start_server(&s, HONEST, 5);
	r = start_remote(s.url, true);
	ask_first(r, 5);
	assert_int_equal(answers.n_found, 0);
	offer(r, 1);
	remote_finish(r, &summary);
	assert_int_equal(n_said, 1);
	assert_non_null(strstr(said.v, "cache: "));
	server_stop(&s);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, clean_up)
	const struct CMUnitTest tests[] = {
		T(whatever_a_server_does_nothing_wrong_is_found),
		T(a_silent_server_is_given_up_also_when_asked_in_turn),
		T(what_will_not_change_is_not_tried_again),
		T(where_nobody_listens_is_known_at_once),
		T(a_connection_that_does_not_come_is_not_waited_for_long),
		T(a_result_that_names_too_much_is_refused_before_anything_is_fetched),
		T(blobs_that_are_there_are_not_fetched),
		T(what_is_fetched_counts_for_the_stores_limit),
		T(what_was_said_cannot_command_a_terminal),
		T(a_store_that_cannot_be_written_is_not_filled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
