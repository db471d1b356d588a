#include "slice/macros_parts.h"

static struct macro *macro_named(struct unit *u, uint32_t word)
{
	uint32_t k = u->macro_of[word];

	return k ? &u->macros.v[k - 1] : NULL;
}

static void add_definitions(struct unit *u, const struct file_macros *file)
{
	for (size_t i = 0; i < file->definitions.n; i++) {
		const struct definition *d = &file->definitions.v[i];
		uint32_t *k = &u->macro_of[d->name];

		if (!*k) {
			vec_push(&u->macros, ((struct macro){
						     .name = d->name,
						     .first_definition = NO_INDEX,
						     .first_mention = NO_INDEX,
						     .first_site = NO_INDEX,
					     }));
			*k = (uint32_t)u->macros.n;
		}
		vec_push(&u->definitions, ((struct unit_definition){
						  .file = file,
						  .d = d,
						  .macro = *k - 1,
						  .next = u->macros.v[*k - 1].first_definition,
					  }));
		u->macros.v[*k - 1].first_definition = (uint32_t)u->definitions.n - 1;
		u->macros.v[*k - 1].is_plain |= !d->takes_arguments;
	}
}

static void add_mentions(struct unit *u, uint32_t f)
{
	const struct file_macros *file = u->files[f];

	for (uint32_t i = 0; i < file->tokens->n_uniq; i++) {
		uint32_t k = u->macro_of[file->tokens->uniq[i]];

		if (!k || file->first_mention[i] == file->first_mention[i + 1])
			continue;
		vec_push(&u->mentions,
			 ((struct unit_mention){f, i, u->macros.v[k - 1].first_mention}));
		u->macros.v[k - 1].first_mention = (uint32_t)u->mentions.n - 1;
	}
}

/* Gives a macro's parameters nodes, and has its calls looked at. */
static void want(struct unit *u, uint32_t macro)
{
	struct macro *m = &u->macros.v[macro];

	if (m->wanted)
		return;
	m->wanted = true;
	for (uint32_t i = m->first_definition; i != NO_INDEX; i = u->definitions.v[i].next) {
		struct unit_definition *d = &u->definitions.v[i];

		d->first_node = (uint32_t)u->nodes.n;
		for (uint32_t k = 0; k < d->d->n_params; k++) {
			bool rest = d->d->variadic && k == d->d->n_params - 1;

			vec_push(&u->nodes,
				 ((struct node){i, k, 0, rest ? FLOW_COMMA | FLOW_MULTI : 0}));
		}
	}
	vec_push(&u->queue, macro);
}

/* What a macro may expand to, through the macros in its body and so on. */
static unsigned expansion_of(struct unit *u, struct macro *m)
{
	VEC(struct macro *) todo = {0};
	unsigned flow = 0;

	if (m->has_expansion)
		return m->expansion;
	m->stamp = ++u->stamp;
	vec_push(&todo, m);
	while (todo.n) {
		uint32_t i = todo.v[--todo.n]->first_definition;

		for (; i != NO_INDEX; i = u->definitions.v[i].next) {
			const struct unit_definition *d = &u->definitions.v[i];
			const uint32_t *words = d->file->words.v + d->d->first_word;

			flow |= d->d->flow;
			for (uint32_t k = 0; k < d->d->n_words; k++) {
				struct macro *next = macro_named(u, words[k]);

				flow |= word_flow(words[k]);
				if (!next || next->stamp == u->stamp)
					continue;
				next->stamp = u->stamp;
				vec_push(&todo, next);
			}
		}
	}
	vec_free(&todo);
	m->expansion = (uint8_t)flow;
	m->has_expansion = true;
	return flow;
}

/* An argument while it is read: tokens from here to there, within a body or, if NULL, outside. */
struct text {
	const uint32_t *v;
	uint32_t from, to;
	const struct unit_definition *within;
};

static uint32_t param_at(const struct text *t, uint32_t i)
{
	uint32_t word = tokens_word(t->v[i]);

	if (!t->within || word == WORDS_NONE)
		return WORDS_NONE;
	return definition_param(t->within->file, t->within->d, word);
}

