#include "kernel/cpio.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <cmocka.h>

/* The number in field i of a header, of which the first is the inode. */
static unsigned long field(const char *header, size_t i)
{
	char text[9] = {0};

	memcpy(text, header + 6 + 8 * i, 8);
	return strtoul(text, NULL, 16);
}

enum { MODE = 1, LINKS = 4, SIZE = 6, NAME_SIZE = 11 };

#define HEADER 110

/* Checks the entry at *at and moves on to the next, as the kernel does. */
static void expect(const struct buf *b, size_t *at, const char *name, mode_t mode, const char *data,
		   size_t size)
{
	const char *header = b->v + *at;
	size_t name_size = strlen(name) + 1;

	assert_int_equal(*at % 4, 0);
	assert_true(b->n >= *at + HEADER + name_size);
	assert_memory_equal(header, "070701", 6);
	assert_int_equal(field(header, MODE), mode);
	assert_int_equal(field(header, SIZE), size);
	assert_int_equal(field(header, NAME_SIZE), name_size);
	assert_memory_equal(header + HEADER, name, name_size);
	*at = (*at + HEADER + name_size + 3) & ~(size_t)3;
	assert_true(b->n >= *at + size);
	if (size)
		assert_memory_equal(b->v + *at, data, size);
	*at = (*at + size + 3) & ~(size_t)3;
}

static void entries_lie_where_a_kernel_looks(void **state)
{
	_cleanup_buf_ struct buf b = {0};
	size_t at = 0;
	char name[8] = "", data[8] = "abcdefg";

	(void)state;
	/* All the ways in which a name and a content can end between two multiples of four. */
	for (size_t i = 0; i < 7; i++) {
		name[i] = (char)('a' + i);
		assert_int_equal(cpio_add(&b, name, S_IFREG | 0644, data, i), 0);
	}
	assert_int_equal(cpio_add(&b, "dev", S_IFDIR | 0755, NULL, 0), 0);
	cpio_end(&b);
	for (size_t i = 0; i < 7; i++) {
		char part[8] = "";

		memcpy(part, name, i + 1);
		expect(&b, &at, part, S_IFREG | 0644, data, i);
	}
	expect(&b, &at, "dev", S_IFDIR | 0755, NULL, 0);
	expect(&b, &at, "TRAILER!!!", 0, NULL, 0);
	assert_int_equal(at, b.n);
}

static void what_has_no_number_is_refused(void **state)
{
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	assert_int_equal(cpio_add(&b, "job", S_IFREG, NULL, (size_t)UINT32_MAX + 1), -EFBIG);
	assert_int_equal(b.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_lie_where_a_kernel_looks),
		cmocka_unit_test(what_has_no_number_is_refused),
	};

	return cmocka_run_group_tests_name("cpio", tests, NULL, NULL);
}
