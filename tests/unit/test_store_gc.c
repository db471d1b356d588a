#include "store_room.h"

#include <sys/file.h>

#include "store/gc.h"

static void expect_gc(struct store *s, uint64_t max_bytes, uint64_t max_age, uint64_t removed,
		      uint64_t kept)
{
	struct gc_result r;

	assert_int_equal(store_gc(s, max_bytes, max_age, &r), 0);
	assert_int_equal(r.removed.n, removed);
	assert_int_equal(r.kept.n, kept);
}

/* A blob of 100 bytes, which takes a block, that was last used some days ago. */
static struct digest put_old(struct store *s, unsigned seed, int days)
{
	struct digest d = put_content(s, seed, 100);
	_cleanup_free_ char *path = entry_path("blobs", &d);

	set_age(path, days * 86400);
	return d;
}

static void what_was_not_used_for_longest_goes_first(void **state)
{
	static const int days[] = {3, 9, 1, 7, 5};
	_cleanup_store_ struct store *s = open_store();
	struct digest d[ARRAY_SIZE(days)];

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(days); i++)
		d[i] = put_old(s, i, days[i]);
	expect_gc(s, 5 * 4096, UINT64_MAX, 0, 5);
	expect_gc(s, 5 * 4096 - 1, UINT64_MAX, 1, 4);
	assert_false(store_has_blob(s, &d[1], 100));
	expect_gc(s, 2 * 4096, UINT64_MAX, 2, 2);
	assert_true(store_has_blob(s, &d[0], 100));
	assert_true(store_has_blob(s, &d[2], 100));
	expect_gc(s, 0, UINT64_MAX, 2, 0);
	look_around(root);
	/* The lock and the size. */
	assert_int_equal(found.n_files, 2);
}

static void what_is_used_stays(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	struct digest a = put_old(s, 1, 5), b = put_old(s, 2, 4);

	(void)state;
	assert_true(store_has_blob(s, &a, 100));
	expect_gc(s, 4096, UINT64_MAX, 1, 1);
	assert_true(store_has_blob(s, &a, 100));
	assert_false(store_has_blob(s, &b, 100));
}

static void age_has_a_limit(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	struct digest a = put_old(s, 1, 5), b = put_old(s, 2, 3);

	(void)state;
	expect_gc(s, UINT64_MAX, 5 * 86400 + 100, 0, 2);
	expect_gc(s, UINT64_MAX, 4 * 86400, 1, 1);
	assert_false(store_has_blob(s, &a, 100));
	assert_true(store_has_blob(s, &b, 100));
}

static void all_kinds_grow_old(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	struct digest key = put_action(s, 1);

	(void)state;
	store_put_fact(s, "fact", 4, "", 0);
	store_put_hint(s, "step", &key);
	look_around(root);
	assert_int_equal(found.paths.n, 4);
	for (size_t i = 0; i < found.paths.n; i++)
		set_age(found.paths.v[i], 86400);
	expect_gc(s, UINT64_MAX, 90000, 0, 4);
	expect_gc(s, UINT64_MAX, 80000, 4, 0);
}

/* A file from the future is as good as one of now, and from now on it ages. */
static void a_clock_that_was_wrong_deletes_nothing(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	struct digest future = put_old(s, 1, -3000), past = put_old(s, 2, 2);
	_cleanup_free_ char *path = entry_path("blobs", &future);

	(void)state;
	expect_gc(s, UINT64_MAX, 86400 * 3, 0, 2);
	assert_in_range(age_of(path) + 10, 10, 20);
	set_age(path, -86400);
	expect_gc(s, 4096, 86400 * 3, 1, 1);
	assert_true(file_exists(path));
	assert_false(store_has_blob(s, &past, 100));
	set_age(path, -86400);
	expect_gc(s, 0, UINT64_MAX, 1, 0);
}

static void actions_without_their_blobs_go(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	struct digest whole = put_action(s, 1), lost = put_action(s, 2), odd = action_key(3),
		      size = action_key(4), blob, other = action_key(5);
	_cleanup_buf_ struct buf b = {0}, value = {0};
	_cleanup_free_ char *path = NULL;
	struct gc_result r;

	(void)state;
	blob = make_content(2, 100, &b);
	path = entry_path("blobs", &blob);
	assert_int_equal(unlink(path), 0);
	store_put_action(s, &odd, "no list", 7);
	blob = put_content(s, 1, 100);
	add_output(&value, &blob, 99);
	store_put_action(s, &size, value.v, value.n);
	store_put_action(s, &other, "", 0);
	assert_int_equal(store_gc(s, UINT64_MAX, UINT64_MAX, &r), 0);
	assert_int_equal(r.removed.n, 3);
	assert_int_equal(r.n_incomplete, 3);
	assert_int_equal(r.kept.n, 3);
	assert_int_equal(r.kept.bytes, 3 * 4096);
	assert_int_equal(store_get_action(s, &whole, &b), 0);
	assert_int_equal(store_get_action(s, &other, &b), 0);
	assert_int_equal(store_get_action(s, &lost, &b), -ENOENT);
	assert_int_equal(n_said, 0);
}

