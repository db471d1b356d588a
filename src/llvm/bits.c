#include "llvm/bits.h"

/* More operands in an abbreviation, or more abbreviations in a block, are given up on. */
#define OPERANDS_MAX 32
#define ABBREVIATIONS_MAX 32
/* So are records of more values; producers have some thirty letters. */
#define VALUES_MAX 1024

enum encoding { LITERAL, FIXED, VBR, ARRAY, CHAR6, BLOB, N_ENCODINGS };

struct operand {
	enum encoding encoding;
	uint64_t number; /* the literal, or the width */
};

struct abbreviation {
	struct operand operands[OPERANDS_MAX];
	size_t n;
};

struct abbreviations {
	struct abbreviation v[ABBREVIATIONS_MAX];
	size_t n;
};

/* A record as it is read: the first value is its code. */
struct record {
	uint64_t values[VALUES_MAX];
	size_t n;
};

static const char char6[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._";

uint64_t bits_read(struct bits *b, unsigned width)
{
	uint64_t value = 0, left = (uint64_t)b->size * 8 - b->at;

	if (b->failed || width > 64 || width > left) {
		b->failed = true;
		return 0;
	}
	for (unsigned have = 0; have < width;) {
		unsigned shift = b->at % 8;
		unsigned n = width - have < 8 - shift ? width - have : 8 - shift;
		uint64_t part = (uint64_t)(b->data[b->at / 8] >> shift) & ((1u << n) - 1);

		value |= part << have;
		have += n;
		b->at += n;
	}
	return value;
}

uint64_t bits_read_vbr(struct bits *b, unsigned width)
{
	uint64_t value = 0, more, part;

	if (width < 2 || width > 32) {
		b->failed = true;
		return 0;
	}
	more = 1ull << (width - 1);
	for (unsigned shift = 0; shift < 64; shift += width - 1) {
		part = bits_read(b, width);
		value |= (part & (more - 1)) << shift;
		if (!(part & more))
			return b->failed ? 0 : value;
	}
	b->failed = true;
	return 0;
}

void bits_align(struct bits *b)
{
	bits_read(b, (unsigned)(-b->at % 32));
}

static void put_value(struct bits *b, struct record *r, uint64_t value)
{
	if (r->n == VALUES_MAX)
		b->failed = true;
	else
		r->values[r->n++] = value;
}

static uint64_t read_scalar(struct bits *b, const struct operand *o)
{
	switch (o->encoding) {
	case LITERAL:
		return o->number;
	case FIXED:
		return bits_read(b, (unsigned)o->number);
	case VBR:
		return o->number ? bits_read_vbr(b, (unsigned)o->number) : 0;
	case CHAR6:
		return (uint8_t)char6[bits_read(b, 6)];
	default:
		b->failed = true;
		return 0;
	}
}

static void read_array(struct bits *b, const struct operand *element, struct record *r)
{
	uint64_t n = bits_read_vbr(b, 6);

	for (uint64_t i = 0; i < n && !b->failed; i++)
		put_value(b, r, read_scalar(b, element));
}

static void read_blob(struct bits *b, struct record *r)
{
	uint64_t n = bits_read_vbr(b, 6);

	bits_align(b);
	for (uint64_t i = 0; i < n && !b->failed; i++)
		put_value(b, r, bits_read(b, 8));
	bits_align(b);
}

static void read_abbreviated(struct bits *b, const struct abbreviation *a, struct record *r)
{
	for (size_t i = 0; i < a->n && !b->failed; i++) {
		const struct operand *o = &a->operands[i];

		if (o->encoding == ARRAY && i + 2 == a->n)
			return read_array(b, o + 1, r);
		if (o->encoding == BLOB)
			read_blob(b, r);
		else
			put_value(b, r, read_scalar(b, o));
	}
}

static void read_unabbreviated(struct bits *b, struct record *r)
{
	uint64_t n;

	put_value(b, r, bits_read_vbr(b, 6));
	n = bits_read_vbr(b, 6);
	for (uint64_t i = 0; i < n && !b->failed; i++)
		put_value(b, r, bits_read_vbr(b, 6));
}

static struct operand read_operand(struct bits *b)
{
	struct operand o = {.encoding = LITERAL};

	if (bits_read(b, 1)) {
		o.number = bits_read_vbr(b, 8);
		return o;
	}
	o.encoding = (enum encoding)bits_read(b, 3);
	if (o.encoding == LITERAL || o.encoding >= N_ENCODINGS)
		b->failed = true;
	if (o.encoding == FIXED || o.encoding == VBR)
		o.number = bits_read_vbr(b, 5);
	if (o.number > (o.encoding == VBR ? 32 : 64))
		b->failed = true;
	return o;
}

static void define(struct bits *b, struct abbreviations *known)
{
	uint64_t n = bits_read_vbr(b, 5);
	struct abbreviation *a = &known->v[known->n];

	if (n > OPERANDS_MAX || known->n == ABBREVIATIONS_MAX) {
		b->failed = true;
		return;
	}
	for (a->n = 0; a->n < n && !b->failed; a->n++)
		a->operands[a->n] = read_operand(b);
	known->n++;
}

static void skip_block(struct bits *b)
{
	uint64_t words;

	bits_read_vbr(b, 8);
	bits_read_vbr(b, 4);
	bits_align(b);
	words = bits_read(b, 32);
	if (b->failed || words * 32 > (uint64_t)b->size * 8 - b->at)
		b->failed = true;
	else
		b->at += words * 32;
}

/* Reads up to the end of the next record, whose values are left in r; false when there is none. */
static bool next_record(struct bits *b, unsigned width, struct abbreviations *known,
			struct record *r)
{
	for (r->n = 0; !b->failed;) {
		uint64_t id = bits_read(b, width);

		if (b->failed || id == BITS_END_BLOCK)
			return false;
		if (id == BITS_ENTER_BLOCK) {
			skip_block(b);
		} else if (id == BITS_DEFINE) {
			define(b, known);
		} else {
			if (id == BITS_UNABBREVIATED)
				read_unabbreviated(b, r);
			else if (id - BITS_FIRST_DEFINED < known->n)
				read_abbreviated(b, &known->v[id - BITS_FIRST_DEFINED], r);
			else
				b->failed = true;
			return !b->failed && r->n;
		}
	}
	return false;
}

bool bits_find_text(const uint8_t *data, size_t size, unsigned width, uint64_t code,
		    struct buf *ret)
{
	struct abbreviations known = {.n = 0};
	struct bits b = {data, size, 0, width < 2 || width > 32};
	struct record r;

	while (next_record(&b, width, &known, &r)) {
		if (r.values[0] != code)
			continue;
		for (size_t i = 1; i < r.n; i++)
			buf_putc(ret, (char)r.values[i]);
		return true;
	}
	return false;
}
