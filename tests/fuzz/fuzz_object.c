/* Any bytes as a compiled object: finishing says no, or gives what finishing leaves alone. */
#include <assert.h>
#include <stdint.h>

#include "base/message.h"
#include "btf/object.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void discard_message(enum message_level level, const char *text, void *arg)
{
	(void)level;
	(void)text;
	(void)arg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct object_path paths[] = {{"/usr/include", "system"}, {".", ""}};
	struct object_options with_debug = {.keep_debug = true, .paths = paths, .n_paths = 2};
	struct object_options plain = {0};
	_cleanup_buf_ struct buf once = {0}, twice = {0}, debug = {0};

	message_set_sink(discard_message, NULL);
	if (object_finish(data, size, "fuzz.o", &plain, &once) == 0) {
		assert(object_finish(once.v, once.n, "fuzz.o", &plain, &twice) == 0);
		assert(once.n == twice.n && memcmp(once.v, twice.v, once.n) == 0);
	} else {
		assert(once.n == 0);
	}
	object_finish(data, size, "fuzz.o", &with_debug, &debug);
	return 0;
}
