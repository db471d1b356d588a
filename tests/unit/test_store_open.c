/* Which place may be a store, and one that cannot be written. */
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
	failed = cmocka_run_group_tests_name("store_open", tests, NULL, NULL);
	buf_free(&said);
	strv_free(&found.paths);
	return failed;
}
