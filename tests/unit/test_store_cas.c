#include "store_room.h"

static void set_env(const char *own, const char *xdg, const char *home)
{
	const char *const names[] = {"SKEP_CACHE", "XDG_CACHE_HOME", "HOME"};
	const char *const values[] = {own, xdg, home};

	for (int i = 0; i < 3; i++)
		values[i] ? setenv(names[i], values[i], 1) : unsetenv(names[i]);
}

static void the_environment_says_where(void **state)
{
	static const struct {
		const char *own, *xdg, *home, *root;
	} cases[] = {
		{"/a", "/b", "/c", "/a"},
		{"relative", NULL, NULL, "relative"},
		{"", "/b", "/c", NULL},
		{NULL, "/b/", "/c", "/b/skep"},
		{NULL, "relative", "/c", "/c/.cache/skep"},
		{NULL, "", "/c", "/c/.cache/skep"},
		{NULL, NULL, "/c", "/c/.cache/skep"},
		{NULL, "relative", NULL, NULL},
		{NULL, NULL, "", NULL},
		{NULL, NULL, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *got = NULL;

		set_env(cases[i].own, cases[i].xdg, cases[i].home);
		got = store_default_root();
		if (cases[i].root)
			assert_string_equal(got, cases[i].root);
		else
			assert_null(got);
	}
}

static void expect_content(struct store *s, const struct digest *d, unsigned seed, size_t size)
{
	_cleanup_buf_ struct buf want = {0}, got = {0};

	make_content(seed, size, &want);
	buf_puts(&got, "before");
	assert_int_equal(store_get_blob(s, d, STORE_MAX_BLOB, &got), 0);
	assert_int_equal(got.n, size + 6);
	assert_memory_equal(got.v, "before", 6);
	assert_memory_equal(got.v + 6, want.v, size);
	assert_int_equal(got.v[got.n], '\0');
}

static void blobs_come_back(void **state)
{
	static const size_t sizes[] = {0, 1, 4096, 65536, 65537, 1000000};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		_cleanup_store_ struct store *s = open_store();
		struct digest d = put_content(s, i, sizes[i]), other = action_key(i);
		_cleanup_store_ struct store *later = open_store();
		_cleanup_buf_ struct buf b = {0};

		expect_content(later, &d, i, sizes[i]);
		assert_true(store_has_blob(later, &d, sizes[i]));
		assert_true(store_has_blob(later, &d, STORE_ANY_SIZE));
		assert_false(store_has_blob(later, &d, sizes[i] + 1));
		assert_false(store_has_blob(later, &other, STORE_ANY_SIZE));
		assert_int_equal(store_get_blob(later, &other, STORE_MAX_BLOB, &b), -ENOENT);
		if (sizes[i])
			assert_int_equal(store_get_blob(later, &d, sizes[i] - 1, &b), -EFBIG);
		assert_null(b.v);
	}
	assert_int_equal(n_said, 0);
}

