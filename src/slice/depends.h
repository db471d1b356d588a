/*
 * Whether what a unit's definitions reach depends on certain macros: those that name the
 * architecture. Decided from tokens alone, and erring on one side: "no" is a proof, "yes" is not.
 *
 * A word depends on them when it is one of them, a macro whose body mentions such a word, or a name
 * that a conditional or declaration which mentions one declares or defines. Types, prototypes and
 * static functions that depend make their names depend, and nothing else: a compiler emits them
 * only where they are used. Anything else that depends (a function, a map, a pragma) makes the unit
 * depend. Names that ## can make depend on the pieces they are made of.
 *
 * So a unit that does not depend gives the same object for all, if it compiles for all: an error in
 * what nobody uses may be one architecture's alone.
 *
 * Private to this room.
 */
#ifndef SKEP_SLICE_DEPENDS_H
#define SKEP_SLICE_DEPENDS_H

#include "base/str.h"
#include "slice/macros.h"
#include "slice/outline.h"

/* A file of the unit. */
struct depends_file {
	const struct outline *outline;
	const struct file_macros *macros;
	/* All that it says depends on this word; WORDS_NONE: only what is seen to. What it includes
	 * does not. */
	uint32_t word;
};

struct depends_unit {
	const struct words *words;
	uint32_t first_keyword;
	const struct depends_file *files; /* the first is told about rather than others */
	size_t n_files;
	const uint32_t *seeds; /* words that depend, each once */
	size_t n_seeds;
};

/* Why a unit depends: this token of this file is, or stands under, the first of the words, which
 * depends on the next, and so on. */
struct depends_reason {
	uint32_t file, token;
	VEC(uint32_t) words; /* none: see what */
	const char *what;    /* a static text, or NULL */
};

/* ret_reason is set when it does; free its words. */
bool depends_find(const struct depends_unit *u, struct depends_reason *ret_reason);

#endif
