/* Records: actions, facts, hints, and what is counted. */
#include "store_room.h"

static void expect_action(struct store *s, const struct digest *key, const char *value)
{
	_cleanup_buf_ struct buf b = {0};

	buf_puts(&b, ">");
	assert_int_equal(store_get_action(s, key, &b), 0);
	assert_string_equal(b.v + 1, value);
}

static void actions_come_back(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	struct digest a = action_key(1), b = action_key(2), c = action_key(3);
	_cleanup_buf_ struct buf none = {0};

	(void)state;
	assert_int_equal(store_put_action(s, &a, "one", 3), 0);
	assert_int_equal(store_put_action(s, &b, NULL, 0), 0);
	expect_action(s, &a, "one");
	expect_action(s, &b, "");
	assert_int_equal(store_put_action(s, &a, "two", 3), 0);
	expect_action(s, &a, "two");
	assert_int_equal(store_get_action(s, &c, &none), -ENOENT);
	assert_int_equal(store_put_action(s, &c, "", STORE_MAX_RECORD), -EFBIG);
	assert_null(none.v);
	assert_int_equal(n_said, 0);
}

/* What a version of skep that signs will leave. */
static void signatures_are_skipped(void **state)
{
	static const char rest[] = "\5\0\0\0valuevalue!";
	_cleanup_store_ struct store *s = open_store();
	struct digest key = action_key(1), sum = digest_of(rest, sizeof(rest) - 1);
	_cleanup_free_ char *path = entry_path("actions", &key);
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	buf_puts(&b, "skepac1\n");
	buf_add(&b, &key, sizeof(key));
	buf_add(&b, &sum, sizeof(sum));
	buf_add(&b, rest, sizeof(rest) - 1);
	assert_int_equal(file_make_parent(path), 0);
	assert_int_equal(file_write(path, b.v, b.n), 0);
	expect_action(s, &key, "value!");
}

static void one_entry_cannot_stand_for_another(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	struct digest a = action_key(1), b = action_key(2), fact = digest_of_text("fact");
	_cleanup_free_ char *from = entry_path("actions", &a), *to = entry_path("actions", &b),
			    *fact_path = entry_path("facts", &fact),
			    *wrong = entry_path("actions", &fact);
	_cleanup_buf_ struct buf got = {0};

	(void)state;
	store_put_action(s, &a, "one", 3);
	assert_int_equal(file_make_parent(to), 0);
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(store_get_action(s, &b, &got), -EBADMSG);
	assert_false(file_exists(to));
	store_put_fact(s, "fact", 4, "is", 2);
	assert_int_equal(file_make_parent(wrong), 0);
	assert_int_equal(rename(fact_path, wrong), 0);
	assert_int_equal(store_get_action(s, &fact, &got), -EBADMSG);
	assert_false(file_exists(wrong));
	assert_int_equal(n_said, 1);
}

static void facts_come_back(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	assert_int_equal(store_get_fact(s, "a\0b", 3, &b), -ENOENT);
	assert_int_equal(store_put_fact(s, "a\0b", 3, "first", 5), 0);
	assert_int_equal(store_put_fact(s, "a\0c", 3, "other", 5), 0);
	assert_int_equal(store_get_fact(s, "a\0b", 3, &b), 0);
	assert_string_equal(b.v, "first");
}

struct hints {
	size_t n;
	struct digest v[20];
};

static void keep_hint(const struct digest *action, uint64_t at, void *arg)
{
	struct hints *h = arg;

	assert_in_range((uint64_t)time(NULL) + 10 - at, 10, 20);
	h->v[h->n++] = *action;
}

static void expect_hints(struct store *s, const char *name, const unsigned *want, size_t n)
{
	struct hints h = {0};

	store_each_hint(s, name, keep_hint, &h);
	assert_int_equal(h.n, n);
	for (size_t i = 0; i < n; i++) {
		struct digest key = action_key(want[i]);

		assert_memory_equal(&h.v[i], &key, sizeof(key));
	}
}