/* Whether a macro's name at token i, in how many parentheses, may get arguments in this text. */
static bool may_be_called(struct unit *u, const struct text *t, uint32_t i, long depth)
{
	uint32_t word;

	if (depth != 0)
		return true;
	if (i + 1 == t->to)
		return false;
	word = tokens_word(t->v[i + 1]);
	if (word == WORDS_NONE)
		return tokens_is(t->v[i + 1], '(');
	return macro_named(u, word) || word_flow(word) || param_at(t, i + 1) != WORDS_NONE;
}

/* Notes a word of an argument; gives the flow that it brings. */
static unsigned add_word(struct unit *u, const struct text *t, uint32_t i, long depth)
{
	uint32_t word = tokens_word(t->v[i]), param = param_at(t, i);
	bool called = may_be_called(u, t, i, depth);
	struct macro *m;

	if (param != WORDS_NONE) {
		want(u, t->within->macro);
		vec_push(&u->arg_refs, (t->within->first_node + param) | (called ? REF_CALLED : 0));
		return 0;
	}
	m = macro_named(u, word);
	if (m && !m->is_plain && !called) {
		vec_push(&u->arg_words, word | WORD_BARE);
		return FLOW_CALLEE;
	}
	vec_push(&u->arg_words, word);
	return word_flow(word) | (m ? expansion_of(u, m) : 0);
}

static void add_argument(struct unit *u, const struct text *t)
{
	struct argument a = {
		.first_word = (uint32_t)u->arg_words.n,
		.first_ref = (uint32_t)u->arg_refs.n,
	};
	unsigned flow = t->from == t->to ? FLOW_EMPTY : t->to - t->from > 1 ? FLOW_MULTI : 0;
	long depth = 0;

	for (uint32_t i = t->from; i < t->to; i++) {
		if (tokens_word(t->v[i]) != WORDS_NONE)
			flow |= add_word(u, t, i, depth);
		else if (tokens_is(t->v[i], '('))
			depth++;
		else if (tokens_is(t->v[i], ')'))
			depth--;
		else if (t->within && tokens_is(t->v[i], TOKEN_PASTE) &&
			 !tokens_is(t->v[i - 1], ','))
			flow |= FLOW_PASTED;
	}
	a.n_words = (uint32_t)u->arg_words.n - a.first_word;
	a.n_refs = (uint32_t)u->arg_refs.n - a.first_ref;
	a.flow = (uint8_t)flow;
	vec_push(&u->arguments, a);
}

/* The definition whose body holds token i, or NULL. */
static const struct unit_definition *definition_around(const struct unit *u, uint32_t f, uint32_t i)
{
	const struct file_macros *file = u->files[f];
	size_t low = 0, high = file->definitions.n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (file->definitions.v[middle].end <= i)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == file->definitions.n || file->definitions.v[low].body > i)
		return NULL;
	return &u->definitions.v[u->first_definition[f] + low];
}

/*
 * Reads the call of a macro whose name is token i. False when it is none, or its arguments cannot
 * be told from the text.
 */
static bool add_site(struct unit *u, uint32_t macro, uint32_t f, uint32_t i)
{
	const struct file_tokens *t = u->files[f]->tokens;
	const struct unit_definition *within = definition_around(u, f, i);
	uint32_t end = within ? within->d->end : (uint32_t)t->n, from = i + 2;
	struct site s = {.macro = macro, .first_argument = (uint32_t)u->arguments.n};
	size_t depth = 1;

	if (i + 1 >= end || !tokens_is(t->v[i + 1], '('))
		return false;
	for (i += 2; depth; i++) {
		if (i >= end || (!within && t->v[i] & TOKEN_BEGINS_LINE && tokens_is(t->v[i], '#')))
			return false;
		if (tokens_is(t->v[i], '('))
			depth++;
		else if (tokens_is(t->v[i], ')'))
			depth--;
		if (depth && (depth > 1 || !tokens_is(t->v[i], ',')))
			continue;
		add_argument(u, &(struct text){t->v, from, i, within});
		from = i + 1;
	}
	s.n_arguments = (uint32_t)u->arguments.n - s.first_argument;
	s.shift = s.n_arguments;
	s.next = u->macros.v[macro].first_site;
	vec_push(&u->sites, s);
	u->macros.v[macro].first_site = (uint32_t)u->sites.n - 1;
	return true;
}

void unit_open(struct unit *u, struct macro *m)
{
	m->open = true;
	for (uint32_t i = m->first_definition; i != NO_INDEX; i = u->definitions.v[i].next) {
		const struct unit_definition *d = &u->definitions.v[i];

		for (uint32_t k = 0; k < d->d->n_params; k++)
			u->nodes.v[d->first_node + k].flow |= u->open_flow;
	}
}

