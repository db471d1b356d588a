#include "slice/cutter.h"

#include <errno.h>

#include "base/message.h"
#include "base/path.h"
#include "slice/cutter_parts.h"
#include "slice/keywords.h"
#include "slice/tags.h"

struct cutter *cutter_new(struct files *files)
{
	struct cutter *c = xcalloc(1, sizeof(*c));

	c->files = files;
	c->words = words_new();
	c->first_keyword = keywords_add(c->words);
	c->tag_word = words_add(c->words, "btf_type_tag", strlen("btf_type_tag"));
	return c;
}

static void helpers_free(struct helpers *h)
{
	pastes_free(&h->pastes);
	buf_free(&h->data);
	vec_free(&h->declared);
	free(h->words);
	free(h->wanted);
	free(h);
}

void source_clear(struct source *s)
{
	outline_free(s->outline);
	if (s->macros)
		macros_free(s->macros);
	if (s->tokens)
		tokens_free(s->tokens);
	if (s->helpers)
		helpers_free(s->helpers);
}

void cutter_free(struct cutter *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->sources.n; i++) {
		source_clear(c->sources.entries[i].value);
		free(c->sources.entries[i].value);
	}
	map_free(&c->sources);
	vec_foreach (x, &c->indexes) {
		slice_free(&(*x)->slice);
		pastes_free(&(*x)->pastes);
		vec_free(&(*x)->names);
		source_clear(&(*x)->macros);
		free(*x);
	}
	vec_free(&c->indexes);
	vec_free(&c->seen);
	vec_free(&c->macros);
	vec_free(&c->tokens);
	vec_free(&c->helpers);
	words_free(c->words);
	free(c);
}

void source_scan(struct cutter *c, const char *text, size_t size, struct source *ret)
{
	ret->tokens = tokens_scan(c->words, text, size);
	ret->macros = macros_prepare(c->words, ret->tokens);
}

/* NULL when the header is of a form that is not understood: it is a file like others then. */
static struct helpers *helpers_read(struct cutter *c, const char *text, size_t size)
{
	struct helpers *h = xcalloc(1, sizeof(*h));
	_cleanup_free_ char *why = NULL;

	if (index_build(text, size, &h->data, &why) < 0 ||
	    index_open(h->data.v, h->data.n, &h->index) < 0 || h->index.n_always) {
		helpers_free(h);
		return NULL;
	}
	h->pastes.index = &h->index;
	h->words = xcalloc(h->index.n_entities + 1, sizeof(*h->words));
	h->wanted = xcalloc(h->index.n_names + 1, 1);
	for (uint32_t i = 0; i < h->index.n_entities; i++) {
		const struct index_entity *e = &h->index.entities[i];
		const struct index_name *n = &h->index.names[e->name];

		h->words[i] = e->name == INDEX_NONE
				      ? WORDS_NONE
				      : words_add(c->words, h->index.text + n->at, n->size);
	}
	return h;
}

int source_get(struct cutter *c, struct file *file, struct source **ret)
{
	struct source *s = map_get(&c->sources, file->path);
	_cleanup_content_ struct file_content content = {0};
	int err;

	*ret = s;
	if (s)
		return 0;
	err = files_try_load(c->files, file, &content);
	if (err < 0)
		return message_error(err, "read: %s: %s", file->path, strerror(-err));
	s = xcalloc(1, sizeof(*s));
	if (str_eq(path_base(file->path), HELPERS_HEADER))
		s->helpers = helpers_read(c, (const char *)content.data, content.size);
	if (!s->helpers)
		source_scan(c, (const char *)content.data, content.size, s);
	map_put(&c->sources, file->path, s);
	*ret = s;
	return 0;
}

static struct source_index *get_index(struct cutter *c, const struct index *index)
{
	struct source_index *x;

	vec_foreach (i, &c->indexes)
		if ((*i)->index == index)
			return *i;
	x = xcalloc(1, sizeof(*x));
	x->index = index;
	x->pastes.index = index;
	slice_init(&x->slice, index);
	if (index->file->macros.n)
		source_scan(c, index->macros, index->file->macros.n, &x->macros);
	vec_push(&c->indexes, x);
	return x;
}

static uint32_t name_of(struct cutter *c, struct source_index *x, uint32_t word)
{
	while (x->names.n <= word)
		vec_push(&x->names, NOT_ASKED);
	if (x->names.v[word] == NOT_ASKED)
		x->names.v[word] = index_find(x->index, words_text(c->words, word),
					      words_size(c->words, word));
	return x->names.v[word];
}

static void want_word(struct cutter *c, struct source_index *x, uint32_t word)
{
	uint32_t name;

	while (c->seen.n <= word)
		vec_push(&c->seen, 0);
	if (c->seen.v[word] == c->unit)
		return;
	c->seen.v[word] = c->unit;
	name = name_of(c, x, word);
	if (name != INDEX_NONE)
		slice_want(&x->slice, name);
}

static void add_source(struct cutter *c, struct source_index *x, const struct source *s)
{
	for (size_t i = 0; i < s->tokens->n_uniq; i++)
		want_word(c, x, s->tokens->uniq[i]);
	vec_push(&c->macros, s->macros);
	vec_push(&c->tokens, s->tokens);
}

static bool is_seen(uint32_t word, const void *arg)
{
	const struct cutter *c = arg;

	return word < c->seen.n && c->seen.v[word] == c->unit;
}