static void the_last_actions_of_a_step_are_known(void **state)
{
	static const unsigned want[] = {7, 12, 11, 10, 9, 8, 6, 5};
	_cleanup_store_ struct store *s = open_store();
	struct digest key, name = digest_of_text("compile a");
	_cleanup_free_ char *path = entry_path("hints", &name);
	struct stat before, after;

	(void)state;
	expect_hints(s, "compile a", NULL, 0);
	for (unsigned i = 0; i < 13; i++) {
		key = action_key(i);
		assert_int_equal(store_put_hint(s, "compile a", &key), 0);
		assert_int_equal(store_put_hint(s, "compile a", &key), 0);
	}
	key = action_key(7);
	assert_int_equal(store_put_hint(s, "compile a", &key), 0);
	/* Nothing new is nothing to write. */
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(store_put_hint(s, "compile a", &key), 0);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	expect_hints(s, "compile a", want, ARRAY_SIZE(want));
	expect_hints(s, "compile b", NULL, 0);
	cut_file(path, 100);
	expect_hints(s, "compile a", NULL, 0);
	store_put_hint(s, "compile a", &key);
	expect_hints(s, "compile a", want, 1);
}

static void expect_counter(const struct store_stats *stats, size_t i, const char *kind,
			   uint64_t hits, uint64_t misses)
{
	assert_true(i < stats->counters.n);
	assert_string_equal(stats->counters.v[i].kind, kind);
	assert_int_equal(stats->counters.v[i].hits, hits);
	assert_int_equal(stats->counters.v[i].misses, misses);
}

static void counts_add_up(void **state)
{
	_cleanup_(store_stats_free) struct store_stats stats = {0};
	struct store *s = open_store();

	(void)state;
	store_read_stats(s, &stats);
	assert_int_equal(stats.counters.n, 0);
	assert_int_equal(stats.since, 0);
	store_close(s);
	for (int i = 0; i < 3; i++) {
		s = open_store();
		store_count(s, "compile", true);
		store_count(s, "compile", true);
		store_count(s, "compile", false);
		store_count(s, i == 1 ? "vmlinux" : "link-all", false);
		store_count(s, "No Word", false);
		store_close(s);
	}
	s = open_store();
	store_read_stats(s, &stats);
	assert_int_equal(stats.counters.n, 3);
	expect_counter(&stats, 0, "compile", 6, 3);
	expect_counter(&stats, 1, "link-all", 0, 2);
	expect_counter(&stats, 2, "vmlinux", 0, 1);
	assert_in_range((uint64_t)time(NULL) + 10 - stats.since, 10, 20);
	store_close(s);
}

static void damaged_counts_are_skipped(void **state)
{
	static const char text[] =
		"\n100 compile 1 2\n\n90 compile 1\n80 compile x 2\nnonsense\n"
		"-70 compile 1 1\n110 link 3 4 compile 5 6 broken\n"
		"120 compile 18446744073709551615 1\n120 UPPER 1 1\n12 compile 1";
	_cleanup_(store_stats_free) struct store_stats stats = {0};
	_cleanup_free_ char *path = xasprintf("%s/v1/stats", root);
	struct store *s = open_store();

	(void)state;
	assert_int_equal(file_write(path, text, sizeof(text) - 1), 0);
	store_count(s, "link", true);
	store_close(s);
	s = open_store();
	store_read_stats(s, &stats);
	assert_int_equal(stats.counters.n, 2);
	expect_counter(&stats, 0, "compile", UINT64_MAX, 9);
	expect_counter(&stats, 1, "link", 4, 4);
	assert_int_equal(stats.since, 100);
	store_close(s);
}

int main(void)
{
#define with_room(test) cmocka_unit_test_setup_teardown(test, make_room, remove_room)
	const struct CMUnitTest tests[] = {
		with_room(actions_come_back),
		with_room(signatures_are_skipped),
		with_room(one_entry_cannot_stand_for_another),
		with_room(facts_come_back),
		with_room(the_last_actions_of_a_step_are_known),
		with_room(counts_add_up),
		with_room(damaged_counts_are_skipped),
	};
	int failed;

	message_set_sink(keep_message, NULL);
	failed = cmocka_run_group_tests_name("store_records", tests, NULL, NULL);
	buf_free(&said);
	strv_free(&found.paths);
	return failed;
}
