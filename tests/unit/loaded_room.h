/* Whole projects, each in a folder of its own, for tests. */
#ifndef SKEP_TESTS_UNIT_LOADED_ROOM_H
#define SKEP_TESTS_UNIT_LOADED_ROOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "project/project.h"
#include "project/target.h"
#include "project_room.h"

static inline void make_file(const char *path, const char *content)
{
	if (file_make_parent(path) < 0 || file_write(path, content, strlen(content)) < 0) {
		perror(path);
		abort();
	}
}

/* Makes a directory below /tmp and goes there; its name is the state. */
static inline int in_temp_dir(void **state)
{
	char *dir = xstrdup("/tmp/skep-unit-XXXXXX");

	messages_begin();
	*state = dir;
	return !mkdtemp(dir) || chmod(dir, 0755) < 0 || chdir(dir) < 0 ? -1 : 0;
}

static inline int out_of_temp_dir(void **state)
{
	_cleanup_free_ char *dir = *state;
	_cleanup_free_ char *cmd = xasprintf("chmod -R u+rwx %s; rm -r %s", dir, dir);

	return chdir("/") < 0 || system(cmd) != 0 ? -1 : 0;
}

#define in_dir(test) cmocka_unit_test_setup_teardown(test, in_temp_dir, out_of_temp_dir)

static inline void assert_fails(const char *path, int err, const char *message)
{
	_cleanup_project_ struct project p = {0};

	messages_begin();
	assert_int_equal(project_load(path, "build", &p), err);
	assert_string_equal(messages.v, message);
	assert_int_equal(p.n, 0);
}

/* Runs a function as a user who may not read everything; tests may run as root. */
static inline void as_nobody(void (*fn)(void))
{
	bool is_root = geteuid() == 0;

	if (is_root)
		assert_int_equal(seteuid(65534), 0);
	fn();
	if (is_root)
		assert_int_equal(seteuid(0), 0);
}

#endif
