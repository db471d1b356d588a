/* An index as text, for tests. */
#ifndef SKEP_TESTS_UNIT_INDEX_DUMP_H
#define SKEP_TESTS_UNIT_INDEX_DUMP_H

#include "slice/index.h"

/* Data is freed by the caller, and kept as long as the index is used. */
static inline struct index index_of(const char *text, size_t size, struct buf *data)
{
	char *why = NULL;
	struct index x;
	int err = index_build(text, size, data, &why);

	if (err < 0)
		print_message("%s\n", why);
	assert_int_equal(err, 0);
	assert_int_equal(index_open(data->v, data->n, &x), 0);
	return x;
}

static inline void put_name(const struct index *x, uint32_t name, struct buf *ret)
{
	buf_add(ret, x->text + x->names[name].at, x->names[name].size);
}

/* An enum without a tag is called by its first enumerator: "enum {A". */
static inline void put_entity(const struct index *x, uint32_t entity, struct buf *ret)
{
	static const char *const kinds[] = {"struct",  "union",	   "enum",
					    "typedef", "function", "variable"};
	const struct index_entity *e = &x->entities[entity];

	buf_printf(ret, "%s ", kinds[e->kind]);
	if (e->name != INDEX_NONE) {
		put_name(x, e->name, ret);
		return;
	}
	buf_putc(ret, '{');
	for (uint32_t i = 0; i < x->n_names; i++) {
		if (x->names[i].enumerator != entity)
			continue;
		put_name(x, i, ret);
		return;
	}
}

/* "3: struct a, typedef b"; "forward" or "always" in front, "code" after, entities that are only
 * declared in parentheses. */
static inline void put_item(const struct index *x, uint32_t i, struct buf *ret)
{
	const struct index_item *item = &x->items[i];

	buf_printf(ret, "%u:%s", item->line,
		   item->kind == ITEM_FORWARD  ? " forward"
		   : item->kind == ITEM_ALWAYS ? " always"
					       : "");
	for (uint32_t k = 0; k < item->n_entities; k++) {
		uint32_t entity = x->item_entities[item->first_entity + k];
		bool defined = x->entities[entity].definition == i;

		buf_printf(ret, "%s%s", k ? ", " : " ", defined ? "" : "(");
		put_entity(x, entity, ret);
		buf_puts(ret, defined ? "" : ")");
	}
	buf_puts(ret, item->is_code ? " code\n" : "\n");
}

/* "struct a has struct b value x" from its body, "typedef t -> struct b pointer" otherwise. */
static inline void put_edges(const struct index *x, uint32_t entity, struct buf *ret)
{
	static const char *const modes[] = {"value",	"pointer", "pointers", "parameter",
					    "argument", "result",  "complete"};
	const struct index_entity *e = &x->entities[entity];

	for (uint32_t i = 0; i < e->n_edges; i++) {
		const struct index_edge *edge = &x->edges[e->first_edge + i];

		put_entity(x, entity, ret);
		buf_puts(ret, edge->in_body ? " has " : " -> ");
		put_entity(x, edge->target, ret);
		buf_printf(ret, " %s", modes[edge->mode]);
		if (edge->member != INDEX_NONE) {
			buf_putc(ret, ' ');
			put_name(x, edge->member, ret);
		}
		buf_putc(ret, '\n');
	}
}

static inline bool means_something(const struct index *x, uint32_t name)
{
	const struct index_name *n = &x->names[name];

	return n->tag != INDEX_NONE || n->ordinary != INDEX_NONE || n->enumerator != INDEX_NONE ||
	       n->n_implied;
}

/* "f => g": names that come along; those that mean nothing are left out. */
static inline void put_implied(const struct index *x, uint32_t name, struct buf *ret)
{
	const struct index_name *n = &x->names[name];

	for (uint32_t i = 0; i < n->n_implied; i++) {
		uint32_t implied = x->implied[n->first_implied + i];

		if (implied == name || !means_something(x, implied))
			continue;
		put_name(x, name, ret);
		buf_puts(ret, " => ");
		put_name(x, implied, ret);
		buf_putc(ret, '\n');
	}
}

static inline void put_enumerator(const struct index *x, uint32_t name, struct buf *ret)
{
	if (x->names[name].enumerator == INDEX_NONE)
		return;
	put_name(x, name, ret);
	buf_puts(ret, " of ");
	put_entity(x, x->names[name].enumerator, ret);
	buf_putc(ret, '\n');
}

static inline void put_always(const struct index *x, struct buf *ret)
{
	bool any = false;

	for (uint32_t i = 0; i < x->n_always; i++) {
		if (!means_something(x, x->always[i]))
			continue;
		buf_puts(ret, any ? " " : "always: ");
		any = true;
		put_name(x, x->always[i], ret);
	}
	buf_puts(ret, any ? "\n" : "");
}

/* Items, then edges, enumerators, what names imply, names of every slice; a line each. */
static inline void put_index(const struct index *x, struct buf *ret)
{
	for (uint32_t i = 0; i < x->n_items; i++)
		put_item(x, i, ret);
	for (uint32_t i = 0; i < x->n_entities; i++)
		put_edges(x, i, ret);
	for (uint32_t i = 0; i < x->n_names; i++)
		put_enumerator(x, i, ret);
	for (uint32_t i = 0; i < x->n_names; i++)
		put_implied(x, i, ret);
	put_always(x, ret);
}

/* In memory of exactly its size, so that sanitizers notice what reads on. */
static inline char *exactly(const char *text, size_t size)
{
	char *copy = malloc(size ? size : 1);

	assert_non_null(copy);
	memcpy(copy, text, size);
	return copy;
}

static inline char *dump_index(const char *text, size_t size)
{
	_cleanup_free_ char *copy = exactly(text, size);
	_cleanup_buf_ struct buf data = {0};
	struct buf out = {0};
	struct index x = index_of(copy, size, &data);

	put_index(&x, &out);
	return buf_steal(&out);
}

#endif
