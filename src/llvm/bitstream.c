#include "llvm/bitstream.h"

#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "base/message.h"
#include "base/str.h"
#include "llvm/bits.h"

#define WORD 4 /* bytes: what blocks are aligned to within a stream */

/* Blocks at the outermost level. */
enum {
	BLOCK_MODULE = 8,
	BLOCK_IDENTIFICATION = 13,
	BLOCK_STRTAB = 23,
};

/* Readers stop this close to the end: some archivers leave padding of their own there. */
#define TAIL_MAX 8

static const uint8_t magic[WORD] = {'B', 'C', 0xc0, 0xde};
static const uint8_t wrapper_magic[WORD] = {0xde, 0xc0, 0x17, 0x0b};

/* The wrapper, little-endian: magic, version, offset and size of what is in it, a machine. */
#define WRAPPER_SIZE 20
#define WRAPPER_OFFSET 8
#define WRAPPER_LENGTH 12

struct block {
	uint64_t id;
	unsigned width;	     /* bits of the abbreviation ids in it */
	struct span content; /* within the stream */
};

static bool begins_with(const uint8_t *data, size_t size, const uint8_t word[static WORD])
{
	return size >= WORD && memcmp(data, word, WORD) == 0;
}

bool bitcode_is(const uint8_t *data, size_t size)
{
	return begins_with(data, size, magic) || begins_with(data, size, wrapper_magic);
}

static uint32_t word_at(const uint8_t *data)
{
	uint32_t word;

	memcpy(&word, data, sizeof(word));
	return le32toh(word);
}

static int damaged(const char *what, size_t at, const char *why)
{
	return message_error(-EBADMSG, "link: %s: bitcode at byte %zu: %s; the file is damaged",
			     what, at, why);
}

/* Reads the head of the block at that byte; false when there is none that ends in time. */
static bool read_block(const uint8_t *data, size_t size, size_t at, struct block *ret)
{
	struct bits b = {data, size, (uint64_t)at * 8, false};
	uint64_t words;

	if (bits_read(&b, 2) != BITS_ENTER_BLOCK)
		return false;
	ret->id = bits_read_vbr(&b, 8);
	ret->width = (unsigned)bits_read_vbr(&b, 4);
	bits_align(&b);
	words = bits_read(&b, 32);
	if (b.failed)
		return false;
	ret->content.at = (size_t)(b.at / 8);
	if (words > (size - ret->content.at) / WORD)
		return false;
	ret->content.size = (size_t)words * WORD;
	return true;
}

/* Names are for messages and for choosing a library: nothing but visible ASCII. */
static char *read_producer(const uint8_t *stream, const struct block *b)
{
	_cleanup_buf_ struct buf text = {0};

	if (!bits_find_text(stream + b->content.at, b->content.size, b->width, BITS_IDENTIFIER,
			    &text))
		return NULL;
	for (size_t i = 0; i < text.n; i++)
		if (!isgraph((unsigned char)text.v[i]))
			return NULL;
	return text.n ? buf_steal(&text) : NULL;
}

/* Where one is while walking a stream's blocks. */
struct walk {
	const uint8_t *data; /* the stream and all after it */
	size_t size, at;     /* at: the next block, from the stream's beginning */
	size_t base;	     /* of the stream in what was given */
	size_t identified;   /* where the last identification block begins, or 0 */
	char *producer;	     /* that it names, or NULL */
	bitcode_modules *ret;
	size_t first;	/* index of the stream's first module in ret */
	size_t unnamed; /* index of the first that has no names yet */
};

static void end_module(struct walk *w, size_t end)
{
	size_t begin = w->identified ? w->identified : w->at;
	struct bitcode_module m = {
		.blocks = {w->base + begin, end - begin},
		.producer = steal(&w->producer),
	};

	vec_push(w->ret, m);
	w->identified = 0;
}