static char *make_file(const char *name, int age)
{
	char *path = xasprintf("%s/v1/%s", root, name);

	assert_int_equal(file_make_parent(path), 0);
	assert_int_equal(file_write(path, "x", 1), 0);
	set_age(path, age);
	return path;
}

static void only_what_is_ours_is_removed(void **state)
{
	static const char hex[] =
		"abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789";
	static const struct {
		const char *name;
		int age;
		bool goes;
	} cases[] = {
		{"blobs/ab/%s", 100000, true},
		{"blobs/ab/.%s.skep-1-1", 100000, true},
		{"facts/00/.%s.skep-99999-12", 3700, true},
		{".size.skep-7-7", 3700, true},
		{"blobs/ab/.%s.skep-1-2", 3000, false},
		{"blobs/ab/.%s.skep-1-3", -5000, false},
		{".size.skep-7-8", 3000, false},
		{"blobs/ab/%s.old", 100000, false},
		{"blobs/ab/README", 100000, false},
		{"blobs/ac/%s", 100000, false},
		{"blobs/AB/%s", 100000, false},
		{"blobs/%s", 100000, false},
		{"other/ab/%s", 100000, false},
		{"../%s", 100000, false},
		{"../.%s.skep-1-1", 100000, false},
	};
	char *paths[ARRAY_SIZE(cases)];
	struct store_amount cleared;

	(void)state;
	for (int clear = 0; clear < 2; clear++) {
		_cleanup_store_ struct store *s = open_store();

		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			_cleanup_buf_ struct buf name = {0};
			const char *mark = strstr(cases[i].name, "%s");

			buf_add(&name, cases[i].name,
				mark ? (size_t)(mark - cases[i].name) : strlen(cases[i].name));
			if (mark)
				buf_printf(&name, "%s%s", hex, mark + 2);
			paths[i] = make_file(name.v, cases[i].age);
		}
		if (clear)
			assert_int_equal(store_clear(s, &cleared), 0);
		else
			expect_gc(s, 0, UINT64_MAX, 1, 0);
		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			if (file_exists(paths[i]) == cases[i].goes)
				print_message("%s\n", cases[i].name);
			assert_int_equal(file_exists(paths[i]), !cases[i].goes);
			free(paths[i]);
		}
	}
}

static void links_lead_nowhere(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	struct digest d = digest_of_text("x");
	_cleanup_free_ char *outside = xasprintf("%s/outside", dir),
			    *path = entry_path("blobs", &d),
			    *fan = xstrndup(path, strlen(path) - 65),
			    *precious = xasprintf("%s/%s", outside, strrchr(path, '/') + 1);
	struct store_amount cleared;
	struct verify_result v;

	(void)state;
	/* A folder elsewhere that looks like a part of the store. */
	assert_int_equal(file_make_parent(precious), 0);
	assert_int_equal(file_write(precious, "not x", 5), 0);
	set_age(precious, 100000);
	assert_int_equal(symlink(outside, fan), 0);
	expect_gc(s, 0, 0, 0, 0);
	store_verify(s, NULL, NULL, &v);
	assert_int_equal(v.n_read, 0);
	assert_int_equal(store_clear(s, &cleared), 0);
	assert_true(file_exists(precious));
	/* And an entry that is a link: it goes, what it leads to stays. */
	assert_int_equal(unlink(fan), 0);
	assert_int_equal(mkdir(fan, 0700), 0);
	assert_int_equal(symlink(precious, path), 0);
	expect_gc(s, 0, 0, 0, 0);
	assert_int_equal(readlink(path, (char[8]){0}, 8), -1);
	assert_true(file_exists(precious));
	assert_true(age_of(precious) > 90000);
}

static void only_one_removes(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	_cleanup_free_ char *lock = xasprintf("%s/v1/gc.lock", root);
	_cleanup_close_ int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct gc_result r;

	(void)state;
	put_content(s, 1, 100000);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(store_gc(s, 0, 0, &r), -EBUSY);
	assert_int_equal(n_said, 1);
	assert_non_null(strstr(said.v, "another process is removing"));
	store_maybe_gc(s, 1);
	assert_int_equal(n_said, 1);
	assert_int_equal(count_entries("blobs"), 1);
	assert_int_equal(flock(fd, LOCK_UN), 0);
	/* Who writes nothing need not look. */
	store_maybe_gc(s, 1);
	assert_int_equal(count_entries("blobs"), 1);
	put_content(s, 2, 100000);
	store_maybe_gc(s, 1);
	assert_int_equal(count_entries("blobs"), 0);
}

