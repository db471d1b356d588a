/* C's keywords, as far as the shape of a declaration follows from them. Private to this room. */
#ifndef SKEP_SLICE_KEYWORDS_H
#define SKEP_SLICE_KEYWORDS_H

#include "slice/words.h"

enum keyword {
	KEYWORD_NONE, /* an identifier */
	KEYWORD_TYPEDEF,
	KEYWORD_STATIC,
	KEYWORD_EXTERN,
	KEYWORD_TAG, /* struct, union */
	KEYWORD_ENUM,
	KEYWORD_TYPE,	   /* a type by itself, or a part of one */
	KEYWORD_TYPEOF,	   /* a type, in parentheses */
	KEYWORD_ATTRIBUTE, /* followed by something in parentheses that declares nothing */
	KEYWORD_PLAIN,	   /* any other */
	KEYWORD_EMITS,	   /* has an effect though nothing mentions what is declared: "used" */
	KEYWORD_ASM,	   /* so has this; and a string may name something else that is declared */
	KEYWORD_ALIAS,	   /* a string does: "alias" */
};

/* Makes the keywords known to the words; gives the id of the first. */
uint32_t keywords_add(struct words *w);
/* What a word is; first as keywords_add gave it. */
enum keyword keyword_of(uint32_t first, uint32_t word);
/* Whether what is declared with it has an effect by itself. */
static inline bool keyword_emits(enum keyword k)
{
	return k >= KEYWORD_EMITS;
}

#endif
