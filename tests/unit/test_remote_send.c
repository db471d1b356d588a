/* Sending to a remote what was made here. */
#include "remote_room.h"

/* Offers actions from a store that has them; the summary. */
static struct remote_summary send_actions(const struct server *s, unsigned n, bool write)
{
	struct store *store = open_results(root);
	struct remote_summary summary;
	struct remote *r;

	for (unsigned i = 0; i < n; i++)
		make_action(store, i);
	store_close(store);
	r = start_remote(s->url, write);
	for (unsigned i = 0; i < n; i++)
		offer(r, i);
	remote_finish(r, &summary);
	assert_int_equal(file_remove_tree(root), 0);
	return summary;
}

static void what_one_sends_another_finds(void **state)
{
	static const enum habit habits[] = {HONEST, PACKED, SENDS_BUSY_ONCE, BUSY_ONCE,
					    RESETTING_ONCE};
	struct remote_summary summary;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(habits); i++) {
		const unsigned n = 6;
		struct server s;

		start_server(&s, habits[i], 0);
		summary = send_actions(&s, n, true);
		if (summary.sent != n)
			fail_msg("habit %d: %d sent, %s", habits[i], (int)summary.sent, said.v);
		assert_int_equal(summary.not_sent, 0);
		assert_true(summary.bytes_up > n * BLOB_SIZE);
		assert_false(summary.given_up);
		summary = fetch_first(s.url, n);
		assert_int_equal(summary.found, n);
		expect_found(n, n);
		expect_warning("sending", NULL);
		server_stop(&s);
		assert_int_equal(file_remove_tree(root), 0);
	}
}

/* The parts of an identity name files of this machine. */
static void only_the_result_is_sent(void **state)
{
	_cleanup_buf_ struct buf message = {0}, value = {0};
	struct digest key = action_key(0);
	struct buf content[3] = {0};
	struct reapi_digest outputs[3];
	struct remote_summary summary;
	struct store *store;
	struct server s;
	uint32_t size;

	(void)state;
	start_server(&s, HONEST, 0);
	summary = send_actions(&s, 1, true);
	assert_int_equal(summary.sent, 1);
	summary = fetch_first(s.url, 1);
	make_outputs(0, content, outputs);
	make_result(outputs, 3, &message);
	/* No byte more than the message came back. */
	assert_true(summary.bytes_down <= message.n + 100 + BLOB_SIZE);
	store = open_results(root);
	assert_int_equal(store_get_action(store, &key, &value), 0);
	memcpy(&size, value.v, sizeof(size));
	assert_int_equal(value.n, sizeof(size) + le32toh(size));
	store_close(store);
	free_outputs(content);
	server_stop(&s);
}

static void what_the_remote_has_is_not_sent_again(void **state)
{
	struct remote_summary summary;
	unsigned n_puts;
	struct server s;

	(void)state;
	start_server(&s, HONEST, 0);
	send_actions(&s, 10, true);
	/* Two blobs and the result each; nothing for the empty one. */
	n_puts = s.log->n_puts;
	assert_true(n_puts >= 10 + 11 && n_puts <= 30);
	summary = send_actions(&s, 10, true);
	assert_int_equal(summary.sent, 10);
	/* The results alone. */
	assert_int_equal(s.log->n_puts, n_puts + 10);
	assert_true(summary.bytes_up < BLOB_SIZE);
	server_stop(&s);
}

static void nothing_is_sent_unasked(void **state)
{
	struct remote_summary summary;
	struct server s;

	(void)state;
	start_server(&s, HONEST, 0);
	summary = send_actions(&s, 5, false);
	assert_int_equal(summary.sent, 0);
	assert_int_equal(summary.not_sent, 0);
	assert_int_equal(s.log->n_requests, 0);
	server_stop(&s);
}

/* A server that takes nothing: one warning, soon. */
struct refusal {
	enum habit habit;
	const char *name;
	const char *warning;
	unsigned max_ms;
	unsigned max_puts;
};

