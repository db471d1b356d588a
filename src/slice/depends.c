#include "slice/depends_parts.h"
#include "slice/macros_parts.h"

static void add_one(struct search *s, uint32_t word, uint32_t because)
{
	if (s->depends[word])
		return;
	s->depends[word] = 1;
	s->cause[word] = because;
	vec_push(&s->found, word);
}

void search_add(struct search *s, uint32_t word, uint32_t because)
{
	_cleanup_free_ char *name = NULL;
	uint32_t builtin;

	if (s->depends[word])
		return;
	add_one(s, word, because);
	/* A compiler may call a function of the unit for a builtin that it has no code for. */
	name = xasprintf("__builtin_%s", words_text(s->u->words, word));
	builtin = words_find(s->u->words, name, strlen(name));
	if (builtin != WORDS_NONE)
		add_one(s, builtin, word);
}

/* The first reason counts, unless a later one lies in the unit's own source. */
static void add_reason(struct search *s, uint32_t file, uint32_t token, uint32_t word,
		       const char *what)
{
	if (s->has_reason && (s->reason.file == 0 || file != 0))
		return;
	s->has_reason = true;
	s->reason.file = file;
	s->reason.token = token;
	s->reason.what = what;
	s->reason.words.n = 0;
	for (; word != WORDS_NONE; word = s->cause[word])
		vec_push(&s->reason.words, word);
}

/* The first of some tokens that depends, or OUTLINE_NONE. */
static uint32_t find_token(const struct search *s, const struct outline *o, uint32_t first,
			   uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++) {
		uint32_t word = tokens_word(o->tokens->v[i]);

		if (word != WORDS_NONE && s->depends[word])
			return i;
	}
	return OUTLINE_NONE;
}

static uint32_t word_at(const struct outline *o, uint32_t token)
{
	return tokens_word(o->tokens->v[token]);
}

/* The word on which it depends whether what is within a conditional is there, or WORDS_NONE. */
static uint32_t word_of_conditional(const struct search *s, uint32_t file, uint32_t within)
{
	return within == OUTLINE_NONE ? WORDS_NONE : s->files[file].under[within];
}

static bool is_word(const struct search *s, uint32_t word, const char *text)
{
	return word != WORDS_NONE && str_eq(words_text(s->u->words, word), text);
}

/* Whether a condition's token is one after "defined" or "#ifdef", which does not expand. */
static bool is_only_tested(const struct search *s, const struct outline *o, uint32_t i)
{
	const uint32_t *v = o->tokens->v;
	uint32_t before = tokens_word(v[i - tokens_is(v[i - 1], '(') - 1]);

	return is_word(s, before, "defined") ||
	       (before != WORDS_NONE && str_ends(words_text(s->u->words, before), "def"));
}

/* The word on which a condition depends by itself, or WORDS_NONE. */
static uint32_t word_of_condition(const struct search *s, const struct outline *o, uint32_t token)
{
	uint32_t word = word_at(o, token);

	if (s->depends[word])
		return word;
	/* It may make the name of any of them: the flow of words into conditions is not known. */
	if (s->traits[word] & TRAIT_PASTES && !is_only_tested(s, o, token))
		return s->found.v[0];
	return WORDS_NONE;
}

static void look_at_conditional(struct search *s, uint32_t file, uint32_t i)
{
	const struct outline *o = s->u->files[file].outline;
	const struct outline_conditional *c = &o->conditionals.v[i];
	const uint32_t *tokens = o->conditions.v + c->first;
	uint32_t word = word_of_conditional(s, file, c->outer);

	for (uint32_t k = 0; word == WORDS_NONE && k < c->n; k++)
		word = word_of_condition(s, o, tokens[k]);
	s->files[file].under[i] = word;
	for (uint32_t k = 0; word != WORDS_NONE && k < c->n; k++)
		if (s->traits[word_at(o, tokens[k])] & TRAIT_COUNTS &&
		    !is_only_tested(s, o, tokens[k]))
			add_reason(s, file, tokens[k], word, NULL);
}

static void look_at_conditionals(struct search *s, uint32_t file)
{
	const struct outline *o = s->u->files[file].outline;

	/* Outer ones come first. */
	for (uint32_t i = 0; i < o->conditionals.n; i++)
		if (s->files[file].under[i] == WORDS_NONE)
			look_at_conditional(s, file, i);
}

