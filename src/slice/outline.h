/*
 * A file as a list of what it says: definitions of macros, other directives, declarations, each
 * under its conditionals. Nothing is preprocessed; both sides of every conditional are there.
 * Private to this room.
 */
#ifndef SKEP_SLICE_OUTLINE_H
#define SKEP_SLICE_OUTLINE_H

#include "base/mem.h"
#include "slice/words.h"

#define OUTLINE_NONE UINT32_MAX

/* From an #if to its #endif: all sides together. */
struct outline_conditional {
	uint32_t outer;	   /* index, or OUTLINE_NONE */
	uint32_t first, n; /* into outline.conditions: words of all its conditions */
};

enum outline_kind {
	OUTLINE_DEFINE, /* of name; tokens are the rest of the line */
	OUTLINE_UNDEF,
	OUTLINE_INCLUDE,
	OUTLINE_DIRECTIVE,   /* #error, #pragma and the like; tokens are the line */
	OUTLINE_DECLARATION, /* or what looks like one; segments */
};

struct outline_item {
	uint8_t kind;
	uint32_t within;   /* the conditional, or OUTLINE_NONE; of a declaration see its segments */
	uint32_t name;	   /* of a macro */
	uint32_t first, n; /* tokens, or segments */
};

/* Tokens of a declaration, with no directive between them. */
struct outline_segment {
	uint32_t first, n;
	uint32_t within;
};

struct outline {
	const struct file_tokens *tokens; /* borrowed */
	bool torn; /* conditionals cut through parentheses: where declarations end is a guess */
	VEC(struct outline_conditional) conditionals;
	VEC(uint32_t) conditions; /* token indices of words */
	VEC(struct outline_item) items;
	VEC(struct outline_segment) segments;
};

/* tokens must outlive it. Never NULL. */
struct outline *outline_make(const struct file_tokens *tokens, const struct words *words,
			     uint32_t first_keyword);
void outline_free(struct outline *o);

#endif
