/*
 * Any bytes as an object. It is the same as itself, nearly the same as what finishing makes of it,
 * and may differ anywhere from a copy with one bit changed.
 */
#include <assert.h>
#include <stdint.h>

#include "base/message.h"
#include "btf/compare.h"
#include "btf/object.h"

#define COPIES 100

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void discard_message(enum message_level level, const char *text, void *arg)
{
	(void)level;
	(void)text;
	(void)arg;
}

/* The number of differences; a negative errno. */
static int compare(const void *a, size_t a_size, const void *b, size_t b_size)
{
	_cleanup_strv_ struct strv lines = {0};
	int err = object_compare(a, a_size, "a.o", b, b_size, "b.o", &lines);

	assert(lines.n <= COMPARE_DIFFERENCES_MAX + 1);
	assert(err == 0 || lines.n == 0);
	return err < 0 ? err : (int)lines.n;
}

/* Compares with copies that differ in one bit; which ones depends on all bytes. */
static void compare_changed(const uint8_t *data, size_t size)
{
	_cleanup_buf_ struct buf changed = {0};
	uint64_t sum = size;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ data[i]) * 0x100000001b3;
	buf_add(&changed, data, size);
	for (int i = 0; i < COPIES; i++) {
		size_t at = (size_t)((sum >> 17) % size);

		changed.v[at] ^= 1 << (sum >> 13 & 7);
		compare(data, size, changed.v, changed.n);
		compare(changed.v, changed.n, data, size);
		changed.v[at] = (char)data[at];
		sum = (sum ^ (uint64_t)i) * 0x100000001b3;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct object_options plain = {0};
	_cleanup_buf_ struct buf finished = {0};
	int err;

	message_set_sink(discard_message, NULL);
	err = compare(data, size, data, size);
	assert(err <= 0);
	if (err < 0)
		return 0;
	if (object_finish(data, size, "fuzz.o", &plain, &finished) == 0) {
		assert(compare(finished.v, finished.n, finished.v, finished.n) == 0);
		assert(compare(data, size, finished.v, finished.n) >= 0);
	}
	compare_changed(data, size);
	return 0;
}
