/*
 * The string table of canonical BTF in the making: strings stand in order of first use, each once,
 * and only those that are used.
 */
#ifndef SKEP_BTF_CANONICAL_STRINGS_H
#define SKEP_BTF_CANONICAL_STRINGS_H

#include <stdint.h>

#include "base/map.h"
#include "base/str.h"
#include "btf/object.h"

struct canonical_strings {
	const char *old; /* the string section of the input */
	uint32_t *known; /* new offset by old offset, 0: not used yet */
	struct map offsets;
	struct map paths;		   /* path as it was -> new offset */
	uint32_t last_path, last_path_new; /* neighbouring lines mostly have one path */
	struct strv texts;		   /* what the maps' keys point to, where that is not old */
	const struct object_options *options;
	struct buf out;
	size_t max; /* out does not grow beyond it */
};

/* old ends with a NUL and must outlive the result, which canonical_strings_free releases. */
void canonical_strings_init(struct canonical_strings *s, const char *old, uint32_t size,
			    const struct object_options *options);
void canonical_strings_free(struct canonical_strings *s);
#define _cleanup_canonical_strings_ _cleanup_(canonical_strings_free)

/* Whether there was no room for all: strings that overlap would take far more than they did. */
static inline bool canonical_strings_full(const struct canonical_strings *s)
{
	return s->out.n > s->max;
}

/* The new offset of the string at an old offset, which lies within the old strings. */
uint32_t canonical_string(struct canonical_strings *s, uint32_t old);
/* The same for the path of a source file, which gets its machine-independent name. */
uint32_t canonical_string_path(struct canonical_strings *s, uint32_t old);

#endif
