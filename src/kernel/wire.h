/*
 * Frames between whoever loads programs and skep: through a pipe, or out of a virtual machine
 * through a device that may carry other bytes before the first frame. A frame is a magic u32, its
 * type, the payload's size, the payload and a CRC-32 of type, size and payload; all little-endian.
 */
#ifndef SKEP_KERNEL_WIRE_H
#define SKEP_KERNEL_WIRE_H

#include <stdint.h>

#include "base/str.h"

#define WIRE_MAX_PAYLOAD (64 << 20) /* bytes; more is damage */

enum wire_type {
	WIRE_HELLO = 1, /* string: the kernel's release */
	WIRE_OBJECT,	/* string: the name of an object that is begun */
	WIRE_VERDICT,	/* verdict_put */
	WIRE_TROUBLE,	/* string: what went wrong, for people; the job goes on if it can */
	WIRE_TRYING,	/* only from the child that loads to its parent: what it is at */
	WIRE_DONE,	/* nothing: every object was tried */
	WIRE_PACKED,	/* only out of a machine: frames, see kernel/wire_pack.h */
};

struct wire_frame {
	enum wire_type type;
	const char *payload; /* into the reader, until the next call */
	size_t size;
};

/* Zero-initialised, it waits for the first frame and skips what comes before it. */
struct wire_reader {
	struct buf pending;
	size_t used; /* bytes of pending that were handed out */
	bool has_begun;
};

void wire_put(struct buf *b, enum wire_type type, const void *payload, size_t size);
/* Writes one frame whole. Negative errno without a message. */
int wire_write(int fd, enum wire_type type, const void *payload, size_t size);

void wire_feed(struct wire_reader *r, const void *data, size_t size);
/* 1: *ret is the next frame; 0: more is needed; -EBADMSG, without a message: it is damaged. */
int wire_next(struct wire_reader *r, struct wire_frame *ret);
void wire_reader_free(struct wire_reader *r);

#endif
