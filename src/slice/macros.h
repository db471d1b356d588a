/*
 * The names that macros can make with ##. No preprocessing happens: every definition of a macro
 * counts, on all sides of conditionals, and what a parameter may receive is followed through all
 * calls in all files. The result covers every name that a preprocessor could make, and more.
 */
#ifndef SKEP_SLICE_MACROS_H
#define SKEP_SLICE_MACROS_H

#include "base/str.h"
#include "slice/words.h"

/* What can be said of one file: its definitions and its mentions of words. */
struct file_macros;

/*
 * Prepares a file; the result points into tokens and serves any number of units. Adds names that
 * are made without parameters to the words.
 */
struct file_macros *macros_prepare(struct words *w, const struct file_tokens *tokens);
void macros_free(struct file_macros *m);

/*
 * Appends a definition as -D takes it ("NAME", "NAME=VALUE", "NAME(PARAMETERS)=BODY") as a line of
 * source. A unit's definitions together are one more file of it.
 */
void macros_put_definition(struct buf *text, const char *definition);

enum piece_kind {
	PIECE_TEXT,  /* one word: words[first] */
	PIECE_WORDS, /* one of a sorted set: words[first] up to words[first + n - 1] */
	PIECE_ANY,   /* any identifier or number in the unit's files */
	PIECE_WILD,  /* any text at all, none included: the result of another paste, perhaps */
};

struct piece {
	uint8_t kind;
	bool may_be_empty;  /* the name without this piece is possible as well */
	bool may_be_number; /* any decimal number is possible as well (__LINE__, __COUNTER__) */
	uint32_t first, n;  /* into patterns.words; 0 when the kind has no words */
};

/* A name is one choice for each piece, joined. */
struct pattern {
	uint32_t first, n; /* into patterns.pieces */
};

/* Sorted, each pattern once. */
struct patterns {
	VEC(struct pattern) list;
	VEC(struct piece) pieces;
	VEC(uint32_t) words;
};

/*
 * The names that ## can make in a unit that consists of these files, in any order. What the
 * compiler predefines is known only if it is among them. ret is zero, or patterns to replace.
 */
void patterns_find(const struct words *w, const struct file_macros *const *files, size_t n,
		   struct patterns *ret);
void patterns_free(struct patterns *p);

#endif
