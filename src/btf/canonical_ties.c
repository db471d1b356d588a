/*
 * Each remaining type gets a colour: a hash of its own record, refined by the colours of the types
 * it refers to and of those that refer to it, until no more types become distinguishable
 * (Weisfeiler and Leman's colour refinement). Types of different colours are then put in order.
 * Where several have one colour, which is rare, what they lead to is compared as a whole; one of
 * them is numbered and the rest is coloured again, because that number may tell others apart.
 *
 * Only copies of one type that nothing refers to, arranged so regularly that all of them look
 * alike from everywhere, could still be told apart by nobody but a full search; no compiler writes
 * such a thing.
 */
#include "btf/canonical_ties.h"

#include <stdlib.h>

#include <xxhash.h>

#include "btf/canonical_types.h"

/*
 * How many types and references may be looked at for one object. No compiler comes near it; it
 * bounds the time that a file made to be slow can take, whose types then keep the order they have.
 */
#define COLOURING_MAX (16u << 20)

/* A type without a number, as it competes for the next one. */
struct tie {
	uint32_t id;
	uint32_t target; /* new number of the first type it refers to, 0: none */
	uint64_t colour;
	const char *name;
	uint8_t kind;
	bool wanted; /* another type without a number refers to it */
};

struct ties {
	struct canonical_types *t;
	VEC(struct tie) rest;
	uint64_t *colour; /* by type; of a numbered one it follows from the number */
	uint64_t *next;
	uint64_t *sorted; /* scratch of count_colours */
	uint32_t *local;  /* scratch of trace: place in seen plus one */
	VEC(uint32_t) seen;
	uint64_t budget;
};

static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t x = (a ^ (b + 0x9e3779b97f4a7c15u + (a << 6) + (a >> 2))) * 0xbf58476d1ce4e5b9u;

	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static uint64_t hash_string(const struct canonical_types *t, uint32_t offset)
{
	const char *s = t->view.strings + offset;

	return XXH3_64bits(s, strlen(s));
}

/* The first colour: the record itself, with what it refers to as far as that is numbered. */
static uint64_t hash_record(const struct canonical_types *t, uint32_t id)
{
	struct btf_record r = btf_view_type(&t->view, id);
	uint32_t n = r.kind == BTF_KIND_DATASEC ? 3 : canonical_n_words(&r);
	uint64_t h = n;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t word = btf_view_u32(&t->view, r.at + 4 * (size_t)i);

		switch (canonical_word_kind(&r, i)) {
		case CANONICAL_NAME:
			h = mix(h, hash_string(t, word));
			break;
		case CANONICAL_TYPE:
			/* Void is a known type too. */
			h = mix(h, word && !t->new_id[word] ? UINT64_MAX : t->new_id[word]);
			break;
		default:
			h = mix(h, word);
		}
	}
	return h;
}

/* Adds to both ends of a reference what the other end's colour says; the order of adding is free.
 */
static void add_edge(struct ties *s, uint32_t from, uint32_t to, uint64_t label)
{
	const uint32_t *new_id = s->t->new_id;

	if (!new_id[from])
		s->next[from] += mix(mix(label, 1), s->colour[to]);
	if (!new_id[to])
		s->next[to] += mix(mix(label, 2), s->colour[from]);
}

static void refine_once(struct ties *s)
{
	const struct canonical_types *t = s->t;

	vec_foreach (x, &s->rest)
		s->next[x->id] = mix(s->colour[x->id], 3);
	vec_foreach (x, &s->rest)
		for (uint32_t i = t->first_ref[x->id]; i < t->first_ref[x->id + 1]; i++)
			add_edge(s, x->id, t->refs[i], i - t->first_ref[x->id]);
	vec_foreach (d, &t->datasecs) {
		for (uint32_t i = 0; i < d->n; i++) {
			const struct canonical_entry *y = &t->entries.v[d->first + i];

			add_edge(s, d->id, y->type, mix(mix(y->place, y->size), y->symbol));
		}
	}
	vec_foreach (x, &s->rest)
		s->colour[x->id] = mix(s->next[x->id], 4);
}

static int compare_colours(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return a < b ? -1 : a > b;
}

static size_t count_colours(struct ties *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->rest.n; i++)
		s->sorted[i] = s->colour[s->rest.v[i].id];
	qsort(s->sorted, s->rest.n, sizeof(*s->sorted), compare_colours);
	for (size_t i = 0; i < s->rest.n; i++)
		n += i == 0 || s->sorted[i] != s->sorted[i - 1];
	return n;
}

static bool spend(struct ties *s, uint64_t cost)
{
	bool enough = s->budget >= cost;

	s->budget -= enough ? cost : s->budget;
	return enough;
}

/* Gives every remaining type its final colour, or what the budget allows. */
static void refine(struct ties *s)
{
	const struct canonical_types *t = s->t;
	uint64_t cost = t->n + t->first_ref[t->n + 1] + t->entries.n;
	size_t n = 0, more;

	for (uint32_t id = 1; id <= t->n; id++)
		s->colour[id] = t->new_id[id] ? mix(t->new_id[id], 5) : hash_record(t, id);
	while ((more = count_colours(s)) > n) {
		n = more;
		if (!spend(s, cost))
			return;
		refine_once(s);
	}
}