static void take_block(struct walk *w, const struct block *b)
{
	size_t end = b->content.at + b->content.size;

	switch (b->id) {
	case BLOCK_IDENTIFICATION:
		free(w->producer);
		w->producer = read_producer(w->data, b);
		w->identified = w->at;
		break;
	case BLOCK_MODULE:
		end_module(w, end);
		break;
	case BLOCK_STRTAB:
		/* It serves all modules before it that have none. */
		for (; w->unnamed < w->ret->n; w->unnamed++)
			w->ret->v[w->unnamed].strings = (struct span){w->base + w->at, end - w->at};
		break;
	}
	w->at = end;
}

/* Whether a stream ends here: nothing more, padding, or another stream. */
static bool is_end(const struct walk *w)
{
	const uint8_t *rest = w->data + w->at;
	size_t left = w->size - w->at;

	return left < WORD || bitcode_is(rest, left) || word_at(rest) == 0;
}

/* Walks a stream from its magic number on; *ret_end is where it ends, in what was given. */
static int walk_stream(struct walk *w, const char *what, size_t *ret_end)
{
	w->first = w->unnamed = w->ret->n;
	for (w->at = WORD; !is_end(w);) {
		struct block b;

		if (read_block(w->data, w->size, w->at, &b)) {
			take_block(w, &b);
			continue;
		}
		if (w->size - w->at > TAIL_MAX || w->ret->n == w->first)
			return damaged(what, w->base + w->at, "no block that ends within the file");
		break;
	}
	if (w->ret->n == w->first)
		return damaged(what, w->base, "there is no module in it");
	for (size_t i = w->first; i < w->ret->n; i++)
		w->ret->v[i].stream = (struct span){w->base, w->at};
	*ret_end = w->base + w->at;
	return 0;
}

static int split_stream(const uint8_t *data, size_t begin, size_t end, const char *what,
			bitcode_modules *ret, size_t *ret_end)
{
	struct walk w = {.data = data + begin, .size = end - begin, .base = begin, .ret = ret};
	int err = walk_stream(&w, what, ret_end);

	free(w.producer);
	return err;
}

/* What a wrapper at that byte holds; false when that is not all there. */
static bool read_wrapper(const uint8_t *data, size_t at, size_t end, struct span *ret)
{
	uint64_t offset, length;

	if (end - at < WRAPPER_SIZE)
		return false;
	offset = word_at(data + at + WRAPPER_OFFSET);
	length = word_at(data + at + WRAPPER_LENGTH);
	if (offset < WRAPPER_SIZE || offset + length > end - at)
		return false;
	*ret = (struct span){at + (size_t)offset, (size_t)length};
	return true;
}

/* Streams one after another, with zeros between them; a wrapper in a wrapper is none. */
static int split_range(const uint8_t *data, struct span range, bool is_wrapped, const char *what,
		       bitcode_modules *ret)
{
	const size_t end = range.at + range.size;
	struct span inside;
	int err = 0;

	for (size_t at = range.at; err == 0 && at < end;) {
		if (data[at] == 0) {
			at++;
		} else if (begins_with(data + at, end - at, magic)) {
			err = split_stream(data, at, end, what, ret, &at);
		} else if (!is_wrapped && begins_with(data + at, end - at, wrapper_magic)) {
			if (!read_wrapper(data, at, end, &inside))
				return damaged(what, at, "its wrapper reaches beyond the end");
			err = split_range(data, inside, true, what, ret);
			at = inside.at + inside.size;
		} else if (end - at <= TAIL_MAX && ret->n) {
			break;
		} else {
			err = damaged(what, at, "no magic number");
		}
	}
	return err;
}

int bitcode_split(const uint8_t *data, size_t size, const char *what, bitcode_modules *ret)
{
	return split_range(data, (struct span){0, size}, false, what, ret);
}

void bitcode_modules_free(bitcode_modules *list)
{
	vec_foreach (m, list)
		free(m->producer);
	vec_free(list);
}