static void only_the_owner_can_look(void **state)
{
	_cleanup_store_ struct store *s = NULL;
	struct stat st;
	mode_t old = umask(0);

	(void)state;
	s = open_store();
	put_content(s, 1, 10);
	umask(old);
	assert_int_equal(stat(root, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	look_around(root);
	assert_int_equal(found.paths.n, 1);
	assert_int_equal(stat(found.paths.v[0], &st), 0);
	assert_int_equal(st.st_mode & 0777, 0444);
	strv_free(&found.paths);
}

static void what_is_there_is_not_written_again(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	struct digest d = put_content(s, 1, 100);
	_cleanup_free_ char *path = entry_path("blobs", &d);
	struct stat before, after;

	(void)state;
	assert_int_equal(stat(path, &before), 0);
	put_content(s, 1, 100);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
}

static void use_is_noted_by_the_hour(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	struct digest d = put_content(s, 1, 100), key = put_action(s, 2);
	_cleanup_free_ char *blob = entry_path("blobs", &d), *action = entry_path("actions", &key);
	_cleanup_free_ char *out = xasprintf("%s/out", dir);
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	for (int how = 0; how < 5; how++) {
		/* Long ago, just now, and from a clock that was wrong. */
		static const int ages[] = {7200, 1800, -7200};

		for (size_t i = 0; i < ARRAY_SIZE(ages); i++) {
			const char *path = how == 4 ? action : blob;

			set_age(path, ages[i]);
			if (how == 0)
				put_content(s, 1, 100);
			else if (how == 1)
				assert_true(store_has_blob(s, &d, 100));
			else if (how == 2)
				assert_int_equal(store_get_blob(s, &d, 100, &b), 0);
			else if (how == 3)
				assert_int_equal(store_get_file(s, &d, out), 0);
			else
				assert_int_equal(store_get_action(s, &key, &b), 0);
			unlink(out);
			assert_in_range(age_of(path) + 10, ages[i] == 1800 ? 1810 : 10,
					ages[i] == 1800 ? 1820 : 20);
		}
	}
}

static void files_come_back(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	_cleanup_free_ char *in = xasprintf("%s/in", dir), *out = xasprintf("%s/out", dir);
	_cleanup_buf_ struct buf want = {0}, got = {0};
	struct digest d = make_content(7, 300000, &want);
	mode_t old = umask(027);
	struct stat st;

	(void)state;
	assert_int_equal(file_write(in, want.v, want.n), 0);
	set_age(in, 100000);
	assert_int_equal(store_put_file(s, &d, in), 0);
	assert_int_equal(store_put_file(s, &d, in), 0);
	assert_int_equal(store_get_file(s, &d, out), 0);
	umask(old);
	assert_int_equal(file_read(out, FILE_MAX_SIZE, &got), 0);
	assert_int_equal(got.n, want.n);
	assert_memory_equal(got.v, want.v, want.n);
	assert_int_equal(stat(out, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_nlink, 1);
	assert_in_range(age_of(out) + 10, 10, 20);
	/* Nothing done to either file reaches the store. */
	assert_int_equal(truncate(out, 5), 0);
	assert_int_equal(truncate(in, 5), 0);
	expect_content(s, &d, 7, 300000);
	assert_int_equal(n_said, 0);
}

static void only_what_the_digest_says_is_kept(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	_cleanup_free_ char *in = xasprintf("%s/in", dir);
	struct digest d = digest_of_text("something else");

	(void)state;
	assert_int_equal(file_write(in, "something", 9), 0);
	assert_int_equal(store_put_file(s, &d, in), -ESTALE);
	assert_int_equal(store_put_file(s, &d, dir), -EINVAL);
	unlink(in);
	assert_int_equal(store_put_file(s, &d, in), -ENOENT);
	look_around(root);
	assert_int_equal(found.n_files, 0);
	/* None of this keeps others from being kept. */
	put_content(s, 1, 10);
	assert_int_equal(n_said, 0);
}

static void an_output_that_cannot_be_written_is_an_error(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	struct digest d = put_content(s, 1, 10), other = action_key(1);
	_cleanup_free_ char *out = xasprintf("%s/out", dir), *lost = xasprintf("%s/no/out", dir);
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	assert_int_equal(store_get_file(s, &other, out), -ENOENT);
	assert_false(file_exists(out));
	assert_int_equal(n_said, 0);
	assert_int_equal(store_get_file(s, &d, lost), -ENOTDIR);
	assert_non_null(strstr(said.v, "0 write: "));
	assert_int_equal(file_write(out, "mine", 4), 0);
	assert_int_equal(store_get_file(s, &d, out), -EEXIST);
	assert_int_equal(n_said, 2);
	assert_int_equal(file_read(out, 100, &b), 0);
	assert_string_equal(b.v, "mine");
	expect_content(s, &d, 1, 10);
}

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

static void a_store_can_be_looked_at_only(void **state)
{
	struct digest d, key;
	_cleanup_free_ char *path = NULL;
	_cleanup_buf_ struct buf b = {0};
	struct store *s;

	(void)state;
	assert_int_equal(store_open(root, STORE_READ_ONLY, list_outputs, &s), 0);
	d = digest_of_text("x");
	assert_int_equal(store_get_blob(s, &d, 10, &b), -ENOENT);
	assert_int_equal(store_get_action(s, &d, &b), -ENOENT);
	assert_int_equal(store_put_blob(s, &d, "x", 1), -EROFS);
	store_count(s, "compile", true);
	store_close(s);
	assert_int_equal(access(root, F_OK), -1);

	s = open_store();
	d = put_content(s, 1, 10);
	key = put_action(s, 2);
	store_close(s);
	path = entry_path("blobs", &d);
	set_age(path, 7200);
	assert_int_equal(store_open(root, STORE_READ_ONLY, list_outputs, &s), 0);
	expect_content(s, &d, 1, 10);
	assert_int_equal(store_get_action(s, &key, &b), 0);
	assert_true(age_of(path) >= 7200);
	/* What is damaged stays, and is not given out. */
	cut_file(path, 9);
	assert_int_equal(store_get_blob(s, &d, 10, &b), -EBADMSG);
	assert_true(file_exists(path));
	assert_int_equal(store_put_action(s, &key, "", 0), -EROFS);
	store_count(s, "compile", true);
	store_close(s);
	assert_int_equal(n_said, 1);
	look_around(root);
	assert_int_equal(found.n_files, 3);
}

static void an_others_store_is_refused(void **state)
{
	_cleanup_free_ char *inside = xasprintf("%s/v1", root),
			    *kind = xasprintf("%s/blobs", inside);
	const char *const places[] = {root, inside, kind};
	struct store *s;

	(void)state;
	store_close(open_store());
	if (geteuid() != 0) {
		print_message("only root can give a folder away\n");
		skip();
	}
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		forget_messages();
		assert_int_equal(chown(places[i], 12345, 0), 0);
		assert_int_equal(store_open(root, 0, NULL, &s), -EPERM);
		assert_int_equal(store_open(root, STORE_READ_ONLY, NULL, &s), -EPERM);
		assert_int_equal(chown(places[i], 0, 0), 0);
		assert_int_equal(n_said, 2);
		assert_non_null(strstr(said.v, "it belongs to user 12345, not to you"));
		assert_non_null(strstr(said.v, places[i]));
		assert_non_null(strstr(said.v, "--no-cache"));
	}
	store_close(open_store());
}

static void a_store_that_others_may_write_is_refused(void **state)
{
	_cleanup_free_ char *inside = xasprintf("%s/v1", root),
			    *kind = xasprintf("%s/actions", inside);
	const char *const places[] = {root, inside, kind};
	static const mode_t modes[] = {0777, 0770, 0702, 01777};
	struct store *s;

	(void)state;
	store_close(open_store());
	for (size_t i = 0; i < ARRAY_SIZE(places) * ARRAY_SIZE(modes); i++) {
		const char *place = places[i % ARRAY_SIZE(places)];

		forget_messages();
		assert_int_equal(chmod(place, modes[i / ARRAY_SIZE(places)]), 0);
		assert_int_equal(store_open(root, 0, NULL, &s), -EPERM);
		assert_int_equal(chmod(place, 0755), 0);
		assert_non_null(strstr(said.v, "others may write there"));
		assert_non_null(strstr(said.v, "chmod go-w "));
		assert_non_null(strstr(said.v, place));
	}
	store_close(open_store());
}

static void what_is_no_store_is_an_error(void **state)
{
	_cleanup_free_ char *below = xasprintf("%s/below", root),
			    *inside = xasprintf("%s/v1", root),
			    *elsewhere = xasprintf("%s/elsewhere", dir);
	struct store *s;

	(void)state;
	assert_int_equal(file_write(root, "", 0), 0);
	assert_int_equal(store_open(root, 0, NULL, &s), -ENOTDIR);
	assert_int_equal(store_open(below, 0, NULL, &s), -ENOTDIR);
	assert_int_equal(unlink(root), 0);
	assert_int_equal(mkdir(root, 0700), 0);
	assert_int_equal(mkdir(elsewhere, 0700), 0);
	assert_int_equal(symlink(elsewhere, inside), 0);
	assert_int_equal(store_open(root, 0, NULL, &s), -ENOTDIR);
	assert_int_equal(n_said, 3);
	look_around(elsewhere);
	assert_int_equal(found.n_files, 0);
	/* The root itself may lie elsewhere. */
	assert_int_equal(unlink(inside), 0);
	assert_int_equal(rmdir(root), 0);
	assert_int_equal(symlink(elsewhere, root), 0);
	s = open_store();
	put_content(s, 1, 10);
	store_close(s);
}

static void a_store_that_goes_away_does_no_harm(void **state)
{
	_cleanup_store_ struct store *s = open_store();
	struct digest d = put_content(s, 1, 10), other = digest_of_text("x");
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	assert_int_equal(file_remove_tree(root), 0);
	assert_int_equal(store_get_blob(s, &d, 10, &b), -ENOENT);
	assert_int_equal(store_put_blob(s, &other, "x", 1), -ENOENT);
	assert_int_equal(n_said, 1);
	assert_non_null(strstr(said.v, "1 cache: "));
	assert_int_equal(store_put_blob(s, &other, "x", 1), -EROFS);
	assert_int_equal(n_said, 1);
}

static void mount_read_only(void *arg)
{
	struct store *s;
	struct digest d, other = digest_of_text("x");
	struct buf b = {0};
	_cleanup_free_ char *new = xasprintf("%s/new", root);

	(void)arg;
	check(store_open(root, 0, NULL, &s) == 0);
	d = digest_of_text("kept");
	check(store_put_blob(s, &d, "kept", 4) == 0);
	store_close(s);
	unshare_mounts();
	if (mount(root, root, NULL, MS_BIND, NULL) < 0 ||
	    mount(NULL, root, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) < 0)
		_exit(CANNOT_UNSHARE);
	check(store_open(root, 0, NULL, &s) == 0);
	check(n_said == 0);
	check(store_get_blob(s, &d, 10, &b) == 0 && b.n == 4);
	check(store_put_blob(s, &other, "x", 1) == -EROFS);
	check(store_put_action(s, &other, "x", 1) == -EROFS);
	check(store_put_fact(s, "k", 1, "x", 1) == -EROFS);
	check(store_put_hint(s, "step", &other) == -EROFS);
	check(n_said == 1 && strstr(said.v, "Read-only file system"));
	store_count(s, "compile", true);
	store_close(s);
	check(n_said == 1);
	/* Where it cannot even be made. */
	check(store_open(new, 0, NULL, &s) == 0);
	check(n_said == 2 && strstr(said.v, "/new: Read-only file system"));
	check(store_put_blob(s, &other, "x", 1) == -EROFS);
	check(store_get_blob(s, &d, 10, &b) == -ENOENT);
	check(!store_has_blob(s, &d, 4));
	store_count(s, "compile", true);
	store_close(s);
	check(n_said == 2);
	buf_free(&b);
}

static void a_read_only_store_serves(void **state)
{
	(void)state;
	run_with_mounts(mount_read_only);
}

static void fill_disk(void *arg)
{
	_cleanup_buf_ struct buf b = {0};
	_cleanup_free_ char *out = xasprintf("%s/out", root);
	struct digest d[40], key = action_key(1);
	int errs[40], n_kept = 0;
	struct store *s;

	(void)arg;
	check(mkdir(root, 0700) == 0);
	unshare_mounts();
	if (mount("tmpfs", root, "tmpfs", 0, "size=64k,mode=0700") < 0)
		_exit(CANNOT_UNSHARE);
	check(store_open(root, 0, NULL, &s) == 0);
	for (unsigned i = 0; i < 40; i++) {
		_cleanup_buf_ struct buf c = {0};

		d[i] = make_content(i, 5000, &c);
		errs[i] = store_put_blob(s, &d[i], c.v, c.n);
		n_kept += errs[i] == 0;
	}
	check(n_kept > 2 && n_kept < 20);
	check(errs[n_kept] == -ENOSPC && errs[39] == -EROFS);
	check(store_put_action(s, &key, "x", 1) == -EROFS);
	check(n_said == 1 && strstr(said.v, "No space left on device"));
	/* What was kept is whole, nothing else is there. */
	look_around(root);
	check(found.n_files == (size_t)n_kept && found.n_temps == 0);
	for (int i = 0; i < n_kept; i++)
		check(store_get_blob(s, &d[i], 5000, &b) == 0);
	store_close(s);
	check(n_said == 1);
	/* An output on the full disk is an error, and there is no half of it. */
	check(store_open(root, STORE_READ_ONLY, NULL, &s) == 0);
	for (int i = 0; i < 20 && file_write(out, b.v, 4096) == 0; i++) {
		free(out);
		out = xasprintf("%s/out%d", root, i);
	}
	check(store_get_file(s, &d[0], out) == -ENOSPC);
	check(n_said == 2 && strstr(said.v, "0 write: ") && !file_exists(out));
	store_close(s);
}

static void a_full_disk_costs_a_warning(void **state)
{
	(void)state;
	run_with_mounts(fill_disk);
}

int main(void)
{
#define with_room(test) cmocka_unit_test_setup_teardown(test, make_room, remove_room)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_environment_says_where),
		with_room(blobs_come_back),
		with_room(only_the_owner_can_look),
		with_room(what_is_there_is_not_written_again),
		with_room(use_is_noted_by_the_hour),
		with_room(files_come_back),
		with_room(only_what_the_digest_says_is_kept),
		with_room(an_output_that_cannot_be_written_is_an_error),
		with_room(actions_come_back),
		with_room(signatures_are_skipped),
		with_room(one_entry_cannot_stand_for_another),
		with_room(facts_come_back),
		with_room(the_last_actions_of_a_step_are_known),
		with_room(counts_add_up),
		with_room(damaged_counts_are_skipped),
		with_room(a_store_can_be_looked_at_only),
		with_room(an_others_store_is_refused),
		with_room(a_store_that_others_may_write_is_refused),
		with_room(what_is_no_store_is_an_error),
		with_room(a_store_that_goes_away_does_no_harm),
		with_room(a_read_only_store_serves),
		with_room(a_full_disk_costs_a_warning),
	};
	int failed;

	message_set_sink(keep_message, NULL);
	failed = cmocka_run_group_tests_name("store_cas", tests, NULL, NULL);
	buf_free(&said);
	strv_free(&found.paths);
	return failed;
}
