#include "slice/slice.h"

/* Of each region, the first declaration with the fewest conditionals around it; and whether code
 * is among what every slice has. */
static void survey(struct slice *s)
{
	const struct index *x = s->index;
	uint32_t best = INDEX_NONE;

	for (uint32_t i = 0; i < x->n_items; i++) {
		const struct index_item *item = &x->items[i];

		s->always_code |= item->kind == ITEM_ALWAYS && item->is_code;
		if (best != INDEX_NONE && item->region != x->items[best].region) {
			s->hoists[best] = true;
			best = INDEX_NONE;
		}
		if (item->kind != ITEM_ALWAYS &&
		    (best == INDEX_NONE || item->depth < x->items[best].depth))
			best = i;
	}
	if (best != INDEX_NONE)
		s->hoists[best] = true;
}

void slice_init(struct slice *s, const struct index *index)
{
	*s = (struct slice){
		.index = index,
		.wanted = xcalloc(index->n_names + 1, 1),
		.levels = xcalloc(index->n_entities + 1, 1),
		.forward = xcalloc(index->n_entities + 1, 1),
		.chosen = xcalloc(index->n_items + 1, 1),
		.hoists = xcalloc(index->n_items + 1, sizeof(bool)),
	};
	survey(s);
}

void slice_free(struct slice *s)
{
	free(s->wanted);
	free(s->levels);
	free(s->forward);
	free(s->chosen);
	free(s->hoists);
	vec_free(&s->names);
	vec_free(&s->todo);
}

void slice_begin(struct slice *s)
{
	const struct index *x = s->index;

	memset(s->wanted, 0, x->n_names);
	memset(s->levels, 0, x->n_entities);
	memset(s->forward, 0, x->n_entities);
	memset(s->chosen, 0, x->n_items);
	s->names.n = s->todo.n = 0;
	s->has_code = s->always_code;
	s->follows_all = false;
	for (uint32_t i = 0; i < x->n_always; i++) {
		uint32_t tag = x->names[x->always[i]].tag;

		slice_want(s, x->always[i]);
		/* Nobody knows how it is used, only that it may be where it is not defined yet. */
		if (tag != INDEX_NONE)
			s->forward[tag] = 1;
	}
}

void slice_want(struct slice *s, uint32_t name)
{
	const struct index *x = s->index;
	size_t next = s->names.n;

	if (s->wanted[name])
		return;
	s->wanted[name] = 1;
	vec_push(&s->names, name);
	for (; next < s->names.n; next++) {
		const struct index_name *n = &x->names[s->names.v[next]];

		for (uint32_t i = 0; i < n->n_implied; i++) {
			uint32_t implied = x->implied[n->first_implied + i];

			if (!s->wanted[implied]) {
				s->wanted[implied] = 1;
				vec_push(&s->names, implied);
			}
		}
	}
}

static bool is_record(const struct index_entity *e)
{
	return e->kind == ENTITY_STRUCT || e->kind == ENTITY_UNION;
}

/* Levels beyond what means something for a kind are one. */
static enum slice_level clamp(const struct index_entity *e, enum slice_level level)
{
	if (e->kind == ENTITY_ENUM)
		return LEVEL_COMPLETE;
	if (is_record(e))
		return level < LEVEL_COMPLETE ? level : LEVEL_COMPLETE;
	return e->kind == ENTITY_TYPEDEF ? level : LEVEL_PROTO;
}

void slice_raise(struct slice *s, uint32_t entity, enum slice_level level)
{
	level = clamp(&s->index->entities[entity], level);
	if (level <= s->levels[entity])
		return;
	s->levels[entity] = (uint8_t)level;
	vec_push(&s->todo, entity);
}

/* What the text of an item defines comes with it. */
static void choose_item(struct slice *s, uint32_t i)
{
	const struct index_item *item = &s->index->items[i];

	if (s->chosen[i])
		return;
	s->chosen[i] = 1;
	s->has_code |= item->is_code;
	if (item->kind == ITEM_FORWARD)
		return;
	for (uint32_t k = 0; k < item->n_entities; k++) {
		uint32_t entity = s->index->item_entities[item->first_entity + k];
		bool typedef_ = s->index->entities[entity].kind == ENTITY_TYPEDEF;

		slice_raise(s, entity, typedef_ ? LEVEL_DECLARED : LEVEL_COMPLETE);
	}
}

