#include "slice/depends_parts.h"

/* Macros within macros deeper than this are taken to do anything. */
#define MAX_NESTED 8

/* A declaration's tokens, without directives, and what was seen of it so far. */
struct reading {
	const struct search *s;
	VEC(uint32_t) tokens;
	word_list *names;
	bool is_typedef, is_internal; /* static or extern */
	bool has_type, has_params, has_value, has_body, has_declarator;
	bool has_effect; /* or is not understood */
};

static enum keyword keyword_at(const struct reading *r, size_t i)
{
	uint32_t word = i < r->tokens.n ? tokens_word(r->tokens.v[i]) : WORDS_NONE;

	return word == WORDS_NONE ? KEYWORD_NONE : keyword_of(r->s->u->first_keyword, word);
}

/* The id of an identifier: no keyword, no number. */
static uint32_t identifier_at(const struct reading *r, size_t i)
{
	uint32_t word = i < r->tokens.n ? tokens_word(r->tokens.v[i]) : WORDS_NONE;
	const char *text = word == WORDS_NONE ? "0" : words_text(r->s->u->words, word);

	return (*text >= '0' && *text <= '9') || keyword_at(r, i) != KEYWORD_NONE ? WORDS_NONE
										  : word;
}

static bool is(const struct reading *r, size_t i, int kind)
{
	return i < r->tokens.n && tokens_is(r->tokens.v[i], kind);
}

/* The token behind the group that token i opens. */
static size_t skip_group(const struct reading *r, size_t i)
{
	unsigned depth = 0;

	for (; i < r->tokens.n; i++) {
		if (is(r, i, '(') || is(r, i, '[') || is(r, i, '{'))
			depth++;
		else if ((is(r, i, ')') || is(r, i, ']') || is(r, i, '}')) && --depth == 0)
			return i + 1;
	}
	return i;
}

/* A keyword outside of parentheses and braces. */
static void read_keyword(struct reading *r, enum keyword k)
{
	r->is_typedef |= k == KEYWORD_TYPEDEF;
	r->is_internal |= k == KEYWORD_STATIC || k == KEYWORD_EXTERN;
	r->has_type |= k == KEYWORD_TYPE || k == KEYWORD_TYPEOF;
	r->has_effect |= k == KEYWORD_EMITS;
}

static void read_macro(struct reading *r, uint32_t name, unsigned nested);

/* A body may hold what may stand before a declaration: keywords and attributes. */
static void read_macro_body(struct reading *r, const struct outline *o,
			    const struct outline_item *item, unsigned nested)
{
	struct reading body = {.s = r->s};

	for (uint32_t i = item->first; i < item->first + item->n; i++)
		vec_push(&body.tokens, o->tokens->v[i]);
	for (size_t i = 0; i < body.tokens.n; i++) {
		enum keyword k = keyword_at(&body, i);
		uint32_t word = identifier_at(&body, i);

		if (k == KEYWORD_ATTRIBUTE && is(&body, i + 1, '(')) {
			size_t end = skip_group(&body, i + 1);

			/* What an attribute does is in a word of it. */
			for (; i + 1 < end; i++) {
				r->has_effect |= keyword_at(&body, i) == KEYWORD_EMITS;
				word = identifier_at(&body, i);
				if (word != WORDS_NONE && r->s->is_macro[word])
					read_macro(r, word, nested + 1);
			}
		} else if (k != KEYWORD_NONE && k != KEYWORD_TAG && k != KEYWORD_ENUM) {
			read_keyword(r, k);
		} else if (word != WORDS_NONE && r->s->is_macro[word]) {
			read_macro(r, word, nested + 1);
		} else {
			r->has_effect = true;
		}
	}
	vec_free(&body.tokens);
}

static void read_macro(struct reading *r, uint32_t name, unsigned nested)
{
	const struct depends_unit *u = r->s->u;

	if (nested > MAX_NESTED) {
		r->has_effect = true;
		return;
	}
	for (size_t f = 0; f < u->n_files; f++)
		vec_foreach (item, &u->files[f].outline->items)
			if (item->kind == OUTLINE_DEFINE && item->name == name)
				read_macro_body(r, u->files[f].outline, item, nested);
}

/* Tokens of an attribute, or of what looks like one. */
static void read_attribute(struct reading *r, size_t i, size_t end)
{
	for (; i < end; i++) {
		uint32_t word = identifier_at(r, i);

		r->has_effect |= keyword_at(r, i) == KEYWORD_EMITS;
		if (word != WORDS_NONE && r->s->is_macro[word])
			read_macro(r, word, 0);
	}
}

static void read_enumerators(struct reading *r, size_t i, size_t end)
{
	unsigned depth = 0;

	for (; i < end; i++) {
		if (is(r, i, '(') || is(r, i, '[') || is(r, i, '{'))
			depth++;
		if (is(r, i, ')') || is(r, i, ']') || is(r, i, '}'))
			depth--;
		if ((is(r, i, '{') || is(r, i, ',')) && depth == 1 &&
		    identifier_at(r, i + 1) != WORDS_NONE)
			vec_push(r->names, identifier_at(r, i + 1));
	}
}

/*
 * A struct, union or enum at token i: its tag when it is defined or only declared here. Gives where
 * its braces begin, or the token behind the tag.
 */
