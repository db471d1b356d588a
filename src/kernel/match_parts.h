/* What a text is compiled to (match_parse.c) and searched with (match.c). */
#ifndef SKEP_KERNEL_MATCH_PARTS_H
#define SKEP_KERNEL_MATCH_PARTS_H

#include "base/mem.h"
#include "kernel/match.h"

enum match_kind {
	MATCH_CHAR,  /* takes c and goes on with the next node */
	MATCH_SET,   /* takes a character of set `to`; likewise */
	MATCH_BEGIN, /* of a line */
	MATCH_END,   /* of a line */
	MATCH_JUMP,  /* goes on at `to` */
	MATCH_SPLIT, /* goes on at `to` and at `other` */
	MATCH_DONE,
};

/* Places of other nodes count from their own, so that a run of nodes can be moved and copied. */
struct match_node {
	enum match_kind kind;
	unsigned char c;
	int32_t to, other;
};

struct match_set {
	unsigned char bits[32];
};

struct match {
	char *plain; /* the whole text when there is no expression in it */
	VEC(struct match_node) nodes;
	VEC(struct match_set) sets;
};

/* Fills nodes and sets. NULL, or why the text is not understood. */
const char *match_parse(const char *text, bool is_regex, struct match *ret);

#endif
