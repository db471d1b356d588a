/* Bits, least significant first, and the records in a block of a bitstream. */
#ifndef SKEP_LLVM_BITS_H
#define SKEP_LLVM_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* Abbreviation ids that every block has; those it defines itself follow. */
enum { BITS_END_BLOCK, BITS_ENTER_BLOCK, BITS_DEFINE, BITS_UNABBREVIATED, BITS_FIRST_DEFINED };

/* Code of the record with the producer's name in an identification block. */
#define BITS_IDENTIFIER 1

struct bits {
	const uint8_t *data;
	size_t size; /* bytes */
	uint64_t at; /* bits */
	bool failed; /* something was read beyond the end, or was out of range */
};

/* A number of width bits, 64 at most; 0 after a failure. */
uint64_t bits_read(struct bits *b, unsigned width);
/* A number in groups of width bits, of which the highest says that more follow. */
uint64_t bits_read_vbr(struct bits *b, unsigned width);
/* Goes on to the next multiple of 32 bits. */
void bits_align(struct bits *b);

/*
 * Appends the values of a block's first record of that code as bytes. width is that of
 * abbreviation ids in the block. False when there is none, when it cannot be understood from the
 * block alone, or when the record is unreasonably long.
 */
bool bits_find_text(const uint8_t *data, size_t size, unsigned width, uint64_t code,
		    struct buf *ret);

#endif
