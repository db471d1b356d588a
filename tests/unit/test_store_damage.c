/* A store that is damaged, used by many at once, or whose users are killed. */
#include "store_room.h"

#include <signal.h>

#include "store/gc.h"

#define N_THINGS 12

/* In this file, what actions hold is no list of blobs. */
static struct store *open_plain_store(void)
{
	struct store *s;

	assert_int_equal(store_open(root, 0, NULL, &s), 0);
	return s;
}

/* Different for each thing, some of it more than one read. */
static size_t size_of_thing(unsigned i)
{
	return 37 * i + (i == 7 ? 70000 : 0);
}

static void name_thing(unsigned i, char name[static 24])
{
	snprintf(name, 24, "thing %u", i);
}

/* Everything of a kind is made from i, so that it can be checked. */
static void put_thing(struct store *s, unsigned i)
{
	_cleanup_buf_ struct buf b = {0};
	struct digest d = make_content(i, size_of_thing(i), &b), key = action_key(i);
	char name[24];

	name_thing(i, name);
	store_put_blob(s, &d, b.v, b.n);
	store_put_action(s, &key, b.v, b.n);
	store_put_fact(s, name, strlen(name), b.v, b.n);
	store_put_hint(s, name, &key);
}

struct hint_check {
	struct digest key;
	unsigned n;
	bool wrong;
};

static void check_hint(const struct digest *action, uint64_t at, void *arg)
{
	struct hint_check *h = arg;

	(void)at;
	h->n++;
	h->wrong |= !digest_eq(action, &h->key);
}

/* How many of a thing's four entries can be read. Never gives wrong bytes. */
static int get_thing(struct store *s, unsigned i)
{
	_cleanup_free_ char *out = xasprintf("%s/out-%d", dir, getpid());
	_cleanup_buf_ struct buf want = {0};
	struct digest d = make_content(i, size_of_thing(i), &want);
	struct hint_check h = {action_key(i), 0, false};
	int errs[4], n = 0;
	char name[24];

	name_thing(i, name);
	for (int at = 0; at < 4; at++) {
		/* The first to look at a blob finds the damage: in turns, to memory and to a file.
		 */
		int how = i % 2 ? 3 - at : at;
		_cleanup_buf_ struct buf b = {0};

		buf_puts(&b, "");
		if (how == 0)
			errs[how] = store_get_blob(s, &d, STORE_MAX_BLOB, &b);
		else if (how == 1)
			errs[how] = store_get_action(s, &h.key, &b);
		else if (how == 2)
			errs[how] = store_get_fact(s, name, strlen(name), &b);
		else
			errs[how] = store_get_file(s, &d, out);
		if (how == 3 && !errs[how])
			check(file_read(out, FILE_MAX_SIZE, &b) == 0);
		check(errs[how] == 0 || errs[how] == -ENOENT || errs[how] == -EBADMSG);
		check(errs[how] || (b.n == want.n && memcmp(b.v, want.v, b.n) == 0));
		check(!errs[how] || b.n == 0);
		n += how < 3 && !errs[how];
	}
	check(file_exists(out) == !errs[3]);
	unlink(out);
	store_each_hint(s, name, check_hint, &h);
	check(!h.wrong && h.n <= 1);
	return n + (int)h.n;
}

static void put_all(struct store *s)
{
	for (unsigned i = 0; i < N_THINGS; i++)
		put_thing(s, i);
}

static int get_all(struct store *s)
{
	int n = 0;

	for (unsigned i = 0; i < N_THINGS; i++)
		n += get_thing(s, i);
	return n;
}

static void flip_bit(const char *path, size_t bit)
{
	_cleanup_close_ int fd = -1;
	uint8_t byte;

	assert_int_equal(chmod(path, 0600), 0);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, &byte, 1, (off_t)(bit / 8)), 1);
	byte ^= (uint8_t)(1 << bit % 8);
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)(bit / 8)), 1);
}

static void flipped_bits_reach_nobody(void **state)
{
	_cleanup_store_ struct store *s = open_plain_store();
	_cleanup_strv_ struct strv paths = {0};
	unsigned seed = 1;
	int n_missing;

	(void)state;
	put_all(s);
	assert_int_equal(get_all(s), 4 * N_THINGS);
	look_around(root);
	strv_sort(&found.paths);
	strv_add_all(&paths, &found.paths);
	assert_int_equal(paths.n, 4 * N_THINGS);
	for (int round = 0; round < 1000; round++) {
		const char *path = paths.v[(unsigned)rand_r(&seed) % paths.n];
		struct stat st;

		assert_int_equal(stat(path, &st), 0);
		if (!st.st_size)
			continue;
		flip_bit(path, (size_t)rand_r(&seed) % ((size_t)st.st_size * 8));
		n_missing = 0;
		for (unsigned i = 0; i < N_THINGS; i++) {
			int n = get_thing(s, i);

			n_missing += 4 - n;
			if (n < 4)
				put_thing(s, i);
		}
		assert_int_equal(n_missing, 1);
	}
	assert_int_equal(get_all(s), 4 * N_THINGS);
	/* One warning for all of them. */
	assert_int_equal(n_said, 1);
	assert_non_null(strstr(said.v, "was damaged and is made anew"));
}

