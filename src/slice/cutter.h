/*
 * Cuts the slices of a build's units out of its headers: reads the files of a unit once for all
 * units that include them, and knows what their words, their macros and libbpf's helpers make of
 * each other.
 */
#ifndef SKEP_SLICE_CUTTER_H
#define SKEP_SLICE_CUTTER_H

#include "scan/walk.h"
#include "slice/index.h"
#include "store/files.h"

/* The header with the BPF helpers, as libbpf calls it: a program uses few of those it declares. */
#define HELPERS_HEADER "bpf_helper_defs.h"

struct cutter;

/* files is borrowed. */
struct cutter *cutter_new(struct files *files);
void cutter_free(struct cutter *c);

/* What a slice is cut for: one unit, or several that will share it. */
struct cut {
	const struct index *index; /* borrowed for as long as the cutter lives */
	const file_list *files;	   /* all that the units may read, less the index's header */
	const struct strv *flags;  /* the compiler's, for -D */
	enum cut_lines {
		CUT_LINES_IF_SHOWN, /* where objects show lines of the header */
		CUT_LINES_ALWAYS,
		CUT_LINES_NEVER,
	} lines; /* whether declarations keep their lines */
};

struct cut_result {
	bool has_lines; /* declarations kept their lines */
	uint32_t n_lines;
};

/*
 * Appends the slice. Negative errno after a message when a file cannot be read.
 */
int cutter_cut(struct cutter *c, const struct cut *cut, struct buf *ret,
	       struct cut_result *ret_result);

/* A question about a unit: see depends.h. */
struct cut_question {
	const file_list *files; /* all that the unit may read, less what text stands for */
	const char *source;	/* the path of the one that people call the unit */
	const char *text;	/* the slice of a header, or NULL */
	size_t size;
	const char *name;	   /* of that header */
	const struct strv *flags;  /* the compiler's */
	const struct strv *macros; /* their names */
	/* Files, among the others, of which each architecture has its own; they differ in the names
	 * that they declare, and in nothing that they include. */
	const file_list *others;
	const struct strv *prefixes; /* names that begin like this differ, too */
};

/*
 * Whether what the unit's definitions reach depends on these macros: *ret_why then says where and
 * through what, else it is NULL; the caller frees it. Negative errno after a message when a file
 * cannot be read.
 */
int cutter_find_dependence(struct cutter *c, const struct cut_question *q, char **ret_why);

#endif
