/* What the files of cutter.h share. */
#ifndef SKEP_SLICE_CUTTER_PARTS_H
#define SKEP_SLICE_CUTTER_PARTS_H

#include "base/map.h"
#include "slice/cutter.h"
#include "slice/outline.h"
#include "slice/pastes.h"
#include "slice/slice.h"

/* The helpers' header, indexed by itself. */
struct helpers {
	struct buf data;
	struct index index;
	struct pastes pastes;
	uint32_t *words; /* of each entity's name, or WORDS_NONE */
	uint8_t *wanted; /* names that ## makes */
	const struct source_index *of;
	VEC(uint32_t) declared; /* entities of that index which helpers' prototypes mention */
};

/* A file that units read, or a text. */
struct source {
	struct file_tokens *tokens;
	struct file_macros *macros;
	struct helpers *helpers; /* in their place, for the helpers' header */
	struct outline *outline; /* when it was wanted */
};

/* An index that slices are cut from. */
struct source_index {
	const struct index *index;
	struct slice slice;
	struct pastes pastes;
	VEC(uint32_t) names;  /* by word: its name, INDEX_NONE, or NOT_ASKED */
	struct source macros; /* of the header itself */
};

#define NOT_ASKED (INDEX_NONE - 1)

struct cutter {
	struct files *files;
	struct words *words;
	uint32_t first_keyword;
	uint32_t tag_word;  /* btf_type_tag */
	struct map sources; /* path -> struct source */
	VEC(struct source_index *) indexes;
	/* Words that the unit at hand mentions: those marked with its number. */
	VEC(uint32_t) seen;
	uint32_t unit;
	/* Of the unit's files. */
	VEC(const struct file_macros *) macros;
	VEC(const struct file_tokens *) tokens;
	VEC(struct helpers *) helpers;
};

/* Reads a text: its tokens and macros. The text need not live on. */
void source_scan(struct cutter *c, const char *text, size_t size, struct source *ret);
void source_clear(struct source *s);
/* A file, read once for all units. Negative errno after a message. */
int source_get(struct cutter *c, struct file *file, struct source **ret);

#endif