static void what_is_cut_short_is_noticed(void **state)
{
	struct digest blob = digest_of_text("some content that is to be cut"), key = action_key(1);
	_cleanup_free_ char *blob_path = entry_path("blobs", &blob),
			    *action_path = entry_path("actions", &key);
	const char *const paths[] = {blob_path, action_path};

	(void)state;
	for (int which = 0; which < 2; which++) {
		for (off_t size = 0;; size++) {
			_cleanup_store_ struct store *s = open_plain_store();
			_cleanup_buf_ struct buf b = {0};
			struct stat st;
			int err;

			store_put_blob(s, &blob, "some content that is to be cut", 30);
			store_put_action(s, &key, "value", 5);
			assert_int_equal(stat(paths[which], &st), 0);
			if (size == st.st_size)
				break;
			cut_file(paths[which], size);
			forget_messages();
			/* A cut shows by the size alone where the size is known. */
			assert_false(which == 0 && store_has_blob(s, &blob, 30));
			for (int again = 0; again < 2; again++) {
				err = which ? store_get_action(s, &key, &b)
					    : store_get_blob(s, &blob, 100, &b);
				assert_int_equal(err, again ? -ENOENT : -EBADMSG);
				assert_int_equal(b.n, 0);
			}
			assert_int_equal(n_said, 1);
		}
	}
}

static void a_cut_blob_is_put_again(void **state)
{
	_cleanup_store_ struct store *s = open_plain_store();
	struct digest d = put_content(s, 1, 100);
	_cleanup_free_ char *path = entry_path("blobs", &d);
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	/* Power loss leaves such files. */
	cut_file(path, 0);
	put_content(s, 1, 100);
	assert_int_equal(store_get_blob(s, &d, 100, &b), 0);
	assert_int_equal(n_said, 0);
}

enum odd { ODD_LINK, ODD_DEAD_LINK, ODD_DIR, ODD_PIPE, N_ODD };

static void put_odd(enum odd odd, const char *path, const char *target)
{
	switch (odd) {
	case ODD_LINK:
		assert_int_equal(symlink(target, path), 0);
		break;
	case ODD_DEAD_LINK:
		assert_int_equal(symlink("/nonexistent", path), 0);
		break;
	case ODD_DIR:
		assert_int_equal(mkdir(path, 0700), 0);
		break;
	default:
		assert_int_equal(mkfifo(path, 0600), 0);
	}
}

static void what_is_no_file_is_removed_and_not_followed(void **state)
{
	_cleanup_store_ struct store *s = open_plain_store();
	_cleanup_free_ char *target = xasprintf("%s/target", dir);
	_cleanup_buf_ struct buf content = {0}, kept = {0};
	struct digest d = make_content(1, 100, &content);
	_cleanup_free_ char *path = entry_path("blobs", &d);

	(void)state;
	/* Even one that leads to the right bytes. */
	assert_int_equal(file_write(target, content.v, content.n), 0);
	put_content(s, 1, 100);
	for (int i = 0; i < 2 * N_ODD; i++) {
		_cleanup_buf_ struct buf b = {0};
		struct stat st;

		assert_int_equal(unlink(path), 0);
		put_odd((enum odd)(i / 2), path, target);
		if (i % 2 == 0) {
			assert_false(store_has_blob(s, &d, STORE_ANY_SIZE));
			assert_int_equal(lstat(path, &st), -1);
		}
		put_content(s, 1, 100);
		assert_int_equal(lstat(path, &st), 0);
		assert_true(S_ISREG(st.st_mode));
		assert_int_equal(store_get_blob(s, &d, 100, &b), 0);
	}
	assert_int_equal(file_read(target, 1000, &kept), 0);
	assert_int_equal(kept.n, 100);
}

