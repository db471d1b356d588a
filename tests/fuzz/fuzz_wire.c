/* Any bytes as what a virtual machine says: in one piece and byte by byte, with the same frames. */
#include <assert.h>
#include <stdint.h>

#include "kernel/verdict.h"
#include "kernel/wire_pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct ears {
	struct wire_reader outer, inner;
	struct wire_unpacker unpacker;
	struct buf frames; /* types and payloads that came out */
	bool is_damaged;
};

static void take(struct ears *e, struct wire_reader *from)
{
	struct wire_frame f;
	int got = 0;

	while (!e->is_damaged && (got = wire_next(from, &f)) == 1) {
		_cleanup_verdict_ struct verdict v = {0};

		buf_printf(&e->frames, "%d %zu ", f.type, f.size);
		buf_add(&e->frames, f.payload, f.size);
		if (f.type == WIRE_VERDICT)
			verdict_get(f.payload, f.size, &v);
		if (f.type != WIRE_PACKED || from == &e->inner)
			continue;
		if (wire_unpack(&e->unpacker, &f, &e->inner) < 0)
			e->is_damaged = true;
		else
			take(e, &e->inner);
	}
	e->is_damaged |= got < 0;
}

static void hear(struct ears *e, const uint8_t *data, size_t size, size_t piece)
{
	for (size_t at = 0; at < size; at += piece) {
		wire_feed(&e->outer, data + at, piece < size - at ? piece : size - at);
		take(e, &e->outer);
	}
}

static void ears_free(struct ears *e)
{
	wire_reader_free(&e->outer);
	wire_reader_free(&e->inner);
	wire_unpacker_free(&e->unpacker);
	buf_free(&e->frames);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ears whole = {0}, bytes = {0};

	hear(&whole, data, size, size);
	hear(&bytes, data, size, 1);
	assert(whole.is_damaged == bytes.is_damaged);
	assert(whole.frames.n == bytes.frames.n);
	assert(!whole.frames.n || memcmp(whole.frames.v, bytes.frames.v, whole.frames.n) == 0);
	ears_free(&whole);
	ears_free(&bytes);
	return 0;
}
