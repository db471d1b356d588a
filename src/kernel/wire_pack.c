#include "kernel/wire_pack.h"

#include <errno.h>

#define LEVEL 1	       /* processors that are emulated are slow as well */
#define WINDOW_BITS 15 /* below zero: nothing around the stream */

void wire_pack(struct wire_packer *p, const void *data, size_t size, struct buf *ret)
{
	_cleanup_buf_ struct buf out = {0};

	if (!p->is_open &&
	    deflateInit2(&p->z, LEVEL, Z_DEFLATED, -WINDOW_BITS, 8, Z_DEFAULT_STRATEGY) == Z_OK)
		p->is_open = true;
	/* A flush ends a piece on a byte, with at most a few more than that takes. */
	vec_reserve(&out, deflateBound(&p->z, size) + 16);
	p->z.next_in = (Bytef *)data;
	p->z.avail_in = (unsigned)size;
	p->z.next_out = (Bytef *)out.v;
	p->z.avail_out = (unsigned)out.cap;
	deflate(&p->z, Z_SYNC_FLUSH);
	wire_put(ret, WIRE_PACKED, out.v, out.cap - p->z.avail_out);
}

void wire_packer_free(struct wire_packer *p)
{
	if (p->is_open)
		deflateEnd(&p->z);
	*p = (struct wire_packer){0};
}

int wire_unpack(struct wire_unpacker *u, const struct wire_frame *f, struct wire_reader *to)
{
	static char piece[WIRE_PIECE_MAX];
	int got;

	if (!u->is_open && inflateInit2(&u->z, -WINDOW_BITS) != Z_OK)
		return -ENOMEM;
	u->is_open = true;
	u->z.next_in = (Bytef *)f->payload;
	u->z.avail_in = (unsigned)f->size;
	u->z.next_out = (Bytef *)piece;
	u->z.avail_out = sizeof(piece);
	got = inflate(&u->z, Z_SYNC_FLUSH);
	/* Nothing to do is an error to zlib. */
	if ((got != Z_OK && got != Z_BUF_ERROR) || u->z.avail_in)
		return -EBADMSG;
	wire_feed(to, piece, sizeof(piece) - u->z.avail_out);
	return 0;
}

void wire_unpacker_free(struct wire_unpacker *u)
{
	if (u->is_open)
		inflateEnd(&u->z);
	*u = (struct wire_unpacker){0};
}