static void a_store_that_is_read_only_stays(void **state)
{
	struct store_amount cleared;
	struct verify_result v;
	struct digest d, key;
	_cleanup_free_ char *path = NULL;
	struct gc_result r;
	struct store *s;

	(void)state;
	/* There is none yet. */
	assert_int_equal(store_open(root, STORE_READ_ONLY, list_outputs, &s), 0);
	store_verify(s, NULL, NULL, &v);
	assert_int_equal(v.n_read, 0);
	store_close(s);
	s = open_store();
	key = put_action(s, 1);
	(void)key;
	store_close(s);
	d = digest_of_text("x");
	path = make_file(
		"blobs/2d/2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", 9);
	assert_int_equal(store_open(root, STORE_READ_ONLY, list_outputs, &s), 0);
	assert_true(store_has_blob(s, &d, 1));
	assert_int_equal(store_gc(s, 0, 0, &r), -EROFS);
	assert_int_equal(store_clear(s, &cleared), -EROFS);
	assert_int_equal(n_said, 2);
	store_maybe_gc(s, 0);
	assert_int_equal(file_write(path, "y", 1), 0);
	store_verify(s, NULL, NULL, &v);
	assert_int_equal(v.n_read, 3);
	assert_int_equal(v.n_damaged, 1);
	look_around(root);
	assert_int_equal(found.n_files, 3);
	store_close(s);
}

static uint64_t recorded_size(void)
{
	_cleanup_free_ char *path = xasprintf("%s/v1/size", root);
	_cleanup_buf_ struct buf b = {0};

	assert_int_equal(file_read(path, 100, &b), 0);
	return strtoull(b.v, NULL, 10);
}

static void a_store_past_its_limit_shrinks_by_itself(void **state)
{
	struct store *s = open_store();

	(void)state;
	for (unsigned i = 0; i < 50; i++)
		put_old(s, i, 50 - (int)i);
	store_maybe_gc(s, 60 * 4096);
	assert_int_equal(recorded_size(), 50 * 4096);
	assert_int_equal(count_entries("blobs"), 50);
	/* From here on it is not measured, but reckoned: this one nobody counts. */
	store_close(s);
	s = open_store();
	put_content(s, 100, 100);
	store_close(s);
	s = open_store();
	for (unsigned i = 60; i < 70; i++)
		put_content(s, i, 100);
	store_maybe_gc(s, 60 * 4096);
	assert_int_equal(recorded_size(), 60 * 4096);
	assert_int_equal(count_entries("blobs"), 61);
	put_content(s, 80, 100);
	store_maybe_gc(s, 60 * 4096);
	assert_int_equal(recorded_size(), 54 * 4096);
	assert_int_equal(count_entries("blobs"), 54);
	store_close(s);
	assert_int_equal(n_said, 0);
}

static void a_size_that_makes_no_sense_is_found_anew(void **state)
{
	static const char *const sizes[] = {
		"",
		"1",
		"\n",
		"1\n",
		"1 2\n",
		"x 99\n",
		"-1 1\n",
		"99 99999999999\n",
		"99 99999999999",
		"99 18446744073709551615\n",
		"123456789012345678901234567890 1\n",
	};
	_cleanup_store_ struct store *s = open_store();
	_cleanup_free_ char *path = xasprintf("%s/v1/size", root);

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		put_content(s, i, 5000);
		assert_int_equal(file_write(path, sizes[i], strlen(sizes[i])), 0);
		store_maybe_gc(s, 1000000);
		assert_int_equal(recorded_size(), (i + 1) * 8192);
	}
}

static void large_stores_are_estimated(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	struct store_size sizes[STORE_N_SIZES];

	(void)state;
	for (unsigned i = 0; i < 8000; i++) {
		struct digest key = action_key(i);

		assert_int_equal(store_put_action(s, &key, "", 0), 0);
	}
	store_maybe_gc(s, STORE_DEFAULT_LIMIT);
	assert_in_range(recorded_size(), 7000 * 4096, 9000 * 4096);
	store_measure(s, sizes);
	assert_string_equal(sizes[0].kind, "actions");
	assert_int_equal(sizes[0].amount.n, 8000);
	assert_int_equal(sizes[0].amount.bytes, 8000 * 4096);
	assert_int_equal(sizes[1].amount.n, 0);
}

static struct {
	size_t n, n_damaged;
	struct buf paths;
} told;

static void keep_path(const char *path, bool is_damaged, void *arg)
{
	(void)arg;
	told.n++;
	told.n_damaged += is_damaged;
	buf_printf(&told.paths, "%s\n", path);
}

