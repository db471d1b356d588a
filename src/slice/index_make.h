/*
 * An index in the making: what the parser of declarations tells of a header. Private to this room.
 */
#ifndef SKEP_SLICE_INDEX_MAKE_H
#define SKEP_SLICE_INDEX_MAKE_H

#include "base/map.h"
#include "base/mem.h"
#include "slice/index.h"
#include "slice/lexer.h"

/* What a word is to the grammar of declarations. */
enum keyword {
	NO_KEYWORD,
	KEYWORD_STRUCT,
	KEYWORD_UNION,
	KEYWORD_ENUM,
	KEYWORD_TYPEDEF,
	KEYWORD_TYPE,
	KEYWORD_STORAGE,
	KEYWORD_QUALIFIER,
	KEYWORD_TYPEOF,
	KEYWORD_ATTRIBUTE, /* with arguments whose first words are no operands */
	KEYWORD_ALIGNAS,
	KEYWORD_VOID,
	KEYWORD_TYPE_TAG, /* an attribute */
};

/* A token of a declaration. */
struct parsed_token {
	int kind; /* of enum token_kind */
	enum keyword keyword;
	uint32_t name; /* of a word */
};

struct made_name {
	struct index_name out;
	uint32_t hash;
	enum keyword keyword;
};

/* An edge to an entity, or, when to_name is set, to everything that a name means. */
struct made_edge {
	uint32_t owner;
	bool to_name;
	struct index_edge out;
};

struct pair {
	uint32_t first, second;
};

struct index_maker {
	const char *text;
	struct map keywords; /* text -> enum keyword; see declaration_keywords */
	VEC(struct made_name) names;
	uint32_t *slots, n_slots;
	VEC(struct index_item) items;
	VEC(struct index_entity) entities;
	VEC(struct made_edge) edges;
	VEC(struct pair) declares; /* item, entity */
	VEC(struct pair) implied;  /* name, name */
	VEC(uint32_t) always;	   /* names */
};

/* The name a token spells; it must not be spliced. */
uint32_t index_make_name(struct index_maker *m, const struct token *t);

/* The entity of a kind with a name, new or known; name INDEX_NONE: always a new one. */
uint32_t index_make_entity(struct index_maker *m, enum index_entity_kind kind, uint32_t name);

/* The latest item declares an entity; defines: as more than a forward declaration. */
void index_make_declares(struct index_maker *m, uint32_t entity, bool defines);

/* Name is an enumerator of an enum. */
void index_make_enumerator(struct index_maker *m, uint32_t name, uint32_t entity);

void index_make_edge(struct index_maker *m, uint32_t owner, uint32_t target,
		     enum index_edge_mode mode, bool in_body, uint32_t member);

/* Owner needs everything that a name means to be complete. */
void index_make_use(struct index_maker *m, uint32_t owner, uint32_t name);

/* The file that all this makes, appended to ret. */
void index_make_write(struct index_maker *m, size_t text_size, const struct buf *macros,
		      struct buf *ret);
void index_make_free(struct index_maker *m);

#endif
