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
	bool has_sides;	   /* #elif or #else */
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
	bool is_cut;	   /* a declaration of which not all, outside of its braces and parentheses,
			      stands under the same conditional */
	uint32_t within;   /* the conditional, or OUTLINE_NONE; of a declaration see its segments */
	uint32_t name;	   /* of a macro */
	uint32_t first, n; /* tokens, or segments */
};

/* Tokens of a declaration, with no directive between them. */
struct outline_segment {
	uint32_t first, n;
	uint32_t within;
};

/* Segments with which a declaration begins that goes on in another file. */
struct outline_joint {
	uint32_t first, n;
};

struct outline {
	const struct file_tokens *tokens; /* borrowed */
	/* Conditionals cut through parentheses, or a side of one ends a declaration that is not its
	 * own: where declarations end is a guess. */
	bool torn;
	/* So it is in the unit's other files: braces are closed in another one than they are opened
	 * in, or by a macro that stands for one side of them only, or are written in a way that is
	 * not read here. */
	bool ajar;
	/* Something is used by way of a string that names it: alias("name"), asm("name"). */
	bool by_string;
	VEC(struct outline_conditional) conditionals;
	VEC(uint32_t) conditions; /* token indices of words */
	VEC(struct outline_item) items;
	VEC(struct outline_segment) segments;
	VEC(struct outline_joint) joints;
};

/* tokens must outlive it. Never NULL. */
struct outline *outline_make(const struct file_tokens *tokens, const struct words *words,
			     uint32_t first_keyword);
void outline_free(struct outline *o);

/* Whether n tokens are an extern "C" {, after which there are declarations as before. */
bool outline_is_linkage(const uint32_t *v, uint32_t n, uint32_t first_keyword);

#endif
