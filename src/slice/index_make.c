#include "slice/index_make.h"

#include <xxhash.h>

#include "slice/index_format.h"

static uint32_t *find_slot(struct index_maker *m, const char *at, uint32_t size, uint32_t hash)
{
	uint32_t mask = m->n_slots - 1;

	for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
		uint32_t slot = m->slots[i];
		const struct made_name *n = &m->names.v[slot - 1];

		if (!slot || (n->hash == hash && n->out.size == size &&
			      memcmp(m->text + n->out.at, at, size) == 0))
			return &m->slots[i];
	}
}

static void grow_slots(struct index_maker *m)
{
	free(m->slots);
	m->n_slots = m->n_slots ? 2 * m->n_slots : 1024;
	m->slots = xcalloc(m->n_slots, sizeof(*m->slots));
	for (size_t i = 0; i < m->names.n; i++) {
		const struct made_name *n = &m->names.v[i];

		*find_slot(m, m->text + n->out.at, n->out.size, n->hash) = (uint32_t)i + 1;
	}
}

static enum keyword keyword_of(const struct index_maker *m, const struct token *t)
{
	const struct map_entry *e = map_find(&m->keywords, t->at, t->size);

	return e ? (enum keyword)(uintptr_t)e->value : NO_KEYWORD;
}

uint32_t index_make_name(struct index_maker *m, const struct token *t)
{
	uint32_t hash = (uint32_t)XXH3_64bits(t->at, t->size), *slot;

	if (2 * m->names.n >= m->n_slots)
		grow_slots(m);
	slot = find_slot(m, t->at, t->size, hash);
	if (*slot)
		return *slot - 1;
	vec_push(&m->names, ((struct made_name){
				    .hash = hash,
				    .keyword = keyword_of(m, t),
				    .out = {.at = (uint32_t)(t->at - m->text),
					    .size = t->size,
					    .tag = INDEX_NONE,
					    .ordinary = INDEX_NONE,
					    .enumerator = INDEX_NONE},
			    }));
	*slot = (uint32_t)m->names.n;
	return *slot - 1;
}

uint32_t index_make_entity(struct index_maker *m, enum index_entity_kind kind, uint32_t name)
{
	struct index_name *n = name == INDEX_NONE ? NULL : &m->names.v[name].out;
	uint32_t *known = !n ? NULL : kind <= ENTITY_ENUM ? &n->tag : &n->ordinary;

	if (known && *known != INDEX_NONE) {
		/* A type that was only referred to until now turns out to be something else. */
		if (kind > ENTITY_TYPEDEF)
			m->entities.v[*known].kind = kind;
		return *known;
	}
	vec_push(&m->entities, ((struct index_entity){.name = name,
						      .definition = INDEX_NONE,
						      .seen = (uint32_t)m->items.n - 1,
						      .kind = kind}));
	if (known)
		*known = (uint32_t)m->entities.n - 1;
	return (uint32_t)m->entities.n - 1;
}

void index_make_declares(struct index_maker *m, uint32_t entity, bool defines)
{
	uint32_t item = (uint32_t)m->items.n - 1;

	vec_push(&m->declares, ((struct pair){item, entity}));
	if (defines && m->entities.v[entity].definition == INDEX_NONE)
		m->entities.v[entity].definition = item;
}

void index_make_edge(struct index_maker *m, uint32_t owner, uint32_t target,
		     enum index_edge_mode mode, bool in_body, uint32_t member)
{
	vec_push(&m->edges, ((struct made_edge){.owner = owner,
						.out = {.target = target,
							.member = member,
							.mode = (uint8_t)mode,
							.in_body = in_body}}));
}

void index_make_use(struct index_maker *m, uint32_t owner, uint32_t name)
{
	vec_push(&m->edges,
		 ((struct made_edge){.owner = owner, .to_name = true, .out = {.target = name}}));
}

