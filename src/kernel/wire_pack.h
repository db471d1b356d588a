/*
 * Frames made small for a device that is slow: a machine's port takes a byte at a time. The pieces
 * of one deflate stream (RFC 1951) travel as the payloads of WIRE_PACKED.
 */
#ifndef SKEP_KERNEL_WIRE_PACK_H
#define SKEP_KERNEL_WIRE_PACK_H

#include <zlib.h>

#include "kernel/wire.h"

#define WIRE_PIECE_MAX ((size_t)64 << 10) /* bytes of frames in one piece */

struct wire_packer {
	z_stream z;
	bool is_open;
};

/* Appends a frame with up to WIRE_PIECE_MAX bytes of frames; a piece may end within one. */
void wire_pack(struct wire_packer *p, const void *data, size_t size, struct buf *ret);
void wire_packer_free(struct wire_packer *p);

struct wire_unpacker {
	z_stream z;
	bool is_open;
};

/* Feeds what is in a WIRE_PACKED to a reader. -EBADMSG, without a message, when it is damaged. */
int wire_unpack(struct wire_unpacker *u, const struct wire_frame *f, struct wire_reader *to);
void wire_unpacker_free(struct wire_unpacker *u);

#endif