static void choose_items(struct slice *s, const struct index_entity *e)
{
	for (uint32_t k = 0; k < e->n_items; k++) {
		uint32_t i = s->index->entity_items[e->first_item + k];

		/* Those of what is defined as well go where all forward declarations go. */
		if (s->index->items[i].kind != ITEM_FORWARD || e->definition == INDEX_NONE)
			choose_item(s, i);
	}
}

/* The level at which an edge in a struct's body needs its target. */
static enum slice_level member_level(const struct slice *s, const struct index_edge *edge)
{
	bool named = edge->member != INDEX_NONE && s->wanted[edge->member];

	switch (edge->mode) {
	case EDGE_POINTER:
		return named ? LEVEL_DEREF : LEVEL_DECLARED;
	case EDGE_POINTERS:
	case EDGE_RESULT:
		return s->follows_all ? LEVEL_PROTO : named ? LEVEL_DEREF : LEVEL_DECLARED;
	case EDGE_ARGUMENT:
		return s->follows_all ? LEVEL_PROTO : named ? LEVEL_COMPLETE : LEVEL_DECLARED;
	case EDGE_PARAMETER:
		return s->follows_all ? LEVEL_PROTO : LEVEL_DECLARED;
	default:
		return named ? LEVEL_DEREF : LEVEL_COMPLETE;
	}
}

/* The same for a typedef's own target. */
static enum slice_level typedef_level(const struct slice *s, enum slice_level level,
				      const struct index_edge *edge)
{
	switch (edge->mode) {
	case EDGE_VALUE:
		return level;
	case EDGE_POINTER:
	case EDGE_POINTERS:
		return level >= LEVEL_DEREF ? level : LEVEL_DECLARED;
	case EDGE_ARGUMENT:
		return level >= LEVEL_DEREF ? level : s->follows_all ? LEVEL_PROTO : LEVEL_DECLARED;
	case EDGE_PARAMETER:
	case EDGE_RESULT:
		return level >= LEVEL_PROTO || s->follows_all ? LEVEL_PROTO : LEVEL_DECLARED;
	default:
		return level >= LEVEL_COMPLETE ? level : LEVEL_COMPLETE;
	}
}

/* The item that declares an entity without our doing, or INDEX_NONE. */
static uint32_t declared_by(const struct index *x, const struct index_entity *e)
{
	return e->definition == INDEX_NONE && e->n_items ? x->entity_items[e->first_item]
							 : e->definition;
}

static void follow_edges(struct slice *s, uint32_t entity)
{
	const struct index *x = s->index;
	const struct index_entity *e = &x->entities[entity];
	enum slice_level level = s->levels[entity];
	uint32_t place = declared_by(x, e);

	for (uint32_t i = 0; i < e->n_edges; i++) {
		const struct index_edge *edge = &x->edges[e->first_edge + i];
		const struct index_entity *target = &x->entities[edge->target];

		if (edge->in_body)
			slice_raise(s, edge->target, member_level(s, edge));
		else
			slice_raise(s, edge->target,
				    e->kind == ENTITY_TYPEDEF ? typedef_level(s, level, edge)
							      : LEVEL_PROTO);
		if (declared_by(x, target) > place)
			s->forward[edge->target] = 1;
	}
}

/* A struct or union that an item defines, or INDEX_NONE. */
static uint32_t find_record(const struct index *x, uint32_t i)
{
	for (uint32_t k = 0; k < x->items[i].n_entities; k++) {
		uint32_t entity = x->item_entities[x->items[i].first_entity + k];

		if (is_record(&x->entities[entity]) && x->entities[entity].definition == i)
			return entity;
	}
	return INDEX_NONE;
}

/* Whether an item is "#pragma clang attribute push". */
static bool is_push(const struct index *x, const struct index_item *item)
{
	return item->kind == ITEM_ALWAYS && x->text[item->begin] == '#' &&
	       memmem(x->text + item->begin, item->end - item->begin, "push", strlen("push"));
}

/* One that no struct follows would be warned about. */
static void raise_any_records(struct slice *s)
{
	const struct index *x = s->index;
	uint32_t first = INDEX_NONE;
	bool any = true;

	for (uint32_t i = 0; i < x->n_items; i++) {
		uint32_t entity = find_record(x, i);

		if (entity != INDEX_NONE) {
			any |= s->levels[entity] != LEVEL_NONE;
			first = first == INDEX_NONE ? entity : first;
		}
		if (i + 1 < x->n_items && x->items[i + 1].region == x->items[i].region)
			continue;
		if (first != INDEX_NONE && !any)
			slice_raise(s, first, LEVEL_DECLARED);
		first = INDEX_NONE;
		any = !is_push(x, &x->items[i]);
	}
}