void index_make_enumerator(struct index_maker *m, uint32_t name, uint32_t entity)
{
	uint32_t *known = &m->names.v[name].out.enumerator;

	/* On the two sides of a conditional: who wants one wants both. */
	if (*known != INDEX_NONE && *known != entity)
		index_make_edge(m, *known, entity, EDGE_COMPLETE, true, INDEX_NONE);
	else
		*known = entity;
}

/* Sorts pairs by their first number into rows: row i is ret_rows[ret_first[i] .. ret_first[i+1]].
 */
static void make_rows(const struct pair *pairs, size_t n_pairs, size_t n, bool by_second,
		      uint32_t **ret_first, uint32_t **ret_rows)
{
	uint32_t *first = xcalloc(n + 2, sizeof(*first));
	uint32_t *rows = xcalloc(n_pairs + 1, sizeof(*rows));

	for (size_t i = 0; i < n_pairs; i++)
		first[(by_second ? pairs[i].second : pairs[i].first) + 2]++;
	for (size_t i = 2; i < n + 2; i++)
		first[i] += first[i - 1];
	for (size_t i = 0; i < n_pairs; i++) {
		uint32_t key = by_second ? pairs[i].second : pairs[i].first;

		rows[first[key + 1]++] = by_second ? pairs[i].first : pairs[i].second;
	}
	*ret_first = first;
	*ret_rows = rows;
}

/* Where what an expression uses leads: macros bring along what their bodies use. */
struct uses {
	struct index_maker *m;
	const uint32_t *first, *rows; /* implied names by name */
	uint32_t *seen;		      /* by name: the owner it was last used for, plus one */
	VEC(uint32_t) todo;	      /* names */
	VEC(struct made_edge) edges;
};

static void use_name(struct uses *u, uint32_t owner, uint32_t name)
{
	if (u->seen[name] == owner + 1)
		return;
	u->seen[name] = owner + 1;
	vec_push(&u->todo, name);
}

static void resolve_use(struct uses *u, uint32_t owner, uint32_t used)
{
	use_name(u, owner, used);
	while (u->todo.n) {
		uint32_t name = u->todo.v[--u->todo.n];
		const struct index_name *n = &u->m->names.v[name].out;
		const uint32_t meanings[] = {n->tag, n->ordinary, n->enumerator};

		for (size_t i = 0; i < ARRAY_SIZE(meanings); i++)
			if (meanings[i] != INDEX_NONE && meanings[i] != owner)
				vec_push(&u->edges,
					 ((struct made_edge){.owner = owner,
							     .out = {.target = meanings[i],
								     .member = INDEX_NONE,
								     .mode = EDGE_COMPLETE,
								     .in_body = true}}));
		for (uint32_t i = u->first[name]; i < u->first[name + 1]; i++)
			use_name(u, owner, u->rows[i]);
	}
}

static struct index_part put_part(struct buf *b, size_t start, const void *data, size_t n,
				  size_t element)
{
	static const char zeros[8];
	struct index_part p;

	buf_add(b, zeros, (8 - (b->n - start) % 8) % 8);
	p = (struct index_part){b->n - start, n};
	buf_add(b, data ? data : "", n * element);
	return p;
}

/* Resolves uses and puts every entity's edges together. Caller frees. */
static struct index_edge *sort_edges(struct index_maker *m, const uint32_t *implied_first,
				     const uint32_t *implied_rows, size_t *ret_n)
{
	struct uses u = {.m = m, .first = implied_first, .rows = implied_rows};
	uint32_t *at = xcalloc(m->entities.n + 1, sizeof(*at));
	struct index_edge *sorted;

	u.seen = xcalloc(m->names.n + 1, sizeof(*u.seen));
	vec_foreach (e, &m->edges)
		if (e->to_name)
			resolve_use(&u, e->owner, e->out.target);
		else
			vec_push(&u.edges, *e);
	vec_foreach (e, &u.edges)
		m->entities.v[e->owner].n_edges++;
	for (size_t i = 1; i < m->entities.n; i++)
		m->entities.v[i].first_edge =
			m->entities.v[i - 1].first_edge + m->entities.v[i - 1].n_edges;
	for (size_t i = 0; i < m->entities.n; i++)
		at[i] = m->entities.v[i].first_edge;
	sorted = xcalloc(u.edges.n + 1, sizeof(*sorted));
	vec_foreach (e, &u.edges)
		sorted[at[e->owner]++] = e->out;
	*ret_n = u.edges.n;
	vec_free(&u.edges);
	vec_free(&u.todo);
	free(u.seen);
	free(at);
	return sorted;
}

