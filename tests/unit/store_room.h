/* A folder with a store in it, for tests. */
#ifndef SKEP_TESTS_UNIT_STORE_ROOM_H
#define SKEP_TESTS_UNIT_STORE_ROOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/file.h"
#include "base/message.h"
#include "store/cas.h"

static char dir[32];
static char *root;
static struct buf said;
static int n_said;

static inline void keep_message(enum message_level level, const char *text, void *arg)
{
	(void)arg;
	n_said++;
	buf_printf(&said, "%d %s\n", level, text);
}

static inline void forget_messages(void)
{
	buf_free(&said);
	buf_puts(&said, "");
	n_said = 0;
}

static int make_room(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/skep-store-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	root = xasprintf("%s/store", dir);
	forget_messages();
	return 0;
}

static int remove_room(void **state)
{
	(void)state;
	free(steal(&root));
	return file_remove_tree(dir);
}

/* What actions hold in these tests: a list of blobs. */
struct test_output {
	struct digest digest;
	uint8_t size[8];
};

static int list_outputs(const void *value, size_t size,
			void (*blob)(const struct digest *digest, uint64_t size, void *arg),
			void *arg)
{
	const struct test_output *o = value;

	if (size % sizeof(*o))
		return -EBADMSG;
	for (size_t i = 0; i < size / sizeof(*o); i++) {
		uint64_t n;

		memcpy(&n, o[i].size, sizeof(n));
		blob(&o[i].digest, n, arg);
	}
	return 0;
}

static inline struct store *open_store(void)
{
	struct store *s;

	assert_int_equal(store_open(root, 0, list_outputs, &s), 0);
	return s;
}

static inline struct digest digest_of_text(const char *text)
{
	return digest_of(text, strlen(text));
}

/* Content that depends on seed alone. */
static inline struct digest make_content(unsigned seed, size_t size, struct buf *ret)
{
	uint32_t x = seed * 2654435761u + 1;

	buf_puts(ret, "");
	for (size_t i = 0; i < size; i++) {
		x = x * 1664525 + 1013904223;
		buf_putc(ret, (char)(x >> 24));
	}
	return digest_of(ret->v, ret->n);
}

static inline struct digest put_content(struct store *s, unsigned seed, size_t size)
{
	_cleanup_buf_ struct buf b = {0};
	struct digest d = make_content(seed, size, &b);

	assert_int_equal(store_put_blob(s, &d, b.v, b.n), 0);
	return d;
}

static inline struct digest action_key(unsigned seed)
{
	uint32_t n[] = {0xac710, seed};

	return digest_of(n, sizeof(n));
}

static inline void add_output(struct buf *value, const struct digest *d, uint64_t size)
{
	struct test_output o = {.digest = *d};

	memcpy(o.size, &size, sizeof(size));
	buf_add(value, &o, sizeof(o));
}

/* An action with one blob of 100 bytes. */
static inline struct digest put_action(struct store *s, unsigned seed)
{
	_cleanup_buf_ struct buf value = {0};
	struct digest blob = put_content(s, seed, 100), key = action_key(seed);

	add_output(&value, &blob, 100);
	assert_int_equal(store_put_action(s, &key, value.v, value.n), 0);
	return key;
}

/* Where an entry lies. */
static inline char *entry_path(const char *kind, const struct digest *name)
{
	char hex[DIGEST_HEX_SIZE];

	digest_hex(name, hex);
	return xasprintf("%s/v1/%s/%.2s/%s", root, kind, hex, hex);
}

/* As damage does it, whatever the file's mode. */
static inline void cut_file(const char *path, off_t size)
{
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(truncate(path, size), 0);
}

static inline void set_age(const char *path, int64_t seconds)
{
	struct timespec t[2] = {{.tv_sec = time(NULL) - seconds}, {.tv_sec = time(NULL) - seconds}};

	assert_int_equal(utimensat(AT_FDCWD, path, t, AT_SYMLINK_NOFOLLOW), 0);
}

static inline int64_t age_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return time(NULL) - st.st_mtime;
}

static struct {
	size_t n_files, n_temps;
	struct strv paths;
} found;

static int count_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	pid_t pid;

	(void)st;
	if (type == FTW_D)
		return 0;
	found.n_files++;
	found.n_temps += file_is_temp_name(path + ftw->base, &pid);
	strv_add(&found.paths, path);
	return 0;
}

/* Fills found with all files below path. */
static inline void look_around(const char *path)
{
	strv_free(&found.paths);
	found.n_files = found.n_temps = 0;
	assert_int_equal(nftw(path, count_file, 16, FTW_PHYS), 0);
}

static inline size_t count_entries(const char *kind)
{
	_cleanup_free_ char *path = xasprintf("%s/v1/%s", root, kind);

	look_around(path);
	strv_free(&found.paths);
	return found.n_files;
}

/* In child processes, where cmocka's own assertions would go on with the next test. */
#define check(what)                                                                         \
	do {                                                                                \
		if (!(what)) {                                                              \
			fprintf(stderr, "%s:%d: not so: %s\n%s", __FILE__, __LINE__, #what, \
				said.v);                                                    \
			_exit(1);                                                           \
		}                                                                           \
	} while (0)

#define CANNOT_UNSHARE 77

static inline pid_t start(void (*fn)(void *arg), void *arg)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		fn(arg);
		_exit(0);
	}
	return pid;
}

static inline int finish(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static inline void write_or_leave(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || file_write_fd(fd, text, strlen(text)) < 0)
		_exit(CANNOT_UNSHARE);
	close(fd);
}

/* In a child: mounts made from now on are its own. */
static inline void unshare_mounts(void)
{
	_cleanup_free_ char *uid_map = xasprintf("0 %u 1", geteuid()),
			    *gid_map = xasprintf("0 %u 1", getegid());

	if (geteuid() == 0) {
		if (unshare(CLONE_NEWNS) < 0)
			_exit(CANNOT_UNSHARE);
	} else {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
			_exit(CANNOT_UNSHARE);
		write_or_leave("/proc/self/setgroups", "deny");
		write_or_leave("/proc/self/uid_map", uid_map);
		write_or_leave("/proc/self/gid_map", gid_map);
	}
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		_exit(CANNOT_UNSHARE);
}

/* Runs fn in a child that may mount; skips the test where that is not possible. */
static inline void run_with_mounts(void (*fn)(void *arg))
{
	int status = finish(start(fn, NULL));

	if (status == CANNOT_UNSHARE) {
		print_message("no mount namespace can be made here\n");
		skip();
	}
	assert_int_equal(status, 0);
}

static inline void expect_content(struct store *s, const struct digest *d, unsigned seed,
				  size_t size)
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

#endif
