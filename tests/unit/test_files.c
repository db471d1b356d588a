/* The stat cache, with a clock and a stat of our own: what a fast editor or a coarse file system
 * can hide must not be believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/path.h"
#include "store/files.h"

#define MS ((int64_t)1000 * 1000)
#define SECOND (1000 * MS)

static char dir[] = "/tmp/skep-files-XXXXXX";
static char *path;
static struct state *memory;

/* The time, and what stat shows of every file whatever it really is. */
static int64_t clock_now;
static int64_t shown_mtime;

static struct timespec timespec_of(int64_t ns)
{
	return (struct timespec){ns / SECOND, ns % SECOND};
}

static void disguise(struct stat *st)
{
	st->st_mtim = st->st_ctim = timespec_of(shown_mtime);
	st->st_size = 4;
	st->st_ino = 1;
}

static int fake_stat(const char *p, struct stat *st)
{
	int r = stat(p, st);

	if (r == 0)
		disguise(st);
	return r;
}

static int64_t fake_now(void)
{
	return clock_now;
}

static const struct files_world world = {fake_stat, fake_now};

static void write_text(const char *text)
{
	assert_int_equal(file_write(path, text, strlen(text)), 0);
}

/* The digest a fresh build sees. */
static struct digest digest_now(void)
{
	struct files *f = files_new(memory, &world);
	struct file *file = files_get(f, path);
	struct digest d;

	assert_int_equal(files_digest(f, file), 0);
	d = file->digest;
	files_free(f);
	return d;
}

static bool is_digest_of(struct digest d, const char *text)
{
	struct digest want = digest_of(text, strlen(text));

	return digest_eq(&d, &want);
}

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	path = path_join(dir, "file");
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	free(path);
	return file_remove_tree(dir);
}

static int fresh(void **state)
{
	(void)state;
	clock_now = 1000 * SECOND + 7;
	shown_mtime = 900 * SECOND + 7;
	return state_open(NULL, false, &memory);
}

static int stale(void **state)
{
	(void)state;
	state_close(memory);
	return 0;
}

static void settled_file_is_not_read_again(void **state)
{
	(void)state;
	write_text("old.");
	assert_true(is_digest_of(digest_now(), "old."));
	/* Proof that the cache is used at all: nothing visible has changed. */
	write_text("new.");
	assert_true(is_digest_of(digest_now(), "old."));
}

static void visible_change_is_seen(void **state)
{
	(void)state;
	write_text("old.");
	digest_now();
	write_text("new.");
	shown_mtime += 1;
	assert_true(is_digest_of(digest_now(), "new."));
}

static void change_in_the_same_tick_is_seen(void **state)
{
	(void)state;
	/* Written now, hashed now, written again within the tick: stat shows no difference. */
	shown_mtime = clock_now - 3 * MS;
	write_text("old.");
	assert_true(is_digest_of(digest_now(), "old."));
	write_text("new.");
	clock_now += 10 * SECOND;
	assert_true(is_digest_of(digest_now(), "new."));
}

static void change_within_a_coarse_second_is_seen(void **state)
{
	(void)state;
	/* A file system that keeps whole seconds only. */
	shown_mtime = 999 * SECOND;
	clock_now = 999 * SECOND + 900 * MS;
	write_text("old.");
	digest_now();
	write_text("new.");
	assert_true(is_digest_of(digest_now(), "new."));
}

static void file_from_the_future_is_not_trusted(void **state)
{
	(void)state;
	shown_mtime = clock_now + 100 * SECOND;
	write_text("old.");
	digest_now();
	write_text("new.");
	assert_true(is_digest_of(digest_now(), "new."));
}

static void change_during_a_build_is_noticed(void **state)
{
	struct files *f = files_new(memory, &world);
	struct file *file;

	(void)state;
	shown_mtime = clock_now;
	write_text("old.");
	file = files_get(f, path);
	assert_int_equal(files_digest(f, file), 0);
	assert_false(files_changed(f, file));
	/* Same tick, same stamp: only the content tells. */
	write_text("new.");
	assert_true(files_changed(f, file));
	unlink(path);
	assert_true(files_changed(f, file));
	files_free(f);
}

static void appearing_file_is_noticed(void **state)
{
	struct files *f = files_new(memory, &world);
	struct file *file;

	(void)state;
	unlink(path);
	file = files_get(f, path);
	assert_false(file->exists);
	assert_false(files_changed(f, file));
	write_text("new.");
	assert_true(files_changed(f, file));
	files_free(f);
}

static void touched_file_is_not_changed(void **state)
{
	struct files *f = files_new(memory, &world);
	struct file *file;

	(void)state;
	write_text("same");
	file = files_get(f, path);
	assert_int_equal(files_digest(f, file), 0);
	shown_mtime += 5;
	assert_false(files_changed(f, file));
	files_free(f);
}

static void directory_is_no_file(void **state)
{
	struct files *f = files_new(memory, &world);

	(void)state;
	assert_false(files_get(f, dir)->exists);
	files_free(f);
}

static void unseen_files_are_forgotten(void **state)
{
	struct files *f;

	(void)state;
	write_text("old.");
	digest_now();
	f = files_new(memory, &world);
	files_prune(f);
	files_free(f);
	write_text("new.");
	assert_true(is_digest_of(digest_now(), "new."));
}

static void word_for_a_file_counts_while_its_stamp_stays(void **state)
{
	struct digest said = digest_of("said", 4);
	struct files *f;

	(void)state;
	write_text("old.");
	f = files_new(memory, &world);
	files_settle(f, files_get(f, path), &said);
	files_free(f);
	assert_true(is_digest_of(digest_now(), "said"));
	shown_mtime += 1;
	assert_true(is_digest_of(digest_now(), "old."));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fresh, stale)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(settled_file_is_not_read_again),
		TEST(visible_change_is_seen),
		TEST(change_in_the_same_tick_is_seen),
		TEST(change_within_a_coarse_second_is_seen),
		TEST(file_from_the_future_is_not_trusted),
		TEST(change_during_a_build_is_noticed),
		TEST(appearing_file_is_noticed),
		TEST(touched_file_is_not_changed),
		TEST(directory_is_no_file),
		TEST(unseen_files_are_forgotten),
		TEST(word_for_a_file_counts_while_its_stamp_stays),
	};

	return cmocka_run_group_tests_name("files", tests, make_dir, remove_dir);
}