static const struct refusal refusals[] = {
	{SENDS_FULL, "sends full", "it is full (HTTP status 507); no more is sent", 1000, 8},
	{SENDS_LARGE, "sends large", "it takes nothing so large (HTTP status 413); no more is sent",
	 1000, 8},
	{SENDS_READ_ONLY, "sends read only", "(HTTP status 405); no more is sent; make it take PUT",
	 1000, 8},
	{SENDS_DENIED, "sends denied", "it refuses access (HTTP status 403); no more is sent", 1000,
	 8},
	{SENDS_SILENT, "sends silent", "it does not answer", 4000, 16},
	{STATUS_500, "status 500", "(HTTP status 500)", 1000, 0},
	{RESETTING, "resetting", "reset", 1500, 0},
	{SILENT, "silent", "it does not answer", 4000, 0},
};

static void a_server_that_takes_nothing_is_left_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		const struct refusal *f = &refusals[i];
		struct remote_summary summary;
		struct server s;
		int64_t start;

		start_server(&s, f->habit, 0);
		start = milliseconds();
		summary = send_actions(&s, 50, true);
		if (milliseconds() - start > f->max_ms)
			fail_msg("%s: it took %d ms", f->name, (int)(milliseconds() - start));
		assert_int_equal(summary.sent, 0);
		assert_int_equal(summary.not_sent, 50);
		assert_true(summary.given_up);
		assert_true(s.log->n_puts <= f->max_puts);
		expect_warning(f->name, f->warning);
		server_stop(&s);
	}
}

static void a_server_that_takes_nothing_may_still_give(void **state)
{
	struct remote_summary summary;
	struct store *store;
	struct remote *r;
	struct server s;

	(void)state;
	start_server(&s, SENDS_FULL, 20);
	store = open_results(root);
	for (unsigned i = 100; i < 110; i++)
		make_action(store, i);
	store_close(store);
	r = start_remote(s.url, true);
	for (unsigned i = 100; i < 110; i++)
		offer(r, i);
	for (unsigned i = 0; i < 20; i++) {
		ask(r, i);
		assert_true(wait_for_answers(r, i + 1));
	}
	assert_int_equal(answers.n_found, 20);
	remote_finish(r, &summary);
	assert_int_equal(summary.not_sent, 10);
	expect_warning("full", "it is full");
	server_stop(&s);
}

/* A blob that was damaged here must not become everybody's. */
static void what_is_damaged_or_gone_is_not_sent(void **state)
{
	struct buf content[3] = {0};
	struct reapi_digest outputs[3];
	_cleanup_free_ char *damaged = NULL, *gone = NULL;
	struct digest nonsense = action_key(30);
	struct remote_summary summary;
	struct store *store;
	struct remote *r;
	struct server s;

	(void)state;
	start_server(&s, HONEST, 0);
	store = open_results(root);
	for (unsigned i = 0; i < 3; i++)
		make_action(store, 10 * i);
	/* A message longer than its value, from another version perhaps. */
	assert_int_equal(store_put_action(store, &nonsense, "\377\377\377\177", 4), 0);
	store_close(store);
	make_outputs(0, content, outputs);
	damaged = entry_path("blobs", &outputs[1].hash);
	assert_int_equal(chmod(damaged, 0600), 0);
	assert_int_equal(file_write(damaged, content[0].v, content[0].n), 0);
	free_outputs(content);
	make_outputs(10, content, outputs);
	gone = entry_path("blobs", &outputs[1].hash);
	assert_int_equal(unlink(gone), 0);
	r = start_remote(s.url, true);
	for (unsigned i = 0; i < 4; i++)
		offer(r, 10 * i);
	remote_finish(r, &summary);
	assert_int_equal(summary.sent, 1);
	assert_int_equal(summary.not_sent, 3);
	expect_warning("damaged", "was damaged");
	free_outputs(content);
	assert_int_equal(file_remove_tree(root), 0);
	r = start_remote(s.url, false);
	for (unsigned i = 0; i < 4; i++)
		ask(r, 10 * i);
	assert_true(wait_for_answers(r, 4));
	assert_int_equal(answers.n_found, 1);
	remote_finish(r, &summary);
	expect_warning("damaged", NULL);
	server_stop(&s);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, clean_up)
	const struct CMUnitTest tests[] = {
		T(what_one_sends_another_finds),
		T(only_the_result_is_sent),
		T(what_the_remote_has_is_not_sent_again),
		T(nothing_is_sent_unasked),
		T(a_server_that_takes_nothing_is_left_alone),
		T(a_server_that_takes_nothing_may_still_give),
		T(what_is_damaged_or_gone_is_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