static void everything_can_be_checked(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	struct digest whole = put_action(s, 1), key = put_action(s, 2), odd = put_action(s, 3),
		      blob;
	_cleanup_buf_ struct buf b = {0};
	_cleanup_free_ char *path = NULL, *action = entry_path("actions", &odd);
	struct verify_result v;

	(void)state;
	store_put_fact(s, "fact", 4, "", 0);
	store_put_hint(s, "step", &key);
	store_verify(s, keep_path, NULL, &v);
	assert_int_equal(v.n_read, 8);
	assert_int_equal(v.n_damaged + v.n_incomplete + told.n, 0);
	/* A damaged blob takes its action with it. */
	blob = make_content(2, 100, &b);
	path = entry_path("blobs", &blob);
	assert_int_equal(unlink(path), 0);
	b.v[50] ^= 1;
	assert_int_equal(file_write(path, b.v, b.n), 0);
	cut_file(action, 70);
	store_verify(s, keep_path, NULL, &v);
	assert_int_equal(v.n_read, 8);
	assert_int_equal(v.n_damaged, 2);
	assert_int_equal(v.n_incomplete, 1);
	assert_int_equal(told.n, 3);
	assert_int_equal(told.n_damaged, 2);
	assert_non_null(strstr(told.paths.v, strstr(path, "blobs/")));
	assert_non_null(strstr(told.paths.v, strstr(action, "actions/")));
	store_verify(s, keep_path, NULL, &v);
	assert_int_equal(v.n_read, 5);
	assert_int_equal(told.n, 3);
	assert_int_equal(store_get_action(s, &whole, &b), 0);
	assert_int_equal(n_said, 0);
	buf_free(&told.paths);
}

static void everything_can_be_removed(void **state)
{
	_cleanup_store_ struct store *s = open_store(), *other = open_store();
	struct store_amount cleared;
	struct digest key = put_action(s, 1);
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	store_put_fact(s, "fact", 4, "", 0);
	store_put_hint(s, "step", &key);
	store_count(other, "compile", true);
	store_close(steal(&other));
	other = open_store();
	store_maybe_gc(s, 1000000);
	assert_int_equal(store_clear(s, &cleared), 0);
	assert_int_equal(cleared.n, 4);
	assert_int_equal(cleared.bytes, 4 * 4096);
	look_around(root);
	assert_int_equal(found.n_files, 0);
	/* A build that goes on meanwhile is not disturbed. */
	assert_int_equal(store_get_action(other, &key, &b), -ENOENT);
	put_action(other, 1);
	assert_int_equal(store_get_action(s, &key, &b), 0);
	assert_int_equal(n_said, 0);
}

static void long_counts_become_one_line(void **state)
{
	_cleanup_(store_stats_free) struct store_stats stats = {0};
	_cleanup_store_ struct store *s = open_store();
	_cleanup_free_ char *path = xasprintf("%s/v1/stats", root);
	_cleanup_buf_ struct buf b = {0};
	struct stat st;

	(void)state;
	for (int i = 0; i < 5000; i++)
		buf_printf(&b, "\n%d compile 1 2 link 3 0\n", 1000 + i);
	assert_int_equal(file_write(path, b.v, b.n), 0);
	expect_gc(s, UINT64_MAX, UINT64_MAX, 0, 0);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size < 100);
	store_read_stats(s, &stats);
	assert_int_equal(stats.since, 1000);
	assert_int_equal(stats.counters.n, 2);
	assert_int_equal(stats.counters.v[0].hits, 5000);
	assert_int_equal(stats.counters.v[0].misses, 10000);
	assert_int_equal(stats.counters.v[1].hits, 15000);
}

int main(void)
{
#define with_room(test) cmocka_unit_test_setup_teardown(test, make_room, remove_room)
	const struct CMUnitTest tests[] = {
		with_room(what_was_not_used_for_longest_goes_first),
		with_room(what_is_used_stays),
		with_room(age_has_a_limit),
		with_room(all_kinds_grow_old),
		with_room(a_clock_that_was_wrong_deletes_nothing),
		with_room(actions_without_their_blobs_go),
		with_room(only_what_is_ours_is_removed),
		with_room(links_lead_nowhere),
		with_room(only_one_removes),
		with_room(a_store_that_is_read_only_stays),
		with_room(a_store_past_its_limit_shrinks_by_itself),
		with_room(a_size_that_makes_no_sense_is_found_anew),
		with_room(large_stores_are_estimated),
		with_room(everything_can_be_checked),
		with_room(everything_can_be_removed),
		with_room(long_counts_become_one_line),
	};
	int failed;

	message_set_sink(keep_message, NULL);
	failed = cmocka_run_group_tests_name("store_gc", tests, NULL, NULL);
	buf_free(&said);
	strv_free(&found.paths);
	return failed;
}