static size_t read_tag(struct reading *r, size_t i)
{
	uint32_t tag = WORDS_NONE;

	for (i++; i < r->tokens.n; i++) {
		if (keyword_at(r, i) == KEYWORD_ATTRIBUTE && is(r, i + 1, '(')) {
			size_t end = skip_group(r, i + 1);

			read_attribute(r, i, end);
			i = end - 1;
		} else if (identifier_at(r, i) != WORDS_NONE &&
			   (r->s->is_macro[identifier_at(r, i)] || tag == WORDS_NONE)) {
			if (r->s->is_macro[identifier_at(r, i)])
				read_macro(r, identifier_at(r, i), 0);
			else
				tag = identifier_at(r, i);
		} else {
			break;
		}
	}
	if (tag != WORDS_NONE && (is(r, i, '{') || is(r, i, ';')))
		vec_push(r->names, tag);
	return i;
}

/* Tags and enumerators that the body of a struct or union defines. */
static void read_members(struct reading *r, size_t i, size_t end)
{
	for (; i < end; i++) {
		enum keyword k = keyword_at(r, i);
		size_t body;

		if (k != KEYWORD_TAG && k != KEYWORD_ENUM)
			continue;
		body = read_tag(r, i);
		if (k == KEYWORD_ENUM && is(r, body, '{'))
			read_enumerators(r, body, skip_group(r, body));
	}
}

static size_t read_type(struct reading *r, size_t i)
{
	enum keyword k = keyword_at(r, i);
	size_t end;

	r->has_type = true;
	i = read_tag(r, i);
	if (!is(r, i, '{'))
		return i;
	end = skip_group(r, i);
	if (k == KEYWORD_ENUM)
		read_enumerators(r, i, end);
	else
		read_members(r, i, end);
	return end;
}

static void add_declarator(struct reading *r, uint32_t name)
{
	vec_push(r->names, name);
	r->has_declarator = true;
}

/* Parameters, or a declarator in parentheses such as (*fn), at token i. */
static size_t read_parens(struct reading *r, size_t i)
{
	size_t end = skip_group(r, i);

	if (!is(r, i + 1, '*') && !is(r, i + 1, '^')) {
		/* Without a name before it, this is no declaration that is understood. */
		r->has_params = true;
		r->has_effect |= !r->has_declarator;
		return end;
	}
	for (size_t k = i + 1; k < end; k++) {
		uint32_t word = identifier_at(r, k);

		if (word != WORDS_NONE && !r->s->is_macro[word]) {
			add_declarator(r, word);
			break;
		}
	}
	return end;
}

static size_t read_word(struct reading *r, size_t i)
{
	enum keyword k = keyword_at(r, i);
	uint32_t word = identifier_at(r, i);
	size_t end = is(r, i + 1, '(') ? skip_group(r, i + 1) : i + 1;

	if (k == KEYWORD_TAG || k == KEYWORD_ENUM)
		return read_type(r, i);
	if (k == KEYWORD_ATTRIBUTE) {
		read_attribute(r, i, end);
		return end;
	}
	if (k != KEYWORD_NONE) {
		read_keyword(r, k);
		return k == KEYWORD_TYPEOF ? end : i + 1;
	}
	if (word != WORDS_NONE && r->s->is_macro[word]) {
		read_macro(r, word, 0);
		return end;
	}
	/* The first name of all is a type's, unless there is one already. */
	if (word != WORDS_NONE && r->has_type)
		add_declarator(r, word);
	r->has_type = true;
	return i + 1;
}

/* To the end of a declarator's value. */
static size_t skip_value(const struct reading *r, size_t i)
{
	while (i < r->tokens.n && !is(r, i, ',') && !is(r, i, ';'))
		i = is(r, i, '(') || is(r, i, '[') || is(r, i, '{') ? skip_group(r, i) : i + 1;
	return i;
}

static void read_all(struct reading *r)
{
	for (size_t i = 0; i < r->tokens.n;) {
		if (is(r, i, '(')) {
			i = read_parens(r, i);
		} else if (is(r, i, '[')) {
			i = skip_group(r, i);
		} else if (is(r, i, '{')) {
			r->has_body = true;
			i = skip_group(r, i);
		} else if (is(r, i, '=')) {
			r->has_value = true;
			i = skip_value(r, i);
		} else if (tokens_word(r->tokens.v[i]) != WORDS_NONE) {
			i = read_word(r, i);
		} else {
			i++;
		}
	}
}

enum declares declaration_names(const struct search *s, const struct outline *o,
				const struct outline_item *item, word_list *names)
{
	struct reading r = {.s = s, .names = names};
	bool is_definition;

	names->n = 0;
	if (o->torn)
		return DECLARES_EFFECT;
	for (uint32_t i = item->first; i < item->first + item->n; i++)
		for (uint32_t k = 0; k < o->segments.v[i].n; k++)
			vec_push(&r.tokens, o->tokens->v[o->segments.v[i].first + k]);
	read_all(&r);
	/* Of functions and variables only internal ones, and declarations of others, wait for
	 * somebody to mention them. A static function may be defined without one. */
	is_definition = r.has_declarator && !r.is_typedef && !r.is_internal &&
			(r.has_body || !r.has_params || r.has_value);
	vec_free(&r.tokens);
	return r.has_effect || is_definition || (r.has_body && !r.has_params) ? DECLARES_EFFECT
									      : DECLARES_NAMES;
}
