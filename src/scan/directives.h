/*
 * What a C file could make the preprocessor look for: its include directives on both sides of
 * every conditional, and its __has_include tests. Comments and strings are not told apart from
 * code, so this is a superset; only directives hidden by line splices or macros are missed, and
 * those the compiler's own list of files read (-MD) brings to light.
 */
#ifndef SKEP_SCAN_DIRECTIVES_H
#define SKEP_SCAN_DIRECTIVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/codec.h"

enum directive_flags {
	DIRECTIVE_ANGLE = 1, /* <name> rather than "name" */
	DIRECTIVE_NEXT = 2,  /* #include_next, __has_include_next */
	DIRECTIVE_LEAF = 4,  /* looked for or embedded, never read as C */
};

struct directive {
	unsigned flags;
	const char *name;
};

struct directives {
	bool computed;	/* an #include whose name is a macro */
	bool volatile_; /* depends on more than files: __TIME__, .incbin, computed __has_include */
	size_t n;
	struct directive v[]; /* names live in the same allocation */
};

/* Scans text, which must be NUL-terminated at text[size]. Freed with free(). */
struct directives *directives_scan(const char *text, size_t size);

/* To and from a value of the state; decoding gives NULL when the value is not sound. */
void directives_encode(const struct directives *d, struct buf *ret);
struct directives *directives_decode(struct state_value value);

#endif