static bool add_sites(struct unit *u, uint32_t macro)
{
	uint32_t k = u->macros.v[macro].first_mention;

	for (; k != NO_INDEX; k = u->mentions.v[k].next) {
		uint32_t f = u->mentions.v[k].file, index = u->mentions.v[k].index;
		const struct file_macros *file = u->files[f];

		for (uint32_t i = file->first_mention[index]; i < file->first_mention[index + 1];
		     i++)
			if (!add_site(u, macro, f, file->mentions[i]))
				return false;
	}
	return true;
}

void unit_begin(struct unit *u, const struct words *w, const struct file_macros *const *files,
		size_t n)
{
	size_t n_words = words_count(w);

	*u = (struct unit){.words = w, .files = files, .n_files = n};
	u->macro_of = xcalloc(n_words, sizeof(*u->macro_of));
	u->word_stamp = xcalloc(n_words, sizeof(*u->word_stamp));
	u->first_definition = xcalloc(n, sizeof(*u->first_definition));
	u->open_flow = FLOW_EMPTY | FLOW_MULTI | FLOW_COMMA | FLOW_PASTED | FLOW_CALLEE;
	for (size_t f = 0; f < n; f++) {
		u->first_definition[f] = (uint32_t)u->definitions.n;
		add_definitions(u, files[f]);
		if (files[f]->unbalanced)
			u->open_flow |= FLOW_PAREN;
	}
	for (size_t f = 0; f < n; f++)
		add_mentions(u, (uint32_t)f);
	for (size_t f = 0; f < n; f++)
		vec_foreach (c, &files[f]->chains)
			want(u, u->definitions.v[u->first_definition[f] + c->definition].macro);
	while (u->queue.n) {
		uint32_t macro = u->queue.v[--u->queue.n];

		if (!add_sites(u, macro))
			unit_open(u, &u->macros.v[macro]);
	}
	unit_settle(u);
}

void unit_end(struct unit *u)
{
	free(u->macro_of);
	free(u->word_stamp);
	free(u->first_definition);
	vec_free(&u->macros);
	vec_free(&u->definitions);
	vec_free(&u->mentions);
	vec_free(&u->nodes);
	vec_free(&u->sites);
	vec_free(&u->arguments);
	vec_free(&u->arg_words);
	vec_free(&u->arg_refs);
	vec_free(&u->queue);
}

/* Whether argument i of a call may end up in a definition's parameter. */
static bool reaches(const struct site *s, uint32_t i, const struct definition *d, uint32_t param)
{
	uint32_t last = d->n_params - 1;

	/* Too many arguments are an error, unless the last parameter takes the rest. */
	if (i < s->shift)
		return param == i || (d->variadic && i > last && param == last);
	return param >= s->shift || param == last;
}

/* An argument's own flow and that of the parameters in it. */
static unsigned argument_flow(const struct unit *u, const struct argument *a, unsigned *ret_refs)
{
	unsigned refs = 0;

	for (uint32_t k = 0; k < a->n_refs; k++) {
		uint32_t ref = u->arg_refs.v[a->first_ref + k];
		unsigned flow = u->nodes.v[ref & ~REF_CALLED].flow;

		refs |= flow;
		if (ref & REF_CALLED && flow & FLOW_CALLEE)
			refs |= u->open_flow;
	}
	*ret_refs = refs;
	return a->flow | refs;
}

static bool add_flow(struct node *n, unsigned flow)
{
	unsigned was = n->flow;

	n->flow |= (uint8_t)flow;
	return n->flow != was;
}

static bool settle_definition(struct unit *u, const struct site *s, const struct unit_definition *d)
{
	bool changed = false;

	for (uint32_t p = 0; p < d->d->n_params; p++) {
		struct node *node = &u->nodes.v[d->first_node + p];
		/* What has no argument is empty; what may be shifted may be anything next to it. */
		unsigned flow = p >= s->n_arguments ? FLOW_EMPTY : 0, refs;

		if (p >= s->shift)
			flow |= FLOW_EMPTY | FLOW_MULTI;
		for (uint32_t i = 0; i < s->n_arguments; i++)
			if (reaches(s, i, d->d, p))
				flow |= argument_flow(u, &u->arguments.v[s->first_argument + i],
						      &refs);
		changed |= add_flow(node, flow);
	}
	return changed;
}

