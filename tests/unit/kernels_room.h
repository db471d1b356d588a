/* A place for kernels to be kept in, for the tests of those that keep and find them. */
#ifndef SKEP_TESTS_KERNELS_ROOM_H
#define SKEP_TESTS_KERNELS_ROOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/message.h"
#include "base/path.h"
#include "kernel/kept.h"
#include "kernel/version.h"
#include "kernel_images.h"

static char dir[] = "/tmp/skep-kernels-XXXXXX";
static struct buf said;

static inline void keep_message(enum message_level level, const char *text, void *arg)
{
	(void)level;
	(void)arg;
	said.n = 0;
	buf_puts(&said, text);
}

static inline void assert_said(const char *part)
{
	if (!said.v || !strstr(said.v, part))
		fail_msg("expected \"%s\" in \"%s\"", part, said.v ? said.v : "");
	said.n = 0;
	said.v[0] = '\0';
}

static inline char *in_dir(const char *name)
{
	return path_join(dir, name);
}

static inline void write_to(const char *name, const struct buf *b)
{
	_cleanup_free_ char *path = in_dir(name);

	assert_int_equal(file_make_parent(path), 0);
	assert_int_equal(file_write(path, b->v, b->n), 0);
}

static inline void write_text(const char *name, const char *text)
{
	struct buf b = {.v = (char *)text, .n = strlen(text)};

	write_to(name, &b);
}

/* A bzImage with a release of that length and these types (NULL: none). */
static inline void write_image(const char *name, const char *release, const char *type)
{
	_cleanup_buf_ struct buf elf = {0}, image = {0};
	char *at;

	assert_int_equal(strlen(release), strlen(IMAGE_RELEASE));
	put_vmlinux(&elf, EM_X86_64, type);
	at = memmem(elf.v, elf.n, IMAGE_RELEASE, strlen(IMAGE_RELEASE));
	assert_non_null(at);
	memcpy(at, release, strlen(release));
	put_bzimage(&image, &image_packings[1], &elf);
	write_to(name, &image);
}

static inline void write_arm64(const char *name)
{
	_cleanup_buf_ struct buf raw = {0};

	put_raw_image(&raw, "kernel_int");
	write_to(name, &raw);
}

static inline int add(const char *file, const char *modules, const char *name, struct kernel *ret)
{
	_cleanup_free_ char *path = in_dir(file), *m = modules ? in_dir(modules) : NULL;

	return kernel_add(path, m, name, ret);
}

static inline void added(const char *file, const char *modules, const char *name)
{
	_cleanup_kernel_ struct kernel k = {0};

	if (add(file, modules, name, &k) != 0)
		fail_msg("%s", said.v);
}

static inline void assert_finds(const char *word, const char *release)
{
	_cleanup_kernel_ struct kernel k = {0};

	if (kernel_find(word, &k) != 0)
		fail_msg("%s", said.v);
	assert_string_equal(k.release, release);
}

static inline void assert_lacks(const char *word, int err, const char *part)
{
	struct kernel k;

	assert_int_equal(kernel_find(word, &k), err);
	assert_said(part);
}

static inline size_t n_kept(size_t *ret_damaged)
{
	kernel_list all = {0};
	size_t n, n_damaged;

	assert_int_equal(kernel_list_all(&all, &n_damaged), 0);
	n = all.n;
	for (size_t i = 1; i < n; i++)
		assert_true(version_compare(all.v[i - 1].release, all.v[i].release) <= 0);
	kernel_list_free(&all);
	if (ret_damaged)
		*ret_damaged = n_damaged;
	else
		assert_int_equal(n_damaged, 0);
	return n;
}

static inline int set_up(void **state)
{
	_cleanup_free_ char *cache = in_dir("cache");

	(void)state;
	setenv("XDG_CACHE_HOME", cache, 1);
	return file_make_dirs(dir);
}

static inline int tear_down(void **state)
{
	(void)state;
	return file_remove_tree(dir);
}

static inline int set_up_all(void **state)
{
	(void)state;
	message_set_sink(keep_message, NULL);
	return mkdtemp(dir) ? 0 : -1;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
