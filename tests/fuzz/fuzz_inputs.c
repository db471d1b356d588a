/*
 * Any bytes as an input of the linker. What is found lies within them, or is bitcode that was put
 * together from them; taken apart again it is one module; who wrote it can choose no path.
 */
#include <assert.h>
#include <stdint.h>

#include "base/message.h"
#include "llvm/bitstream.h"
#include "llvm/inputs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned n_messages;

static void count_message(enum message_level level, const char *text, void *arg)
{
	(void)arg;
	assert(level == MESSAGE_ERROR && *text);
	n_messages++;
}

static bool is_within(const uint8_t *p, size_t n, const uint8_t *data, size_t size)
{
	return p >= data && p <= data + size && n <= (size_t)(data + size - p);
}

/* In another file, or among what was put together. */
static bool is_elsewhere(const struct inputs *in, const struct input_module *m)
{
	vec_foreach (f, &in->files)
		if (is_within(m->data, m->size, f->data, f->size))
			return true;
	vec_foreach (p, &in->assembled)
		if (m->data == *p)
			return true;
	return false;
}

static void check_bitcode(const struct input_module *m)
{
	bitcode_modules parts = {0};
	struct producer p;

	assert(bitcode_split(m->data, m->size, m->name, &parts) == 0);
	assert(parts.n == 1 && parts.v[0].stream.at == 0);
	if (m->producer && producer_parse(m->producer, &p))
		assert(!strchr(p.rust, '/') && !strstr(p.rust, ".."));
	bitcode_modules_free(&parts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_inputs_ struct inputs in = {0};
	int err;

	n_messages = 0;
	message_set_sink(count_message, NULL);
	err = inputs_add_bytes(&in, "/nosuch/fuzz", data, size);
	/* Every failure is told, and told once. */
	assert(n_messages == (err < 0));
	vec_foreach (m, &in.modules) {
		assert(*m->name);
		assert(is_within(m->data, m->size, data, size) || is_elsewhere(&in, m));
		if (m->kind == MODULE_BITCODE)
			check_bitcode(m);
	}
	return 0;
}
