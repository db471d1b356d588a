/* What the files of depends.h share. */
#ifndef SKEP_SLICE_DEPENDS_PARTS_H
#define SKEP_SLICE_DEPENDS_PARTS_H

#include "slice/depends.h"
#include "slice/keywords.h"

/* What a word brings with it, by itself or through the macros in its body. */
enum trait {
	TRAIT_COUNTS = 1, /* it means something for what follows: __COUNTER__, a pragma */
	TRAIT_TAGS = 2,	  /* struct, union, enum */
	TRAIT_PASTES = 4,
	TRAIT_EXTERN = 8,
	TRAIT_EMITS = 16, /* keyword_emits */
	TRAIT_COMMAS = 32,
};

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
	uint8_t *traits;     /* by word: enum trait */
	uint8_t *mentioned;  /* by word: some file has it among its tokens */
	VEC(uint32_t) found; /* all words that depend, in the order they were found */
	struct progress *files;
	/* No declaration waits for somebody to mention it, for it cannot be told where it ends, or
	 * something may have an effect on it without naming it. */
	bool all_emit;
	bool has_reason;
	struct depends_reason reason;
};

/* The word on which a declaration depends, or WORDS_NONE; *ret_token: from which token on. */
uint32_t word_of_declaration(const struct search *s, uint32_t file, const struct outline_item *item,
			     uint32_t *ret_token);

/* Notes that a word depends on another. */
void search_add(struct search *s, uint32_t word, uint32_t because);

/* What a declaration that depends means: the names it declares, or an effect by itself. */
enum declares {
	DECLARES_NAMES,
	DECLARES_EFFECT,
};

/* names is filled; it may have been used before. *ret_may_grow: with other words that depend there
 * may be more of them. */
typedef VEC(uint32_t) word_list;
enum declares declaration_names(const struct search *s, uint32_t file,
				const struct outline_item *item, word_list *names,
				bool *ret_may_grow);

/*
 * Whether the first of n tokens is a _Pragma of a text that is not known. One of a macro is taken
 * to say what is wrong, as in bpf_tracing.h, and not how to go on.
 */
bool tokens_are_pragma(const uint32_t *v, uint32_t n);

/* Fills the words' traits. */
void search_find_traits(struct search *s);
/* Whether the unit is one of those where all declarations have an effect: see all_emit. */
bool search_all_emit(const struct search *s);

/*
 * Adds the pieces of which ## can make words that depend, from the one with index first in found
 * on. False when a piece cannot be told.
 */
bool search_pastes(struct search *s, const struct patterns *p, size_t first);

#endif
