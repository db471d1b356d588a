/*
 * Any bytes as a kernel image. What is found lies within the limits, comes out the same twice, and
 * what is refused says why.
 */
#include <assert.h>
#include <stdint.h>

#include "base/message.h"
#include "kernel/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LIMIT ((size_t)16 << 20) /* bytes */

static unsigned n_messages;

static void count_message(enum message_level level, const char *text, void *arg)
{
	(void)arg;
	assert(level == MESSAGE_ERROR && *text);
	n_messages++;
}

static bool is_same(const struct buf *a, const struct buf *b)
{
	return a->n == b->n && (!a->n || memcmp(a->v, b->v, a->n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_kernel_image_ struct kernel_image once = {0}, twice = {0};
	int err;

	message_set_sink(count_message, NULL);
	n_messages = 0;
	err = kernel_image_parse("fuzz", data, size, LIMIT, &once);
	assert((err < 0) == (n_messages == 1) && n_messages <= 1);
	if (err < 0)
		return 0;
	assert(kernel_image_is(data, size));
	assert(once.arch && once.release && *once.release);
	/* An image of s390x is started as it is. */
	assert(once.boot.n && once.boot.n <= (size > LIMIT ? size : LIMIT));
	assert(kernel_image_parse("fuzz", data, size, LIMIT, &twice) == 0);
	assert(once.arch == twice.arch && strcmp(once.release, twice.release) == 0);
	assert(is_same(&once.boot, &twice.boot) && is_same(&once.btf, &twice.btf));
	return 0;
}
