#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/file.h"
#include "store/snapshot.h"

#define ANSWER 58

static char dir[32];
static struct digest question;

/* Each test has an empty folder of its own, and is in it. */
static int make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/skep-snapshot-XXXXXX");
	question = digest_of("question", 8);
	return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return chdir("/") < 0 ? -1 : file_remove_tree(dir);
}

static void put(const char *path, const char *text)
{
	assert_int_equal(file_write(path, text, strlen(text)), 0);
}

static struct snapshot_place place(enum snapshot_kind kind, const char *path)
{
	struct snapshot_place p = {.kind = kind, .path = path};
	struct stat st;

	if (stat(path, &st) == 0) {
		p.stamp = file_stamp_of(&st);
		p.type = st.st_mode & S_IFMT;
	}
	return p;
}

static int keep(const struct snapshot_place *places, size_t n)
{
	struct snapshot s = {.question = question, .answer = ANSWER};
	int err;

	for (size_t i = 0; i < n; i++)
		vec_push(&s.places, places[i]);
	err = snapshot_write(&s, "clean");
	snapshot_free(&s);
	return err;
}

static bool holds(void)
{
	uint32_t answer = 0;
	bool yes = snapshot_holds("clean", &question, &answer);

	assert_int_equal(answer, yes ? ANSWER : 0);
	return yes;
}

/* One of each kind. */
static void keep_all_kinds(void)
{
	put("file", "text");
	assert_int_equal(mkdir("folder", 0777), 0);
	const struct snapshot_place places[] = {
		place(SNAPSHOT_SAME, "file"),
		place(SNAPSHOT_THERE, "folder"),
		place(SNAPSHOT_NO_FILE, "no-file"),
		place(SNAPSHOT_NOTHING, "nothing"),
	};

	assert_int_equal(keep(places, ARRAY_SIZE(places)), 0);
}

static void what_is_as_it_was_holds(void **state)
{
	struct digest other = digest_of("other", 5);
	uint32_t answer;

	(void)state;
	assert_false(holds());
	keep_all_kinds();
	assert_true(holds());
	assert_false(snapshot_holds("clean", &other, &answer));
	assert_int_equal(keep(NULL, 0), 0);
	assert_true(holds());
}

static void append(void)
{
	_cleanup_close_ int fd = open("file", O_WRONLY | O_APPEND);

	assert_int_equal(write(fd, "x", 1), 1);
}

/* As long, and with the old time: only the inode's own time tells. */
static void overwrite(void)
{
	_cleanup_close_ int fd = open("file", O_WRONLY);
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(usleep(30000), 0);
	assert_int_equal(write(fd, "TEXT", 4), 4);
	assert_int_equal(futimens(fd, (struct timespec[]){st.st_atim, st.st_mtim}), 0);
}

static void replace(void)
{
	put("file", "text");
}

static void touch(void)
{
	assert_int_equal(utimensat(AT_FDCWD, "file", NULL, 0), 0);
}

static void remove_file(void)
{
	assert_int_equal(unlink("file"), 0);
}

static void remove_folder(void)
{
	assert_int_equal(rmdir("folder"), 0);
}

static void make_folder_a_file(void)
{
	remove_folder();
	put("folder", "");
}

static void put_where_no_file_was(void)
{
	put("no-file", "");
}

static void link_where_no_file_was(void)
{
	assert_int_equal(symlink("file", "no-file"), 0);
}

static void put_where_nothing_was(void)
{
	put("nothing", "");
}

static void make_folder_where_nothing_was(void)
{
	assert_int_equal(mkdir("nothing", 0777), 0);
}

static void changes_show(void **state)
{
	static void (*const changes[])(void) = {append,
						overwrite,
						replace,
						touch,
						remove_file,
						remove_folder,
						make_folder_a_file,
						put_where_no_file_was,
						link_where_no_file_was,
						put_where_nothing_was,
						make_folder_where_nothing_was};

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		keep_all_kinds();
		assert_true(holds());
		usleep(30000);
		changes[i]();
		assert_false(holds());
		remove_dir(state);
		make_dir(state);
	}
}

static void what_does_not_matter_holds(void **state)
{
	(void)state;
	keep_all_kinds();
	put("folder/file", "text");
	assert_int_equal(mkdir("no-file", 0777), 0);
	assert_int_equal(chmod("folder", 0700), 0);
	assert_true(holds());
}

static void damage_answers_nothing(void **state)
{
	_cleanup_content_ struct file_content sound = {0};
	_cleanup_free_ char *copy = NULL;

	(void)state;
	keep_all_kinds();
	assert_int_equal(file_load("clean", &sound), 0);
	copy = xstrndup((const char *)sound.data, sound.size);
	for (size_t i = 0; i < sound.size; i++) {
		for (unsigned bit = 1; bit < 256; bit = bit << 1) {
			copy[i] = (char)(sound.data[i] ^ bit);
			assert_int_equal(file_write("clean", copy, sound.size), 0);
			assert_false(holds());
		}
		copy[i] = (char)sound.data[i];
	}
	for (size_t n = 0; n < sound.size; n++) {
		assert_int_equal(file_write("clean", sound.data, n), 0);
		assert_false(holds());
	}
	/* The byte that xstrndup put behind. */
	assert_int_equal(file_write("clean", copy, sound.size + 1), 0);
	assert_false(holds());
	assert_int_equal(file_write("clean", sound.data, sound.size), 0);
	assert_true(holds());
}

static void what_cannot_be_written_is_told(void **state)
{
	(void)state;
	assert_int_equal(mkdir("clean", 0777), 0);
	put("clean/file", "");
	assert_true(keep(NULL, 0) < 0);
	assert_false(holds());
}

static void only_old_stamps_are_settled(void **state)
{
	const int64_t second = 1000000000, then = 1000 * second + 7;
	const struct file_stamp fine = {.mtime = then - second, .ctime = then},
				coarse = {.mtime = 900 * second, .ctime = 1000 * second},
				set_back = {.mtime = 5, .ctime = then},
				ahead = {.mtime = then + 9 * second, .ctime = then};

	(void)state;
	assert_false(file_stamp_is_settled(&fine, then));
	assert_false(file_stamp_is_settled(&fine, then + second / 50));
	assert_true(file_stamp_is_settled(&fine, then + second / 50 + 1));
	assert_false(file_stamp_is_settled(&coarse, 1002 * second));
	assert_true(file_stamp_is_settled(&coarse, 1003 * second));
	assert_false(file_stamp_is_settled(&set_back, then + second / 100));
	assert_false(file_stamp_is_settled(&ahead, then + 9 * second));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_as_it_was_holds, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(changes_show, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(what_does_not_matter_holds, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(damage_answers_nothing, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(what_cannot_be_written_is_told, make_dir,
						remove_dir),
		cmocka_unit_test(only_old_stamps_are_settled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
