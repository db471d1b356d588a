/* What the files of depends.h share. */
#ifndef SKEP_SLICE_DEPENDS_PARTS_H
#define SKEP_SLICE_DEPENDS_PARTS_H

#include "slice/depends.h"
#include "slice/keywords.h"

/* How far the search has come with a file. */
struct progress {
	uint8_t *done;	 /* by item: nothing more follows from it */
	uint32_t *under; /* by conditional: the word it depends on, or WORDS_NONE */
};

struct search {
	const struct depends_unit *u;
	uint8_t *depends;    /* by word */
	uint32_t *cause;     /* by word that depends: on which, or WORDS_NONE for a seed */
	uint8_t *is_macro;   /* by word: some file defines it */
	uint8_t *counts;     /* by word: __COUNTER__, or a macro that makes use of it */
	uint8_t *mentioned;  /* by word: some file has it among its tokens */
	VEC(uint32_t) found; /* all words that depend, in the order they were found */
	struct progress *files;
	bool has_reason;
	struct depends_reason reason;
};

/* Notes that a word depends on another. */
void search_add(struct search *s, uint32_t word, uint32_t because);

/* What a declaration that depends means: the names it declares, or an effect by itself. */
enum declares {
	DECLARES_NAMES,
	DECLARES_EFFECT,
};

/* names is filled; it may have been used before. */
typedef VEC(uint32_t) word_list;
enum declares declaration_names(const struct search *s, const struct outline *o,
				const struct outline_item *item, word_list *names);

/*
 * Adds the pieces of which ## can make words that depend, from the one with index first in found
 * on. False when a piece cannot be told.
 */
bool search_pastes(struct search *s, const struct patterns *p, size_t first);

#endif
