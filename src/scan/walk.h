/*
 * The walk: every file a translation unit could read, found from its text and a search path
 * before a compiler is started, and every place that was looked at in vain, since a file that
 * appears there would change the outcome.
 */
#ifndef SKEP_SCAN_WALK_H
#define SKEP_SCAN_WALK_H

#include <stdbool.h>

#include "base/str.h"
#include "store/files.h"

/* The header with a kernel's types, as every BPF program calls it. */
#define TYPES_HEADER "vmlinux.h"

/* Where the compiler looks for includes, in its order. */
struct search {
	struct strv dirs;
	size_t n_quote;	     /* the first n_quote directories serve "name" only */
	struct paths *known; /* what walks have resolved so far; walk.c's own */
};

void search_free(struct search *s);

struct paths;
struct scanner;

/* Scans and remembers what files include; state and files are borrowed. */
struct scanner *scanner_new(struct state *state, struct files *files);
void scanner_free(struct scanner *s);

typedef VEC(struct file *) file_list;

struct walk {
	file_list read;	  /* files that exist, each once, in the order met */
	file_list absent; /* paths looked at in vain */
	bool computed;	  /* an include's name is computed: the list may be short */
	bool volatile_;	  /* the result depends on more than files */
	bool wants_types; /* something includes "vmlinux.h" */
	file_list types;  /* which those are; none when it is not on the search path */
};

void walk_free(struct walk *w);
#define _cleanup_walk_ _cleanup_(walk_free)

/*
 * Walks from the root and more files, as the command line names them. What is resolved is
 * remembered in search, whose directories must not change any more. A file that cannot be read is
 * listed, and taken as one that includes nothing.
 */
void walk_from(struct scanner *s, struct search *search, const char *root, const struct strv *more,
	       struct walk *ret);

/*
 * Adds a file that the compiler read and the walk did not find, with the places where another
 * file of that name would have come first.
 */
void walk_add_extra(struct scanner *s, const struct search *search, const char *path,
		    struct walk *w);

#endif
