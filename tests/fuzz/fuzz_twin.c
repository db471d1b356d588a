/*
 * Any bytes as an object: no twin, or one whose twin are the same bytes again. Whether an object or
 * its twin is finished makes no difference.
 */
#include <assert.h>
#include <stdint.h>

#include "base/message.h"
#include "btf/object.h"
#include "btf/twin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void discard_message(enum message_level level, const char *text, void *arg)
{
	(void)level;
	(void)text;
	(void)arg;
}

static void finish_both(const uint8_t *data, size_t size, const struct buf *twin)
{
	struct object_options plain = {0};
	_cleanup_buf_ struct buf a = {0}, b = {0}, turned = {0};
	int err = object_finish(data, size, "fuzz.o", &plain, &a);

	assert(object_finish(twin->v, twin->n, "fuzz.o", &plain, &b) == err);
	if (err < 0)
		return;
	assert(object_twin(a.v, a.n, "fuzz.o", &turned) == 0);
	assert(turned.n == b.n && memcmp(turned.v, b.v, b.n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buf_ struct buf twin = {0}, again = {0};

	message_set_sink(discard_message, NULL);
	if (object_twin(data, size, "fuzz.o", &twin) < 0) {
		assert(twin.n == 0);
		return 0;
	}
	assert(twin.n == size);
	assert(object_is_foreign(data, size) != object_is_foreign(twin.v, twin.n));
	assert(object_twin(twin.v, twin.n, "fuzz.o", &again) == 0);
	assert(again.n == size && memcmp(again.v, data, size) == 0);
	finish_both(data, size, &twin);
	return 0;
}