/* Whether anything changed. */
static bool settle_site(struct unit *u, struct site *s)
{
	struct macro *m = &u->macros.v[s->macro];
	bool changed = false;

	if (m->open)
		return false;
	for (uint32_t i = 0; i < s->n_arguments; i++) {
		const struct argument *a = &u->arguments.v[s->first_argument + i];
		unsigned refs;

		argument_flow(u, a, &refs);
		for (uint32_t k = 0; k < a->n_words; k++)
			if (u->arg_words.v[a->first_word + k] == WORD_VA_OPT)
				refs |= FLOW_COMMA;
		if (refs & FLOW_PAREN) {
			unit_open(u, m);
			return true;
		}
		if (refs & FLOW_COMMA && i < s->shift) {
			s->shift = i;
			changed = true;
		}
	}
	for (uint32_t d = m->first_definition; d != NO_INDEX; d = u->definitions.v[d].next)
		changed |= settle_definition(u, s, &u->definitions.v[d]);
	return changed;
}

void unit_settle(struct unit *u)
{
	bool changed;

	do {
		changed = false;
		vec_foreach (s, &u->sites)
			changed |= settle_site(u, s);
	} while (changed);
}

struct search {
	struct unit *u;
	VEC(uint32_t) nodes;
	VEC(const struct macro *) macros;
	size_t max;
	struct patterns *ret;
	size_t first;
};

static void add_to_set(struct search *s, uint32_t word)
{
	struct unit *u = s->u;

	if (u->word_stamp[word] != u->stamp && s->ret->words.n - s->first < s->max)
		vec_push(&s->ret->words, word);
	u->word_stamp[word] = u->stamp;
}

/* A word that expands, if it is a macro. */
static void meet_word(struct search *s, uint32_t word)
{
	struct macro *m = macro_named(s->u, word);

	add_to_set(s, word);
	if (!m || m->stamp == s->u->stamp)
		return;
	m->stamp = s->u->stamp;
	vec_push(&s->macros, m);
}

static void meet_expansion(struct search *s, const struct macro *m)
{
	struct unit *u = s->u;

	for (uint32_t i = m->first_definition; i != NO_INDEX; i = u->definitions.v[i].next) {
		const struct unit_definition *d = &u->definitions.v[i];

		for (uint32_t k = 0; k < d->d->n_words; k++)
			meet_word(s, d->file->words.v[d->d->first_word + k]);
	}
}

static void meet_argument(struct search *s, const struct argument *a)
{
	struct unit *u = s->u;

	for (uint32_t k = 0; k < a->n_words; k++) {
		uint32_t word = u->arg_words.v[a->first_word + k];

		if (word & WORD_BARE)
			add_to_set(s, word & ~WORD_BARE);
		else
			meet_word(s, word);
	}
	for (uint32_t k = 0; k < a->n_refs; k++) {
		uint32_t ref = u->arg_refs.v[a->first_ref + k] & ~REF_CALLED;

		if (u->nodes.v[ref].stamp == u->stamp)
			continue;
		u->nodes.v[ref].stamp = u->stamp;
		vec_push(&s->nodes, ref);
	}
}

static void meet_calls(struct search *s, const struct node *n)
{
	struct unit *u = s->u;
	const struct unit_definition *d = &u->definitions.v[n->definition];
	uint32_t k = u->macros.v[d->macro].first_site;

	for (; k != NO_INDEX; k = u->sites.v[k].next) {
		const struct site *site = &u->sites.v[k];

		for (uint32_t i = 0; i < site->n_arguments; i++)
			if (reaches(site, i, d->d, n->param))
				meet_argument(s, &u->arguments.v[site->first_argument + i]);
	}
}

void unit_gather(struct unit *u, uint32_t node, size_t max, struct patterns *ret)
{
	struct search s = {.u = u, .max = max, .ret = ret, .first = ret->words.n};

	u->nodes.v[node].stamp = ++u->stamp;
	vec_push(&s.nodes, node);
	while ((s.nodes.n || s.macros.n) && ret->words.n - s.first < max) {
		if (s.macros.n)
			meet_expansion(&s, s.macros.v[--s.macros.n]);
		else
			meet_calls(&s, &u->nodes.v[s.nodes.v[--s.nodes.n]]);
	}
	vec_free(&s.nodes);
	vec_free(&s.macros);
}