static void want_pasted(uint32_t name, void *arg)
{
	struct source_index *x = arg;

	slice_want(&x->slice, name);
}

static void want_pasted_helper(uint32_t name, void *arg)
{
	struct helpers *h = arg;

	h->wanted[name] = 1;
}

/* The entity of x that an entity of the helpers' header means, or INDEX_NONE. */
static uint32_t same_entity(const struct helpers *h, uint32_t entity, const struct index *x)
{
	const struct index_entity *e = &h->index.entities[entity];
	const struct index_name *n = &h->index.names[e->name];
	uint32_t name =
		e->name == INDEX_NONE ? INDEX_NONE : index_find(x, h->index.text + n->at, n->size);

	if (name == INDEX_NONE)
		return INDEX_NONE;
	return e->kind <= ENTITY_ENUM ? x->names[name].tag : x->names[name].ordinary;
}

/* What the prototypes of all helpers mention must be declared. */
static void find_declared(struct helpers *h, const struct source_index *x)
{
	const struct index *helpers = &h->index;

	h->of = x;
	h->declared.n = 0;
	for (uint64_t i = 0; i < helpers->file->edges.n; i++) {
		uint32_t entity = same_entity(h, helpers->edges[i].target, x->index);

		if (entity != INDEX_NONE)
			vec_push(&h->declared, entity);
	}
}

/* What a helper that is used returns must be complete: a program may look into it at once. */
static void add_helpers(struct cutter *c, struct source_index *x, struct helpers *h)
{
	const struct index *helpers = &h->index;

	if (h->of != x)
		find_declared(h, x);
	vec_foreach (entity, &h->declared)
		slice_raise(&x->slice, *entity, LEVEL_DECLARED);
	for (uint32_t i = 0; i < helpers->n_entities; i++) {
		const struct index_entity *e = &helpers->entities[i];

		if (h->words[i] == WORDS_NONE || (!is_seen(h->words[i], c) && !h->wanted[e->name]))
			continue;
		for (uint32_t k = 0; k < e->n_edges; k++) {
			const struct index_edge *edge = &helpers->edges[e->first_edge + k];
			uint32_t entity = edge->mode == EDGE_RESULT
						  ? same_entity(h, edge->target, x->index)
						  : INDEX_NONE;

			if (entity != INDEX_NONE)
				slice_raise(&x->slice, entity, LEVEL_DEREF);
		}
	}
}

/* Names that the unit's macros can make. */
static void add_pastes(struct cutter *c, struct source_index *x)
{
	const struct pastes_unit unit = {c->words, is_seen, c};
	struct patterns patterns = {0};

	patterns_find(c->words, c->macros.v, c->macros.n, &patterns);
	pastes_find(&x->pastes, &patterns, &unit, want_pasted, x);
	vec_foreach (h, &c->helpers) {
		memset((*h)->wanted, 0, (*h)->index.n_names);
		pastes_find(&(*h)->pastes, &patterns, &unit, want_pasted_helper, *h);
	}
	patterns_free(&patterns);
}

/* The unit's words, from its files and its command line. */
static int add_sources(struct cutter *c, struct source_index *x, const struct cut *cut,
		       const struct source *definitions)
{
	c->unit++;
	c->macros.n = c->tokens.n = c->helpers.n = 0;
	slice_begin(&x->slice);
	vec_foreach (f, cut->files) {
		struct source *s;
		int err = source_get(c, *f, &s);

		if (err < 0)
			return err;
		if (s->helpers)
			vec_push(&c->helpers, s->helpers);
		else
			add_source(c, x, s);
	}
	add_source(c, x, definitions);
	if (x->macros.tokens)
		add_source(c, x, &x->macros);
	return 0;
}

/* The command line as one more file: its definitions, and whatever else it mentions. */
static void put_flags(const struct strv *flags, struct buf *ret)
{
	for (size_t i = 0; i < flags->n; i++) {
		const char *flag = flags->v[i];

		if (str_eq(flag, "-D") && i + 1 < flags->n)
			macros_put_definition(ret, flags->v[++i]);
		else if (str_starts(flag, "-D"))
			macros_put_definition(ret, flag + 2);
		else
			buf_printf(ret, "%s\n", flag);
	}
}

int cutter_cut(struct cutter *c, const struct cut *cut, struct buf *ret,
	       struct cut_result *ret_result)
{
	struct source_index *x = get_index(c, cut->index);
	_cleanup_(source_clear) struct source definitions = {0};
	_cleanup_buf_ struct buf text = {0};
	bool lines;
	int err;

	put_flags(cut->flags, &text);
	source_scan(c, text.v ? text.v : "", text.n, &definitions);
	err = add_sources(c, x, cut, &definitions);
	if (err < 0)
		return err;
	x->slice.follows_all = is_seen(c->tag_word, c) &&
			       tags_used(c->words, c->tag_word, c->tokens.v, c->tokens.n);
	add_pastes(c, x);
	vec_foreach (h, &c->helpers)
		add_helpers(c, x, *h);
	slice_close(&x->slice);
	lines = cut->lines == CUT_LINES_ALWAYS ||
		(cut->lines == CUT_LINES_IF_SHOWN && x->slice.has_code);
	slice_print(&x->slice, lines, ret);
	*ret_result = (struct cut_result){lines, x->slice.n_lines};
	return 0;
}
