/* A cutter, and files in a folder of its own, for tests. */
#ifndef SKEP_TESTS_UNIT_CUTTER_ROOM_H
#define SKEP_TESTS_UNIT_CUTTER_ROOM_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/message.h"
#include "base/path.h"
#include "slice/cutter.h"

static char dir[] = "/tmp/skep-cutter-XXXXXX";

struct room {
	struct state *state;
	struct files *files;
	struct cutter *cutter;
	unsigned n; /* the name of the folder that add_file puts files into */
};

static inline int setup(void **state)
{
	struct room *r = xcalloc(1, sizeof(*r));

	*state = r;
	if (state_open(NULL, false, &r->state) < 0)
		return -1;
	r->files = files_new(r->state, NULL);
	r->cutter = cutter_new(r->files);
	return 0;
}

static inline int teardown(void **state)
{
	struct room *r = *state;

	cutter_free(r->cutter);
	files_free(r->files);
	state_close(r->state);
	free(r);
	return 0;
}

static inline int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static inline int remove_dir(void **state)
{
	(void)state;
	return file_remove_tree(dir);
}

/* For cmocka_run_group_tests_name(..., make_dir, remove_dir). */
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static inline struct file *add_file(struct room *r, const char *name, const char *text)
{
	_cleanup_free_ char *path = xasprintf("%s/%u/%s", dir, r->n, name);

	assert_int_equal(file_make_parent(path), 0);
	assert_int_equal(file_write(path, text, strlen(text)), 0);
	return files_get(r->files, path);
}

/* Adds words with a space between each. */
static inline void add_words(struct strv *list, const char *words)
{
	_cleanup_free_ char *copy = xstrdup(words);
	char *rest = copy, *word;

	while ((word = strsep(&rest, " ")))
		strv_add(list, word);
}

#endif
