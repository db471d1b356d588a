/* Inputs of the linker made of bytes or of files, and what is said of them. */
#ifndef SKEP_TESTS_UNIT_INPUT_ROOM_H
#define SKEP_TESTS_UNIT_INPUT_ROOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "base/file.h"
#include "base/message.h"
#include "base/path.h"
#include "input_files.h"
#include "llvm/inputs.h"

static char dir[] = "/tmp/skep-inputs-XXXXXX";
static struct buf said;
static struct inputs in;

static inline void keep_message(enum message_level level, const char *text, void *arg)
{
	(void)level;
	(void)arg;
	buf_printf(&said, "%s\n", text);
}

static inline int make_room(void **state)
{
	(void)state;
	message_set_sink(keep_message, NULL);
	return mkdtemp(dir) ? 0 : -1;
}

static inline int remove_room(void **state)
{
	(void)state;
	buf_free(&said);
	return file_remove_tree(dir);
}

static inline int forget(void **state)
{
	(void)state;
	inputs_free(&in);
	in = (struct inputs){0};
	buf_free(&said);
	return 0;
}

/* A test that begins and ends with nothing there; clean sees to it. */
#define IN_ROOM(test, clean) cmocka_unit_test_setup_teardown(test, clean, clean)

/* A file in the room. Caller frees its path. */
static inline char *put_file(const char *name, const struct buf *b)
{
	char *path = path_join(dir, name);

	assert_int_equal(file_make_parent(path), 0);
	assert_int_equal(file_write(path, b->v ? b->v : "", b->n), 0);
	return path;
}

/* Adds bytes in memory of exactly their size, so that reading on is noticed; they are leaked to in.
 */
static inline int add(const void *data, size_t size)
{
	uint8_t *exact = xmalloc(size ? size : 1);

	if (size)
		memcpy(exact, data, size);
	vec_push(&in.assembled, exact);
	return inputs_add_bytes(&in, "x", exact, size);
}

static inline int add_buf(const struct buf *b)
{
	return add(b->v, b->n);
}

/* A small module. Caller frees it. */
static inline struct buf module_of(const char *producer)
{
	struct bit_writer w = {0};

	put_module(&w, AS_FIXED8, producer);
	return w.b;
}

/* The modules so far, as "kind name producer" lines. */
static inline char *list_modules(void)
{
	static const char *const kinds[] = {
		[MODULE_BITCODE] = "bitcode", [MODULE_IR] = "ir", [MODULE_ELF] = "elf"};
	struct buf b = {0};

	vec_foreach (m, &in.modules)
		buf_printf(&b, "%s %s%s%s\n", kinds[m->kind], m->name, m->producer ? " " : "",
			   m->producer ? m->producer : "");
	return buf_steal(&b);
}

static inline void assert_modules(const char *want)
{
	_cleanup_free_ char *got = list_modules();

	if (said.n)
		fail_msg("%s", said.v);
	assert_string_equal(got, want);
}

/* It failed with that, and said so in one line. */
static inline void assert_refused(int err, int want, const char *why)
{
	assert_int_equal(err, want);
	if (!said.n || !strstr(said.v, why) || strchr(said.v, '\n') != said.v + said.n - 1)
		fail_msg("%s", said.n ? said.v : "nothing was said");
}

static inline void assert_note(const char *text)
{
	for (size_t i = 0; i < in.notes.n; i++)
		if (strstr(in.notes.v[i], text))
			return;
	fail_msg("no note says: %s", text);
}

#endif
