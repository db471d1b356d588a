#include "kernel/wire.h"

#include <errno.h>
#include <zlib.h>

#include "base/file.h"
#include "store/codec.h"

#define MAGIC 0x50454b53u /* "SKEP" */
#define HEADER_SIZE 12	  /* magic, type, size */
#define CHECK_SIZE 4
#define FIRST_MAX (128 << 10) /* bytes; of the first frame; what says it is larger is noise */

static uint32_t check_of(const char *frame, size_t size)
{
	/* All but the magic. */
	return (uint32_t)crc32(0, (const unsigned char *)frame + 4,
			       (unsigned)(HEADER_SIZE - 4 + size));
}

void wire_put(struct buf *b, enum wire_type type, const void *payload, size_t size)
{
	size_t start = b->n;

	put_u32(b, MAGIC);
	put_u32(b, type);
	put_u32(b, (uint32_t)size);
	if (size)
		buf_add(b, payload, size);
	put_u32(b, check_of(b->v + start, size));
}

int wire_write(int fd, enum wire_type type, const void *payload, size_t size)
{
	_cleanup_buf_ struct buf b = {0};

	wire_put(&b, type, payload, size);
	return file_write_fd(fd, b.v, b.n);
}

void wire_feed(struct wire_reader *r, const void *data, size_t size)
{
	/* What was handed out goes when it is most of what is there: each byte moves a few times.
	 */
	if (r->used && r->used >= r->pending.n / 2) {
		r->pending.n -= r->used;
		memmove(r->pending.v, r->pending.v + r->used, r->pending.n);
		r->used = 0;
	}
	buf_add(&r->pending, data, size);
}

/* As wire_next, for the frame that begins at pending[used]. */
static int read_frame(const struct wire_reader *r, struct wire_frame *ret)
{
	const char *at = r->pending.v + r->used, *end = r->pending.v + r->pending.n;
	struct reader in = {.at = at, .end = end};
	uint32_t magic = get_u32(&in), type = get_u32(&in), size = get_u32(&in);

	if (in.bad)
		return 0;
	if (magic != MAGIC || type < WIRE_HELLO || type > WIRE_PACKED ||
	    size > (r->has_begun ? WIRE_MAX_PAYLOAD : FIRST_MAX))
		return -EBADMSG;
	if ((size_t)(end - in.at) < size + CHECK_SIZE)
		return 0;
	*ret = (struct wire_frame){.type = type, .payload = get_bytes(&in, size), .size = size};
	return get_u32(&in) == check_of(at, size) ? 1 : -EBADMSG;
}

/* Goes on to the next place that looks like the magic, or to the last bytes that may begin it. */
static void skip_noise(struct wire_reader *r)
{
	static const char magic[] = "SKEP";

	for (; r->used < r->pending.n; r->used++) {
		size_t left = r->pending.n - r->used;

		if (memcmp(r->pending.v + r->used, magic, left < 4 ? left : 4) == 0)
			return;
	}
}

int wire_next(struct wire_reader *r, struct wire_frame *ret)
{
	struct wire_frame frame;
	int got;

	if (!r->has_begun)
		skip_noise(r);
	while ((got = read_frame(r, &frame)) < 0 && !r->has_begun) {
		r->used++;
		skip_noise(r);
	}
	if (got <= 0)
		return got;
	r->has_begun = true;
	r->used += HEADER_SIZE + frame.size + CHECK_SIZE;
	*ret = frame;
	return 1;
}

void wire_reader_free(struct wire_reader *r)
{
	buf_free(&r->pending);
	*r = (struct wire_reader){0};
}