uint32_t word_of_declaration(const struct search *s, uint32_t file, const struct outline_item *item,
			     uint32_t *ret_token)
{
	const struct outline *o = s->u->files[file].outline;

	for (uint32_t i = item->first; i < item->first + item->n; i++) {
		const struct outline_segment *part = &o->segments.v[i];
		uint32_t token = find_token(s, o, part->first, part->n);
		uint32_t word = token != OUTLINE_NONE ? word_at(o, token)
						      : word_of_conditional(s, file, part->within);

		*ret_token = token != OUTLINE_NONE ? token : part->first;
		if (word != WORDS_NONE)
			return word;
	}
	return WORDS_NONE;
}

/* What is counted while a compiler reads is counted in what nobody uses, too; and a pragma is
 * obeyed. */
static bool is_counted(const struct search *s, const struct outline *o,
		       const struct outline_item *item)
{
	for (uint32_t i = item->first; i < item->first + item->n; i++) {
		const struct outline_segment *part = &o->segments.v[i];

		for (uint32_t k = part->first; k < part->first + part->n; k++)
			if ((word_at(o, k) != WORDS_NONE &&
			     s->traits[word_at(o, k)] & TRAIT_COUNTS) ||
			    tokens_are_pragma(o->tokens->v + k, part->first + part->n - k))
				return true;
	}
	return false;
}

/* True when nothing more follows from it. */
static bool look_at_declaration(struct search *s, uint32_t file, const struct outline_item *item,
				word_list *names)
{
	const struct outline *o = s->u->files[file].outline;
	uint32_t token, word = word_of_declaration(s, file, item, &token);
	bool may_grow;

	if (word == WORDS_NONE)
		return false;
	if (declaration_names(s, file, item, names, &may_grow) == DECLARES_EFFECT ||
	    is_counted(s, o, item)) {
		add_reason(s, file, token, word, NULL);
		return true;
	}
	vec_foreach (name, names)
		search_add(s, *name, word);
	return !may_grow;
}

static bool look_at_line(struct search *s, uint32_t file, const struct outline_item *item)
{
	const struct outline *o = s->u->files[file].outline;
	uint32_t token = find_token(s, o, item->first, item->n);
	uint32_t word = token != OUTLINE_NONE ? word_at(o, token)
					      : word_of_conditional(s, file, item->within);

	if (word == WORDS_NONE)
		return false;
	if (item->kind == OUTLINE_DEFINE || item->kind == OUTLINE_UNDEF)
		search_add(s, item->name, word);
	else
		add_reason(s, file, token != OUTLINE_NONE ? token : item->first, word,
			   item->kind == OUTLINE_INCLUDE ? "an #include" : "a directive");
	return true;
}

/* A file of which others have another: its names depend. */
static void look_at_other_file(struct search *s, uint32_t file, word_list *names)
{
	const struct depends_file *f = &s->u->files[file];
	bool may_grow;

	vec_foreach (item, &f->outline->items) {
		if (item->kind == OUTLINE_DEFINE || item->kind == OUTLINE_UNDEF) {
			search_add(s, item->name, f->word);
		} else if (item->kind == OUTLINE_DECLARATION) {
			if (declaration_names(s, file, item, names, &may_grow) == DECLARES_EFFECT)
				add_reason(s, file, f->outline->segments.v[item->first].first,
					   f->word, NULL);
			else
				vec_foreach (name, names)
					search_add(s, *name, f->word);
		}
	}
}

static void look_at_file(struct search *s, uint32_t file, word_list *names)
{
	const struct outline *o = s->u->files[file].outline;
	uint8_t *done = s->files[file].done;
	bool any = false;

	for (size_t i = 0; i < o->tokens->n_uniq && !any; i++)
		any = s->depends[o->tokens->uniq[i]] ||
		      s->traits[o->tokens->uniq[i]] & TRAIT_PASTES;
	if (!any || s->u->files[file].word != WORDS_NONE)
		return;
	look_at_conditionals(s, file);
	for (uint32_t i = 0; i < o->items.n; i++) {
		const struct outline_item *item = &o->items.v[i];

		if (!done[i])
			done[i] = item->kind == OUTLINE_DECLARATION
					  ? look_at_declaration(s, file, item, names)
					  : look_at_line(s, file, item);
	}
}