void index_make_write(struct index_maker *m, size_t text_size, const struct buf *macros,
		      struct buf *ret)
{
	uint32_t *implied_first, *implied, *item_first, *item_rows, *entity_first, *entity_rows;
	struct index_file f = {.magic = INDEX_MAGIC, .revision = INDEX_REVISION};
	VEC(struct index_name) names = {0};
	size_t start = ret->n, n_edges;
	struct index_edge *edges;

	if (!m->n_slots)
		grow_slots(m);
	make_rows(m->implied.v, m->implied.n, m->names.n, false, &implied_first, &implied);
	make_rows(m->declares.v, m->declares.n, m->items.n, false, &item_first, &item_rows);
	make_rows(m->declares.v, m->declares.n, m->entities.n, true, &entity_first, &entity_rows);
	edges = sort_edges(m, implied_first, implied, &n_edges);
	for (size_t i = 0; i < m->items.n; i++) {
		m->items.v[i].first_entity = item_first[i];
		m->items.v[i].n_entities = item_first[i + 1] - item_first[i];
	}
	for (size_t i = 0; i < m->entities.n; i++) {
		m->entities.v[i].first_item = entity_first[i];
		m->entities.v[i].n_items = entity_first[i + 1] - entity_first[i];
	}
	vec_reserve(&names, m->names.n);
	for (size_t i = 0; i < m->names.n; i++) {
		struct index_name n = m->names.v[i].out;

		n.first_implied = implied_first[i];
		n.n_implied = implied_first[i + 1] - implied_first[i];
		vec_push(&names, n);
	}
	buf_add(ret, &f, sizeof(f));
	f.n_slots = m->n_slots;
	f.items = put_part(ret, start, m->items.v, m->items.n, sizeof(*m->items.v));
	f.entities = put_part(ret, start, m->entities.v, m->entities.n, sizeof(*m->entities.v));
	f.edges = put_part(ret, start, edges, n_edges, sizeof(*edges));
	f.names = put_part(ret, start, names.v, names.n, sizeof(*names.v));
	f.item_entities = put_part(ret, start, item_rows, m->declares.n, 4);
	f.entity_items = put_part(ret, start, entity_rows, m->declares.n, 4);
	f.implied = put_part(ret, start, implied, m->implied.n, 4);
	f.slots = put_part(ret, start, m->slots, m->n_slots, 4);
	f.always = put_part(ret, start, m->always.v, m->always.n, 4);
	f.macros = put_part(ret, start, macros->v, macros->n, 1);
	f.text = put_part(ret, start, m->text, text_size, 1);
	f.size = ret->n - start;
	memcpy(ret->v + start, &f, sizeof(f));
	f.hash = index_hash_file(ret->v + start, f.size);
	memcpy(ret->v + start, &f, sizeof(f));
	vec_free(&names);
	free(edges);
	free(implied_first);
	free(implied);
	free(item_first);
	free(item_rows);
	free(entity_first);
	free(entity_rows);
}

void index_make_free(struct index_maker *m)
{
	map_free(&m->keywords);
	vec_free(&m->names);
	free(m->slots);
	vec_free(&m->items);
	vec_free(&m->entities);
	vec_free(&m->edges);
	vec_free(&m->declares);
	vec_free(&m->implied);
	vec_free(&m->always);
}