/* In a container each build may have the number that a killed one had. */
static void temporaries_of_the_dead_are_in_nobodys_way(void **state)
{
	_cleanup_store_ struct store *s = open_plain_store();
	_cleanup_free_ char *next = file_temp_name("x");
	_cleanup_buf_ struct buf b = {0};
	struct digest d = make_content(1, 10, &b);
	_cleanup_free_ char *path = entry_path("blobs", &d);
	unsigned long n;

	(void)state;
	assert_true(str_to_ulong(strrchr(next, '-') + 1, 1000000, &n));
	assert_int_equal(file_make_parent(path), 0);
	for (unsigned long i = n; i < n + 20; i++) {
		_cleanup_free_ char *fan = xstrndup(path, strlen(path) - 65);
		_cleanup_free_ char *temp =
			xasprintf("%s/.%s.skep-%d-%lu", fan, strrchr(path, '/') + 1, getpid(), i);
		int fd = open(temp, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		assert_true(fd >= 0);
		close(fd);
	}
	put_content(s, 1, 10);
	look_around(root);
	assert_int_equal(found.n_files, 21);
	assert_int_equal(found.n_temps, 20);
	assert_int_equal(n_said, 0);
}

static void put_and_get(void *arg)
{
	unsigned seed = *(unsigned *)arg;
	struct store *s;

	for (int round = 0; round < 10; round++) {
		check(store_open(root, 0, NULL, &s) == 0);
		for (int i = 0; i < 40; i++) {
			unsigned thing = (unsigned)rand_r(&seed) % N_THINGS;

			if (get_thing(s, thing) < 4)
				put_thing(s, thing);
			store_count(s, "thing", true);
		}
		store_close(s);
	}
	check(n_said == 0);
}

static void remove_now_and_then(void *arg)
{
	struct gc_result gc;
	struct store *s;
	int err;

	(void)arg;
	for (int round = 0; round < 30; round++) {
		check(store_open(root, 0, NULL, &s) == 0);
		err = store_gc(s, (uint64_t)(round % 4) * 50000, UINT64_MAX, &gc);
		check(err == 0 || err == -EBUSY);
		store_close(s);
	}
}

static void many_processes_share_a_store(void **state)
{
	_cleanup_(store_stats_free) struct store_stats stats = {0};
	unsigned seeds[] = {1, 2, 3, 4};
	struct verify_result v;
	pid_t pids[6];
	struct store *s;

	(void)state;
	for (int i = 0; i < 6; i++)
		pids[i] = i < 4 ? start(put_and_get, &seeds[i]) : start(remove_now_and_then, NULL);
	for (int i = 0; i < 6; i++)
		assert_int_equal(finish(pids[i]), 0);
	s = open_plain_store();
	store_verify(s, NULL, NULL, &v);
	assert_int_equal(v.n_damaged, 0);
	store_read_stats(s, &stats);
	assert_int_equal(stats.counters.n, 1);
	assert_int_equal(stats.counters.v[0].hits, 4 * 10 * 40);
	store_close(s);
	look_around(root);
	assert_int_equal(found.n_temps, 0);
}

static void put_for_ever(void *arg)
{
	struct store *s;

	(void)arg;
	check(store_open(root, 0, NULL, &s) == 0);
	for (unsigned i = 0;; i++) {
		store_count(s, "thing", false);
		put_thing(s, i % N_THINGS);
		if (i % N_THINGS == N_THINGS - 1) {
			store_clear(s, &(struct store_amount){0});
			store_close(s);
			check(store_open(root, 0, NULL, &s) == 0);
		}
	}
}

static void killed_writers_leave_nothing_wrong(void **state)
{
	struct verify_result v;
	struct gc_result gc;
	struct store *s;
	size_t n_temps = 0;
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 200; round++) {
		pid_t pid = start(put_for_ever, NULL);
		struct timespec t = {.tv_nsec = 200000 + rand_r(&seed) % 3000000};

		nanosleep(&t, NULL);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(finish(pid), 1000 + SIGKILL);
		s = open_plain_store();
		store_verify(s, NULL, NULL, &v);
		assert_int_equal(v.n_damaged, 0);
		get_all(s);
		store_close(s);
	}
	look_around(root);
	n_temps = found.n_temps;
	assert_true(n_temps > 0);
	for (size_t i = 0; i < found.paths.n; i++)
		set_age(found.paths.v[i], 3700);
	s = open_plain_store();
	put_all(s);
	assert_int_equal(store_gc(s, UINT64_MAX, UINT64_MAX, &gc), 0);
	assert_int_equal(get_all(s), 4 * N_THINGS);
	store_close(s);
	look_around(root);
	assert_int_equal(found.n_temps, 0);
	assert_int_equal(n_said, 0);
}

int main(void)
{
#define with_room(test) cmocka_unit_test_setup_teardown(test, make_room, remove_room)
	const struct CMUnitTest tests[] = {
		with_room(flipped_bits_reach_nobody),
		with_room(what_is_cut_short_is_noticed),
		with_room(a_cut_blob_is_put_again),
		with_room(what_is_no_file_is_removed_and_not_followed),
		with_room(temporaries_of_the_dead_are_in_nobodys_way),
		with_room(many_processes_share_a_store),
		with_room(killed_writers_leave_nothing_wrong),
	};
	int failed;

	message_set_sink(keep_message, NULL);
	failed = cmocka_run_group_tests_name("store_damage", tests, NULL, NULL);
	buf_free(&said);
	strv_free(&found.paths);
	return failed;
}
