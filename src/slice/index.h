/*
 * The index of a header with types (vmlinux.h, whoever wrote it): its declarations, the names they
 * give, and what each refers to. Made once for a header and kept in a file that is used where it
 * lies; a unit's slice is cut from it without looking at the header again, whose text it contains.
 *
 * What is declared is an entity: a struct or union tag, an enum, a typedef, a function, a
 * variable. The header is a sequence of items: directives, which belong to every slice, and
 * declarations, each of which declares one entity or several. An entity refers to others by edges.
 */
#ifndef SKEP_SLICE_INDEX_H
#define SKEP_SLICE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define INDEX_NONE UINT32_MAX

enum index_item_kind {
	ITEM_DECLARATION,
	ITEM_FORWARD, /* "struct foo;": a slice has forward declarations of its own, where foo is
			 defined elsewhere in the header */
	ITEM_ALWAYS,  /* a directive, or what could not be understood */
};

struct index_item {
	uint32_t begin, end;		   /* in the text */
	uint32_t line;			   /* counted from 1 */
	uint32_t first_entity, n_entities; /* in item_entities */
	uint8_t kind;
	uint8_t is_code; /* a function with its body, or perhaps one: its lines show in objects */
	uint16_t depth;	 /* conditionals around it */
	uint32_t region; /* counts "#pragma clang attribute push" and "pop" before it */
};

enum index_entity_kind {
	ENTITY_STRUCT,
	ENTITY_UNION,
	ENTITY_ENUM,
	ENTITY_TYPEDEF,
	ENTITY_FUNCTION,
	ENTITY_VARIABLE,
};

struct index_entity {
	uint32_t name;		      /* INDEX_NONE: an enum without a tag */
	uint32_t first_item, n_items; /* in entity_items: where it is declared */
	uint32_t first_edge, n_edges;
	uint32_t definition; /* the first item that defines it, or INDEX_NONE */
	uint32_t seen;	     /* the first item that mentions it */
	uint32_t kind;
};

/* How an entity refers to another. */
enum index_edge_mode {
	EDGE_VALUE,	/* as it is */
	EDGE_POINTER,	/* through pointers */
	EDGE_POINTERS,	/* through an array of pointers */
	EDGE_PARAMETER, /* of a function, or of one that is pointed to: through pointers */
	EDGE_ARGUMENT,	/* likewise, by value */
	EDGE_RESULT,	/* likewise */
	EDGE_COMPLETE,	/* must be complete whatever the reason: an array's element, an operand of
			   sizeof */
};

struct index_edge {
	uint32_t target; /* an entity */
	uint32_t member; /* the name of the struct's member that refers, or INDEX_NONE */
	uint8_t mode;
	uint8_t in_body; /* from a struct's or union's body rather than from the declarator */
	uint16_t unused;
};

struct index_name {
	uint32_t at, size; /* in the text */
	/* What it means, as an entity or INDEX_NONE. */
	uint32_t tag, ordinary, enumerator; /* an enumerator means its enum */
	/* Names that this one brings along, a macro's or a function's body: in implied. */
	uint32_t first_implied, n_implied;
};

/* One array of the file. */
struct index_part {
	uint64_t offset, n;
};

/* The file: this, then the arrays; numbers in host byte order. */
struct index_file {
	char magic[8];
	uint64_t size; /* of the file */
	uint64_t hash; /* XXH3 of all that follows this field */
	uint32_t revision;
	uint32_t n_slots; /* a power of two */
	struct index_part text, items, entities, edges, names;
	struct index_part item_entities, entity_items, implied;
	struct index_part slots;  /* hash table: name + 1, or 0 */
	struct index_part always; /* names that every slice wants */
	struct index_part macros; /* a copy of all #define lines, if they make names with ## */
};

/* An index in use; everything points into the file. */
struct index {
	const struct index_file *file;
	const char *text, *macros;
	const struct index_item *items;
	const struct index_entity *entities;
	const struct index_edge *edges;
	const struct index_name *names;
	const uint32_t *item_entities, *entity_items, *implied, *slots, *always;
	uint32_t n_items, n_entities, n_names, n_always;
};

/* What a file begins with that says why a header has no index. */
#define INDEX_REFUSED "no index: "

/* Raised when the same header gives another index, or another slice is cut from it. */
#define INDEX_REVISION 4

/*
 * Appends the index of a header to ret. -EOPNOTSUPP, without a message, when the header is of a
 * form that is not understood; ret_why then says why ("line 12: ..."), freed by the caller.
 */
int index_build(const char *text, size_t size, struct buf *ret, char **ret_why);

/* A header that may still be growing while it is indexed. */
struct index_source {
	const char *text; /* stays where it is */
	size_t size;	  /* when nothing has to be waited for */
	/*
	 * NULL, or waits until there is more text than `known` and gives its size; that much again
	 * when there will be no more. What there is ends with a whole declaration and a newline.
	 */
	size_t (*wait)(size_t known, void *arg);
	void *arg;
};

int index_build_from(const struct index_source *source, struct buf *ret, char **ret_why);

/* Uses an index; data stays where it is for as long. -EBADMSG, without a message, when it is
 * damaged or another version's. */
int index_open(const void *data, size_t size, struct index *ret);

/* The header that an index was made of, or that has none. -EBADMSG, without a message. */
int index_text(const void *data, size_t size, const char **ret, size_t *ret_size);

/* The name with this text, or INDEX_NONE. */
uint32_t index_find(const struct index *x, const char *name, size_t size);

#endif
