#include <xxhash.h>

#include "slice/macros_parts.h"

/* A set of more words than this is not listed. */
#define MAX_SET 4096

struct finder {
	struct unit u;
	struct patterns *ret;
	struct piece *known; /* by node; of no kind yet: n and first are NO_INDEX */
	VEC(struct piece) sets;
	VEC(uint64_t) hashes;
	VEC(struct piece) chain;
	VEC(bool) breaks; /* the operand may be several tokens: names end and begin in it */
};

static int compare_words(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Puts the set that begins at words[first] in order; gives an equal one that is there already. */
static struct piece keep_set(struct finder *f, uint32_t first)
{
	struct patterns *r = f->ret;
	uint32_t n = (uint32_t)(r->words.n - first);
	struct piece p = {.kind = PIECE_WORDS, .first = first, .n = n};
	uint64_t hash;

	if (n)
		qsort(r->words.v + first, n, sizeof(uint32_t), compare_words);
	hash = n ? XXH3_64bits(r->words.v + first, n * sizeof(uint32_t)) : 0;
	for (size_t i = 0; i < f->sets.n; i++) {
		const struct piece *s = &f->sets.v[i];

		if (f->hashes.v[i] != hash || s->n != n ||
		    (n && memcmp(r->words.v + s->first, r->words.v + first, n * sizeof(uint32_t))))
			continue;
		r->words.n = first;
		return *s;
	}
	vec_push(&f->sets, p);
	vec_push(&f->hashes, hash);
	return p;
}

static struct piece piece_of_node(struct finder *f, uint32_t node)
{
	unsigned flow = f->u.nodes.v[node].flow;
	uint32_t first = (uint32_t)f->ret->words.n;
	struct piece *p = &f->known[node];

	if (p->first != NO_INDEX)
		return *p;
	if (flow & FLOW_PASTED) {
		*p = (struct piece){.kind = PIECE_WILD};
		return *p;
	}
	unit_gather(&f->u, node, MAX_SET, f->ret);
	if (f->ret->words.n - first == MAX_SET) {
		f->ret->words.n = first;
		*p = (struct piece){.kind = PIECE_ANY};
	} else {
		*p = keep_set(f, first);
	}
	p->may_be_empty = flow & FLOW_EMPTY;
	p->may_be_number = flow & FLOW_NUMBER;
	return *p;
}

static struct piece piece_of_word(struct finder *f, uint32_t word)
{
	struct piece p = {.kind = PIECE_TEXT, .first = (uint32_t)f->ret->words.n, .n = 1};

	vec_push(&f->ret->words, word);
	return p;
}

static bool is_impossible(const struct piece *p)
{
	return p->kind == PIECE_WORDS && !p->n && !p->may_be_empty && !p->may_be_number;
}

static void add_pattern(struct finder *f, size_t from, size_t to)
{
	struct patterns *r = f->ret;
	struct pattern p = {(uint32_t)r->pieces.n, (uint32_t)(to - from)};

	for (size_t i = from; i < to; i++)
		if (is_impossible(&f->chain.v[i]))
			return;
	for (size_t i = from; i < to; i++)
		vec_push(&r->pieces, f->chain.v[i]);
	vec_push(&r->list, p);
}

/* A chain's names: from its beginning or an operand of several tokens to its end or another one. */
static void add_patterns(struct finder *f)
{
	size_t last = f->chain.n - 1;

	if (last == 0)
		add_pattern(f, 0, 1);
	for (size_t from = 0; from < last; from++) {
		if (from != 0 && !f->breaks.v[from])
			continue;
		for (size_t to = from + 1; to <= last; to++)
			if (to == last || f->breaks.v[to])
				add_pattern(f, from, to + 1);
	}
}

static void resolve_chain(struct finder *f, const struct file_macros *file, const struct chain *c,
			  const struct unit_definition *d)
{
	f->chain.n = f->breaks.n = 0;
	for (uint32_t i = 0; i < c->n; i++) {
		uint32_t operand = file->operands.v[c->first + i];
		uint32_t node = d->first_node + (operand & TOKEN_ID_MAX);

		if (operand & OPERAND_PARAM) {
			vec_push(&f->chain, piece_of_node(f, node));
			vec_push(&f->breaks, f->u.nodes.v[node].flow & FLOW_MULTI);
		} else if (operand & OPERAND_WILD) {
			vec_push(&f->chain, ((struct piece){.kind = PIECE_WILD}));
			vec_push(&f->breaks, true);
		} else {
			vec_push(&f->chain, piece_of_word(f, operand));
			vec_push(&f->breaks, false);
		}
	}
	add_patterns(f);
}

static void find_patterns(struct finder *f)
{
	struct unit *u = &f->u;

	f->ret->list.n = f->ret->pieces.n = f->ret->words.n = 0;
	f->sets.n = f->hashes.n = 0;
	for (size_t i = 0; i < u->nodes.n; i++)
		f->known[i].first = NO_INDEX;
	for (size_t k = 0; k < u->n_files; k++) {
		const struct file_macros *file = u->files[k];

		vec_foreach (name, &file->names) {
			f->chain.n = 0;
			vec_push(&f->chain, piece_of_word(f, *name));
			add_pattern(f, 0, 1);
		}
		vec_foreach (c, &file->chains) {
			const struct unit_definition *d =
				&u->definitions.v[u->first_definition[k] + c->definition];
			const struct macro *m = &u->macros.v[d->macro];

			if (m->open || m->first_site != NO_INDEX)
				resolve_chain(f, file, c, d);
		}
	}
}

/* Names longer than this are taken to match. */
#define MAX_NAME 63

/*
 * The ends of a piece that begins at any of the places in a name. Places are bits: bit i is set
 * when the pieces so far may be the first i bytes.
 */
static uint64_t match_piece(const struct finder *f, const struct piece *p, uint64_t places,
			    const char *name, size_t size)
{
	uint64_t all = UINT64_MAX >> (63 - size), first = places & -places;
	uint64_t ret = p->may_be_empty ? places : 0;

	if (p->kind == PIECE_ANY || p->kind == PIECE_WILD || p->may_be_number)
		return all & -first;
	for (uint32_t k = 0; k < p->n; k++) {
		uint32_t word = f->ret->words.v[p->first + k];
		size_t n = words_size(f->u.words, word);
		const char *text = words_text(f->u.words, word);

		for (uint64_t left = places; left; left &= left - 1) {
			size_t at = (size_t)__builtin_ctzll(left);

			if (n <= size - at && memcmp(name + at, text, n) == 0)
				ret |= (uint64_t)1 << (at + n);
		}
	}
	return ret;
}

/* Whether a pattern may make a name; more often true than it should be, never less. */
static bool may_make(const struct finder *f, const struct pattern *p, uint32_t word)
{
	size_t size = words_size(f->u.words, word);
	const char *name = words_text(f->u.words, word);
	uint64_t places = 1;

	if (size > MAX_NAME)
		return true;
	for (uint32_t i = 0; i < p->n && places; i++)
		places = match_piece(f, &f->ret->pieces.v[p->first + i], places, name, size);
	return places >> size & 1;
}

/* Opens macros whose names may be made, for their calls do not show. Whether there were any. */
static bool open_made(struct finder *f)
{
	bool any = false;

	vec_foreach (m, &f->u.macros) {
		if (!m->wanted || m->open)
			continue;
		vec_foreach (p, &f->ret->list) {
			if (!may_make(f, p, m->name))
				continue;
			unit_open(&f->u, m);
			any = true;
			break;
		}
	}
	return any;
}

static int compare_patterns(const void *a, const void *b, void *arg)
{
	const struct pattern *x = a, *y = b;
	const struct patterns *r = arg;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	for (uint32_t i = 0; i < x->n; i++) {
		const struct piece *p = &r->pieces.v[x->first + i], *q = &r->pieces.v[y->first + i];
		uint32_t v = p->kind == PIECE_TEXT ? r->words.v[p->first] : p->first;
		uint32_t w = q->kind == PIECE_TEXT ? r->words.v[q->first] : q->first;
		int flags = p->may_be_empty | p->may_be_number << 1;
		int others = q->may_be_empty | q->may_be_number << 1;

		if (p->kind != q->kind)
			return p->kind < q->kind ? -1 : 1;
		if (v != w)
			return v < w ? -1 : 1;
		if (flags != others)
			return flags < others ? -1 : 1;
	}
	return 0;
}

/* Equal sets are one set already, so equal patterns have equal pieces. */
static void drop_repeated(struct patterns *r)
{
	size_t n = 0;

	if (r->list.n)
		qsort_r(r->list.v, r->list.n, sizeof(r->list.v[0]), compare_patterns, r);
	for (size_t i = 0; i < r->list.n; i++)
		if (n == 0 || compare_patterns(&r->list.v[n - 1], &r->list.v[i], r) != 0)
			r->list.v[n++] = r->list.v[i];
	r->list.n = n;
}

void patterns_find(const struct words *w, const struct file_macros *const *files, size_t n,
		   struct patterns *ret)
{
	struct finder f = {.ret = ret};

	unit_begin(&f.u, w, files, n);
	f.known = xcalloc(f.u.nodes.n, sizeof(*f.known));
	for (find_patterns(&f); open_made(&f); find_patterns(&f))
		unit_settle(&f.u);
	drop_repeated(ret);
	unit_end(&f.u);
	free(f.known);
	vec_free(&f.sets);
	vec_free(&f.hashes);
	vec_free(&f.chain);
	vec_free(&f.breaks);
}

void patterns_free(struct patterns *p)
{
	vec_free(&p->list);
	vec_free(&p->pieces);
	vec_free(&p->words);
}