static void mark_wanted(struct ties *s, uint32_t *place_of)
{
	const struct canonical_types *t = s->t;

	vec_foreach (x, &s->rest)
		for (uint32_t i = t->first_ref[x->id]; i < t->first_ref[x->id + 1]; i++)
			if (place_of[t->refs[i]])
				s->rest.v[place_of[t->refs[i]] - 1].wanted = true;
	vec_foreach (y, &t->entries)
		if (place_of[y->type])
			s->rest.v[place_of[y->type] - 1].wanted = true;
}

/* Lists the types without a number. */
static void collect(struct ties *s)
{
	const struct canonical_types *t = s->t;
	_cleanup_free_ uint32_t *place_of = xcalloc(t->n + 1, sizeof(*place_of));

	s->rest.n = 0;
	for (uint32_t id = 1; id <= t->n; id++) {
		uint32_t first = t->first_ref[id];
		struct tie x = {.id = id};

		if (t->new_id[id])
			continue;
		if (first < t->first_ref[id + 1])
			x.target = t->new_id[t->refs[first]];
		x.name = canonical_name(t, id);
		x.kind = btf_view_type(&t->view, id).kind;
		vec_push(&s->rest, x);
		place_of[id] = (uint32_t)s->rest.n;
	}
	mark_wanted(s, place_of);
}

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Types nothing refers to come first, because they lead to the others; then as a reader looks. */
static int compare_ties(const void *pa, const void *pb)
{
	const struct tie *a = pa, *b = pb;
	int c = compare(a->wanted, b->wanted);

	c = c ? c : compare(a->kind, b->kind);
	c = c ? c : compare(a->target, b->target);
	c = c ? c : strcmp(a->name, b->name);
	c = c ? c : compare(a->colour, b->colour);
	return c ? c : compare(a->id, b->id);
}

/* A hash of all that a type leads to: the colours, and how they hang together. */
static uint64_t trace(struct ties *s, uint32_t id)
{
	const struct canonical_types *t = s->t;
	uint64_t h = 0;

	s->seen.n = 0;
	vec_push(&s->seen, id);
	s->local[id] = 1;
	for (size_t i = 0; i < s->seen.n; i++) {
		uint32_t at = s->seen.v[i];

		h = mix(h, s->colour[at]);
		for (uint32_t j = t->first_ref[at]; j < t->first_ref[at + 1]; j++) {
			uint32_t to = t->refs[j];

			if (t->new_id[to])
				continue;
			if (!s->local[to]) {
				vec_push(&s->seen, to);
				s->local[to] = (uint32_t)s->seen.n;
			}
			h = mix(h, s->local[to]);
		}
	}
	vec_foreach (p, &s->seen)
		s->local[*p] = 0;
	spend(s, s->seen.n);
	return h;
}

/* Whether numbering a type tells nothing about others: none without a number is next to it. */
static bool is_alone(const struct ties *s, const struct tie *x)
{
	const struct canonical_types *t = s->t;

	for (uint32_t i = t->first_ref[x->id]; i < t->first_ref[x->id + 1]; i++)
		if (!t->new_id[t->refs[i]])
			return false;
	return !x->wanted && x->kind != BTF_KIND_DATASEC;
}

/* Of the types without a number that have the colour of the i-th, the one to number first. */
static uint32_t choose(struct ties *s, size_t i, bool *ret_tied)
{
	const struct tie *x = &s->rest.v[i];
	uint32_t best = x->id;
	uint64_t best_trace = 0;

	*ret_tied = false;
	if (is_alone(s, x) || !s->budget)
		return best;
	for (size_t j = i + 1; j < s->rest.n && s->rest.v[j].colour == x->colour && s->budget;
	     j++) {
		uint64_t h;

		if (s->t->new_id[s->rest.v[j].id])
			continue;
		if (!*ret_tied)
			best_trace = trace(s, best);
		*ret_tied = true;
		h = trace(s, s->rest.v[j].id);
		if (h < best_trace) {
			best_trace = h;
			best = s->rest.v[j].id;
		}
	}
	return best;
}

/* Numbers types in order as long as colours decide it. Returns whether to colour again. */
static bool number_by_colour(struct ties *s)
{
	refine(s);
	vec_foreach (x, &s->rest)
		x->colour = s->colour[x->id];
	qsort(s->rest.v, s->rest.n, sizeof(s->rest.v[0]), compare_ties);
	for (size_t i = 0; i < s->rest.n; i++) {
		bool tied;

		if (s->t->new_id[s->rest.v[i].id])
			continue;
		canonical_types_visit(s->t, choose(s, i, &tied));
		if (tied)
			return true;
	}
	return false;
}

void canonical_ties_number(struct canonical_types *t)
{
	struct ties s = {.t = t, .budget = COLOURING_MAX};
	size_t n = (size_t)t->n + 1;

	if (t->n_numbered == t->n)
		return;
	s.colour = xcalloc(3 * n, sizeof(*s.colour));
	s.next = s.colour + n;
	s.sorted = s.next + n;
	s.local = xcalloc(n, sizeof(*s.local));
	do
		collect(&s);
	while (s.rest.n && number_by_colour(&s));
	vec_free(&s.rest);
	vec_free(&s.seen);
	free(s.colour);
	free(s.local);
}