static void follow_all(struct slice *s)
{
	const struct index *x = s->index;

	while (s->todo.n) {
		uint32_t entity = s->todo.v[--s->todo.n];
		const struct index_entity *e = &x->entities[entity];

		if (is_record(e) && s->levels[entity] == LEVEL_DECLARED) {
			if (e->definition == INDEX_NONE)
				choose_items(s, e);
			continue;
		}
		choose_items(s, e);
		follow_edges(s, entity);
	}
}

void slice_close(struct slice *s)
{
	const struct index *x = s->index;

	for (size_t i = 0; i < s->names.n; i++) {
		const struct index_name *n = &x->names[s->names.v[i]];

		if (n->tag != INDEX_NONE)
			slice_raise(s, n->tag, LEVEL_COMPLETE);
		if (n->ordinary != INDEX_NONE)
			slice_raise(s, n->ordinary, LEVEL_PROTO);
		if (n->enumerator != INDEX_NONE)
			slice_raise(s, n->enumerator, LEVEL_COMPLETE);
	}
	follow_all(s);
	raise_any_records(s);
}

/* Where lines are kept: what has been printed so far ends on this line. */
struct printer {
	struct buf *out;
	bool keep_lines;
	uint32_t line;
};

static void go_to(struct printer *p, uint32_t line)
{
	if (!p->keep_lines)
		return;
	if (p->line == line && line > 1)
		buf_putc(p->out, ' ');
	for (; p->line < line; p->line++)
		buf_putc(p->out, '\n');
}

/* Whether a region has a forward declaration of a struct or union among its first. */
static bool needs_forward(const struct slice *s, uint32_t entity, uint32_t region)
{
	const struct index *x = s->index;
	const struct index_entity *e = &x->entities[entity];
	bool defined = e->definition != INDEX_NONE;

	if (!s->levels[entity] || !is_record(e))
		return false;
	/* The header may mention it in a region before the one where it is defined. */
	if (region != x->items[defined ? e->definition : e->seen].region)
		return region == x->items[e->seen].region;
	if (s->forward[entity])
		return true;
	/* Else a definition, or a declaration of the header's own, comes first. */
	return defined ? s->levels[entity] == LEVEL_DECLARED : e->n_items == 0;
}

/*
 * Forward declarations of a region, so that they get the attributes that its definitions get: a
 * struct that the program defines itself may inherit them from there.
 */
static void print_forwards(const struct slice *s, struct printer *p, uint32_t i)
{
	const struct index *x = s->index;
	bool any = false;

	for (uint32_t entity = 0; entity < x->n_entities; entity++) {
		const struct index_entity *e = &x->entities[entity];
		const struct index_name *name;

		if (!needs_forward(s, entity, x->items[i].region))
			continue;
		if (!any)
			go_to(p, x->items[i].line);
		any = true;
		name = &x->names[e->name];
		buf_puts(p->out, e->kind == ENTITY_UNION ? "union " : "struct ");
		buf_add(p->out, x->text + name->at, name->size);
		buf_puts(p->out, p->keep_lines ? "; " : ";\n");
	}
}

static uint32_t count_lines(const char *text, size_t size)
{
	uint32_t n = 0;

	for (const char *p = text, *end = text + size;
	     p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
		n++;
	return n;
}

void slice_print(struct slice *s, bool keep_lines, struct buf *ret)
{
	struct printer p = {.out = ret, .keep_lines = keep_lines, .line = 1};
	const struct index *x = s->index;
	size_t start = ret->n;

	for (uint32_t i = 0; i < x->n_items; i++) {
		const struct index_item *item = &x->items[i];
		const char *text = x->text + item->begin;
		size_t size = item->end - item->begin;

		if (s->hoists[i])
			print_forwards(s, &p, i);
		if (item->kind != ITEM_ALWAYS && !s->chosen[i])
			continue;
		go_to(&p, item->line);
		buf_add(ret, text, size);
		if (keep_lines)
			p.line += count_lines(text, size);
		else
			buf_putc(ret, '\n');
	}
	if (keep_lines)
		buf_putc(ret, '\n');
	s->n_lines = count_lines(ret->v + start, ret->n - start);
}
