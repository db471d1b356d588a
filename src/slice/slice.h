/*
 * A slice: the part of a header that a translation unit needs to come out as if it had seen all of
 * it. It follows from the unit's words alone (nothing is preprocessed), in three degrees: a type
 * is declared, complete, or complete with what pointers lead to. docs/design.md has the rule.
 */
#ifndef SKEP_SLICE_SLICE_H
#define SKEP_SLICE_SLICE_H

#include "slice/index.h"

enum slice_level {
	LEVEL_NONE,
	LEVEL_DECLARED, /* pointers to it can be declared */
	LEVEL_COMPLETE,
	LEVEL_DEREF, /* a typedef of a pointer: what it points to is complete as well */
	LEVEL_PROTO, /* a typedef of a function: so are the types of its parameters */
};

/* A slice in the making. Made once for an index and used again for one unit after another. */
struct slice {
	const struct index *index;
	uint8_t *wanted;  /* names */
	uint8_t *levels;  /* of entities, enum slice_level */
	uint8_t *forward; /* entities that need a forward declaration */
	uint8_t *chosen;  /* items */
	bool *hoists;	  /* items before which forward declarations of their region go */
	VEC(uint32_t) names;
	VEC(uint32_t) todo; /* entities whose edges are to be followed */
	bool always_code;   /* every slice has code */
	/*
	 * Compilers follow function pointers and arrays of pointers in a struct, and describe what
	 * a pointer with a tag leads to just when they came across it somewhere. Who has such
	 * pointers needs what they would come across. Set between begin and close.
	 */
	bool follows_all;
	bool has_code;	  /* after slice_close: a function with its body was chosen */
	uint32_t n_lines; /* after slice_print */
};

void slice_init(struct slice *s, const struct index *index);
void slice_free(struct slice *s);

/* Forgets what was wanted, for the next unit. */
void slice_begin(struct slice *s);
/* The unit mentions a name; what a macro or function of that name mentions is wanted as well. */
void slice_want(struct slice *s, uint32_t name);
/* Something else needs an entity at a level. */
void slice_raise(struct slice *s, uint32_t entity, enum slice_level level);
/* After all that is wanted: finds everything that needs. */
void slice_close(struct slice *s);
/*
 * Appends the slice. keep_lines: every declaration stands on the line that it has in the header,
 * else nothing tells where it stood.
 */
void slice_print(struct slice *s, bool keep_lines, struct buf *ret);

#endif
