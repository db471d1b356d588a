#include "slice/depends_parts.h"
#include "slice/macros_parts.h"

void search_add(struct search *s, uint32_t word, uint32_t because)
{
	if (s->depends[word])
		return;
	s->depends[word] = 1;
	s->cause[word] = because;
	vec_push(&s->found, word);
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

static void look_at_conditionals(struct search *s, uint32_t file)
{
	const struct outline *o = s->u->files[file].outline;
	uint32_t *under = s->files[file].under;

	/* Outer ones come first. */
	for (uint32_t i = 0; i < o->conditionals.n; i++) {
		const struct outline_conditional *c = &o->conditionals.v[i];

		if (under[i] == WORDS_NONE)
			under[i] = word_of_conditional(s, file, c->outer);
		for (uint32_t k = 0; under[i] == WORDS_NONE && k < c->n; k++) {
			uint32_t word = word_at(o, o->conditions.v[c->first + k]);

			if (s->depends[word])
				under[i] = word;
		}
	}
}

/* Where a declaration depends: on which word, from which token on. */
static uint32_t word_of_declaration(const struct search *s, uint32_t file,
				    const struct outline_item *item, uint32_t *ret_token)
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

/* What is counted while a compiler reads is counted in what nobody uses, too. */
static bool is_counted(const struct search *s, const struct outline *o,
		       const struct outline_item *item)
{
	for (uint32_t i = item->first; i < item->first + item->n; i++) {
		const struct outline_segment *part = &o->segments.v[i];

		for (uint32_t k = part->first; k < part->first + part->n; k++)
			if (word_at(o, k) != WORDS_NONE && s->counts[word_at(o, k)])
				return true;
	}
	return false;
}

/* Whether three tokens are "struct TAG {" or, with a semicolon, only the beginning of that. */
static bool declares_tag(const struct search *s, const uint32_t *v, uint32_t tag, bool or_defines)
{
	return tokens_word(v[1]) == tag && tokens_word(v[0]) != WORDS_NONE &&
	       keyword_of(s->u->first_keyword, tokens_word(v[0])) == KEYWORD_TAG &&
	       (tokens_is(v[2], ';') || (or_defines && tokens_is(v[2], '{')));
}

/* The tag of "struct TAG;", or WORDS_NONE. */
static uint32_t tag_of_forward(const struct search *s, const struct outline *o,
			       const struct outline_item *item)
{
	const struct outline_segment *part = &o->segments.v[item->first];
	uint32_t tag = part->n == 3 ? word_at(o, part->first + 1) : WORDS_NONE;

	return item->n == 1 && tag != WORDS_NONE &&
			       declares_tag(s, &o->tokens->v[part->first], tag, false)
		       ? tag
		       : WORDS_NONE;
}

static bool item_declares_tag(const struct search *s, const struct outline *o,
			      const struct outline_item *item, uint32_t tag)
{
	for (uint32_t i = item->first; i < item->first + item->n; i++) {
		const struct outline_segment *part = &o->segments.v[i];

		for (uint32_t k = part->first; k + 2 < part->first + part->n; k++)
			if (declares_tag(s, &o->tokens->v[k], tag, true))
				return true;
	}
	return false;
}

/* Whether something that does not depend, as far as is known, declares a tag. */
static bool is_declared_anyway(const struct search *s, uint32_t tag)
{
	for (uint32_t file = 0; file < s->u->n_files; file++) {
		const struct outline *o = s->u->files[file].outline;
		uint32_t token;

		vec_foreach (item, &o->items)
			if (item->kind == OUTLINE_DECLARATION &&
			    !s->files[file].done[item - o->items.v] &&
			    word_of_declaration(s, file, item, &token) == WORDS_NONE &&
			    item_declares_tag(s, o, item, tag))
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

	uint32_t tag;

	if (word == WORDS_NONE)
		return false;
	tag = tag_of_forward(s, o, item);
	if (tag != WORDS_NONE && is_declared_anyway(s, tag))
		return true;
	if (declaration_names(s, o, item, names) == DECLARES_EFFECT || is_counted(s, o, item))
		add_reason(s, file, token, word, NULL);
	else
		vec_foreach (name, names)
			search_add(s, *name, word);
	return true;
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

	vec_foreach (item, &f->outline->items) {
		if (item->kind == OUTLINE_DEFINE || item->kind == OUTLINE_UNDEF) {
			search_add(s, item->name, f->word);
		} else if (item->kind == OUTLINE_DECLARATION) {
			if (declaration_names(s, f->outline, item, names) == DECLARES_EFFECT)
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
		any = s->depends[o->tokens->uniq[i]];
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

static bool find_more_counting(struct search *s, const struct outline *o)
{
	bool more = false;

	vec_foreach (item, &o->items) {
		if (item->kind != OUTLINE_DEFINE || s->counts[item->name])
			continue;
		for (uint32_t k = item->first; k < item->first + item->n; k++)
			if (word_at(o, k) != WORDS_NONE && s->counts[word_at(o, k)])
				s->counts[item->name] = more = true;
	}
	return more;
}

/* Marks macros that use __COUNTER__. */
static void find_counting(struct search *s)
{
	bool more = s->mentioned[WORD_COUNTER];

	s->counts[WORD_COUNTER] = 1;
	while (more) {
		more = false;
		for (size_t i = 0; i < s->u->n_files; i++)
			more |= find_more_counting(s, s->u->files[i].outline);
	}
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
	s->counts = xcalloc(n, 1);
	s->files = xcalloc(s->u->n_files, sizeof(*s->files));
	for (size_t i = 0; i < s->u->n_files; i++) {
		const struct outline *o = s->u->files[i].outline;

		note_words(s, o);
		s->files[i].done = xcalloc(o->items.n + 1, 1);
		s->files[i].under = xreallocarray(NULL, o->conditionals.n + 1, sizeof(uint32_t));
		for (size_t k = 0; k < o->conditionals.n; k++)
			s->files[i].under[k] = WORDS_NONE;
	}
	find_counting(s);
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
	free(s->counts);
	vec_free(&s->found);
}

/* Whether any file mentions a seed at all. */
static bool is_worth_a_search(const struct depends_unit *u)
{
	for (size_t i = 0; i < u->n_files; i++) {
		const struct file_tokens *t = u->files[i].outline->tokens;

		if (u->files[i].word != WORDS_NONE)
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
