/* Bitcode by hand: streams with blocks of which only the identification means anything. */
#ifndef SKEP_TESTS_UNIT_BITCODE_WRITER_H
#define SKEP_TESTS_UNIT_BITCODE_WRITER_H

#include <stdint.h>

#include "base/str.h"

enum { IDENTIFICATION = 13, MODULE = 8, STRTAB = 23, SYMTAB = 25 };

/* Whole bytes in b; the bits after them in rest. */
struct bit_writer {
	struct buf b;
	uint64_t rest;
	unsigned n_rest;
	size_t start; /* where the stream begins: blocks are aligned relative to that */
};

static inline void put_bits(struct bit_writer *w, uint64_t value, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		w->rest |= (value >> i & 1) << w->n_rest;
		if (++w->n_rest == 8) {
			buf_putc(&w->b, (char)w->rest);
			w->rest = w->n_rest = 0;
		}
	}
}

static inline void put_vbr(struct bit_writer *w, uint64_t value, unsigned n)
{
	const uint64_t more = 1ull << (n - 1);

	for (; value >= more; value >>= n - 1)
		put_bits(w, value | more, n);
	put_bits(w, value, n);
}

static inline void put_align(struct bit_writer *w)
{
	while (w->n_rest || (w->b.n - w->start) % 4)
		put_bits(w, 0, 1);
}

/* Opens a block; the result is for end_block. */
static inline size_t begin_block(struct bit_writer *w, unsigned id, unsigned width)
{
	put_bits(w, 1, 2);
	put_vbr(w, id, 8);
	put_vbr(w, width, 4);
	put_align(w);
	put_bits(w, 0, 32);
	return w->b.n;
}

static inline void end_block(struct bit_writer *w, size_t begin, unsigned width)
{
	uint32_t words;

	put_bits(w, 0, width);
	put_align(w);
	words = (uint32_t)((w->b.n - begin) / 4);
	for (unsigned i = 0; i < 4; i++)
		w->b.v[begin - 4 + i] = (char)(words >> 8 * i);
}

static inline void put_magic(struct bit_writer *w)
{
	w->start = w->b.n;
	buf_add(&w->b, "BC\xc0\xde", 4);
}

/* A block with a few bytes in it that nobody looks at. */
static inline void put_block(struct bit_writer *w, unsigned id, const char *content)
{
	size_t begin = begin_block(w, id, 3);

	for (; *content; content++)
		put_bits(w, (uint8_t)*content, 8);
	end_block(w, begin, 3);
}

/* How the name is written down. */
enum name_style { PLAIN, AS_CHAR6, AS_FIXED8, AS_VBR, AS_BLOB, N_NAME_STYLES };

static inline void put_name_abbreviation(struct bit_writer *w, enum name_style style)
{
	static const unsigned encodings[] = {
		[AS_CHAR6] = 4, [AS_FIXED8] = 1, [AS_VBR] = 2, [AS_BLOB] = 5};

	put_bits(w, 2, 5);
	put_vbr(w, style == AS_BLOB ? 2 : 3, 5);
	put_bits(w, 1, 1); /* the record's code, 1 */
	put_vbr(w, 1, 8);
	if (style != AS_BLOB) {
		put_bits(w, 0, 1);
		put_bits(w, 3, 3); /* an array */
	}
	put_bits(w, 0, 1);
	put_bits(w, encodings[style], 3);
	if (style == AS_FIXED8 || style == AS_VBR)
		put_vbr(w, 8, 5);
}

static inline void put_char6(struct bit_writer *w, char c)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._";

	put_bits(w, (uint64_t)(strchr(letters, c) - letters), 6);
}

static inline void put_letter(struct bit_writer *w, enum name_style style, char c)
{
	if (style == PLAIN)
		put_vbr(w, (uint8_t)c, 6);
	else if (style == AS_CHAR6)
		put_char6(w, c);
	else if (style == AS_VBR)
		put_vbr(w, (uint8_t)c, 8);
	else
		put_bits(w, (uint8_t)c, 8);
}

static inline void put_name(struct bit_writer *w, enum name_style style, const char *name)
{
	if (style == PLAIN) {
		put_bits(w, 3, 5);
		put_vbr(w, 1, 6);
	} else {
		put_name_abbreviation(w, style);
		put_bits(w, 4, 5);
	}
	put_vbr(w, strlen(name), 6);
	if (style == AS_BLOB)
		put_align(w);
	for (; *name; name++)
		put_letter(w, style, *name);
	if (style == AS_BLOB)
		put_align(w);
}

/* An identification block: before the name another record, a nested block, and behind it more. */
static inline void put_identification(struct bit_writer *w, enum name_style style, const char *name)
{
	size_t begin = begin_block(w, IDENTIFICATION, 5), inner;

	put_bits(w, 3, 5);
	put_vbr(w, 7, 6);
	put_vbr(w, 2, 6);
	put_vbr(w, 1, 6);
	put_vbr(w, 123456, 6);
	put_bits(w, 1, 5);
	put_vbr(w, 99, 8);
	put_vbr(w, 3, 4);
	put_align(w);
	put_bits(w, 0, 32);
	inner = w->b.n;
	end_block(w, inner, 3);
	put_name(w, style, name);
	put_bits(w, 3, 5);
	put_vbr(w, 2, 6);
	put_vbr(w, 1, 6);
	put_vbr(w, 0, 6);
	end_block(w, begin, 5);
}

/* What LLVM writes: who it is, the module, its symbols, its strings. */
static inline void put_module(struct bit_writer *w, enum name_style style, const char *name)
{
	put_magic(w);
	put_identification(w, style, name);
	put_block(w, MODULE, name);
	put_block(w, SYMTAB, "symbols");
	put_block(w, STRTAB, "strings");
}

/* The wrapper around what begins at that byte. */
static inline void wrap(struct bit_writer *w, size_t at)
{
	_cleanup_buf_ struct buf inside = {0};
	const uint32_t header[] = {0x0b17c0de, 0, 20, (uint32_t)(w->b.n - at), 7};

	buf_add(&inside, w->b.v + at, w->b.n - at);
	w->b.n = at;
	for (size_t i = 0; i < 5; i++)
		for (unsigned k = 0; k < 4; k++)
			buf_putc(&w->b, (char)(header[i] >> 8 * k));
	buf_add(&w->b, inside.v, inside.n);
}

#endif