/* Names that are made without parameters: which macro makes them is not known here. */
static void look_at_made_names(struct search *s)
{
	for (uint32_t file = 0; file < s->u->n_files; file++)
		vec_foreach (name, &s->u->files[file].macros->names)
			if (s->depends[*name])
				add_reason(s, file, 0, *name, "a macro with ##");
}

/* Until nothing more is found, or the source itself gave the reason. */
static void spread(struct search *s, const struct patterns *patterns)
{
	word_list names = {0};
	size_t n, pasted = 0;

	for (uint32_t file = 0; file < s->u->n_files; file++)
		if (s->u->files[file].word != WORDS_NONE)
			look_at_other_file(s, file, &names);
	do {
		n = s->found.n;
		for (uint32_t file = 0; file < s->u->n_files; file++)
			look_at_file(s, file, &names);
		if (s->found.n == n && pasted < n) {
			if (!search_pastes(s, patterns, pasted))
				add_reason(s, 0, 0, s->found.v[pasted], "a macro with ##");
			pasted = n;
		}
	} while (s->found.n > n && !(s->has_reason && s->reason.file == 0));
	vec_free(&names);
	look_at_made_names(s);
}

static void note_words(struct search *s, const struct outline *o)
{
	for (size_t i = 0; i < o->tokens->n_uniq; i++)
		s->mentioned[o->tokens->uniq[i]] = 1;
	/* "#define name name" only tells others that the name is there. */
	vec_foreach (item, &o->items)
		if (item->kind == OUTLINE_DEFINE &&
		    !(item->n == 1 && word_at(o, item->first) == item->name))
			s->is_macro[item->name] = 1;
}

static void begin(struct search *s)
{
	size_t n = words_count(s->u->words);

	s->depends = xcalloc(n, 1);
	s->cause = xcalloc(n, sizeof(*s->cause));
	s->is_macro = xcalloc(n, 1);
	s->mentioned = xcalloc(n, 1);
	s->traits = xcalloc(n, 1);
	s->files = xcalloc(s->u->n_files, sizeof(*s->files));
	for (size_t i = 0; i < s->u->n_files; i++) {
		const struct outline *o = s->u->files[i].outline;

		note_words(s, o);
		s->files[i].done = xcalloc(o->items.n + 1, 1);
		s->files[i].under = xreallocarray(NULL, o->conditionals.n + 1, sizeof(uint32_t));
		for (size_t k = 0; k < o->conditionals.n; k++)
			s->files[i].under[k] = WORDS_NONE;
	}
	search_find_traits(s);
	s->all_emit = search_all_emit(s);
	for (size_t i = 0; i < s->u->n_seeds; i++)
		search_add(s, s->u->seeds[i], WORDS_NONE);
}

static void end(struct search *s)
{
	for (size_t i = 0; i < s->u->n_files; i++) {
		free(s->files[i].done);
		free(s->files[i].under);
	}
	free(s->files);
	free(s->depends);
	free(s->cause);
	free(s->is_macro);
	free(s->mentioned);
	free(s->traits);
	vec_free(&s->found);
}

/* Whether any file mentions a seed at all, or may make its name. */
static bool is_worth_a_search(const struct depends_unit *u)
{
	for (size_t i = 0; i < u->n_files; i++) {
		const struct file_tokens *t = u->files[i].outline->tokens;

		if (u->files[i].word != WORDS_NONE || u->files[i].macros->chains.n ||
		    u->files[i].macros->names.n)
			return true;
		for (size_t k = 0; k < t->n_uniq; k++)
			for (size_t seed = 0; seed < u->n_seeds; seed++)
				if (t->uniq[k] == u->seeds[seed])
					return true;
	}
	return false;
}

bool depends_find(const struct depends_unit *u, struct depends_reason *ret_reason)
{
	struct search s = {.u = u};
	VEC(const struct file_macros *) macros = {0};
	struct patterns patterns = {0};

	if (!is_worth_a_search(u))
		return false;
	for (size_t i = 0; i < u->n_files; i++)
		vec_push(&macros, u->files[i].macros);
	patterns_find(u->words, macros.v, macros.n, &patterns);
	begin(&s);
	spread(&s, &patterns);
	end(&s);
	patterns_free(&patterns);
	vec_free(&macros);
	if (s.has_reason)
		*ret_reason = s.reason;
	return s.has_reason;
}
