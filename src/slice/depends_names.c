#include "slice/depends_parts.h"

/* More macros than this in a declaration, or deeper in each other, are taken to do anything. */
#define MAX_MACROS 1000
#define MAX_NESTED 8

/* A declaration's tokens, without directives, and what was seen of it so far. */
struct reading {
	const struct search *s;
	VEC(uint32_t) tokens;
	word_list *names;
	uint32_t file;
	const struct outline_item *item;
	uint32_t first_name; /* of all; a type's, unless there is no other */
	bool is_typedef, is_static, is_extern;
	bool has_type, has_value, has_body, has_declarator, has_params;
	bool has_object;  /* some declarator is a variable */
	bool is_variable; /* the one at hand, as far as it is read */
	bool has_effect;  /* or is not understood */
	bool may_grow;
	unsigned n_macros; /* that were looked into */
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

/* Without one of these a declaration is quite another. */
static bool is_decisive(enum keyword k)
{
	return k == KEYWORD_TYPEDEF || k == KEYWORD_STATIC || k == KEYWORD_EXTERN ||
	       k == KEYWORD_TAG || k == KEYWORD_ENUM;
}

/* A keyword outside of parentheses and braces. */
static void read_keyword(struct reading *r, enum keyword k)
{
	r->is_typedef |= k == KEYWORD_TYPEDEF;
	r->is_static |= k == KEYWORD_STATIC;
	r->is_extern |= k == KEYWORD_EXTERN;
	r->has_type |= k == KEYWORD_TYPE || k == KEYWORD_TYPEOF;
	r->has_effect |= keyword_emits(k);
}

static bool is_macro(const struct reading *r, size_t i)
{
	uint32_t word = i < r->tokens.n ? tokens_word(r->tokens.v[i]) : WORDS_NONE;

	return word != WORDS_NONE && r->s->is_macro[word];
}

static bool has_traits(const struct reading *r, size_t i, unsigned traits)
{
	return is_macro(r, i) && r->s->traits[tokens_word(r->tokens.v[i])] & traits;
}

/* What attributes do is in a word of them. */
static void read_attribute(struct reading *r, size_t i, size_t end)
{
	for (; i < end; i++)
		r->has_effect |= keyword_emits(keyword_at(r, i)) || is(r, i, TOKEN_PASTE) ||
				 has_traits(r, i, TRAIT_EMITS | TRAIT_PASTES);
}

static void read_macro(struct reading *r, uint32_t name, unsigned nested);

/*
 * A body may hold what may stand before a declaration, and means the same when it is another:
 * keywords and attributes.
 */
static void read_macro_body(struct reading *r, const struct outline *o,
			    const struct outline_item *item, unsigned nested)
{
	struct reading body = {.s = r->s};

	for (uint32_t i = item->first; i < item->first + item->n; i++)
		vec_push(&body.tokens, o->tokens->v[i]);
	for (size_t i = 0; i < body.tokens.n; i++) {
		enum keyword k = keyword_at(&body, i);

		if (is_macro(&body, i)) {
			read_macro(r, tokens_word(body.tokens.v[i]), nested + 1);
		} else if (k == KEYWORD_ATTRIBUTE && is(&body, i + 1, '(')) {
			size_t end = skip_group(&body, i + 1);

			read_attribute(&body, i, end);
			i = end - 1;
		} else if (k != KEYWORD_NONE && !is_decisive(k)) {
			read_keyword(r, k);
		} else {
			r->has_effect = true;
		}
	}
	r->has_effect |= body.has_effect;
	vec_free(&body.tokens);
}

static void read_macro(struct reading *r, uint32_t name, unsigned nested)
{
	const struct depends_unit *u = r->s->u;

	if (r->has_effect || nested > MAX_NESTED || ++r->n_macros > MAX_MACROS) {
		r->has_effect = true;
		return;
	}
	for (size_t f = 0; f < u->n_files; f++)
		vec_foreach (item, &u->files[f].outline->items)
			if (item->kind == OUTLINE_DEFINE && item->name == name)
				read_macro_body(r, u->files[f].outline, item, nested);
}

/* Macros among them may be more enumerators, or their names. */
static void read_enumerators(struct reading *r, size_t i, size_t end)
{
	unsigned depth = 0;

	for (; i < end; i++) {
		r->has_effect |= has_traits(r, i, TRAIT_COMMAS);
		if (is(r, i, '(') || is(r, i, '[') || is(r, i, '{'))
			depth++;
		if (is(r, i, ')') || is(r, i, ']') || is(r, i, '}'))
			depth--;
		if ((!is(r, i, '{') && !is(r, i, ',')) || depth != 1)
			continue;
		r->has_effect |= is_macro(r, i + 1);
		if (identifier_at(r, i + 1) != WORDS_NONE)
			vec_push(r->names, identifier_at(r, i + 1));
	}
}

/* Whether a declaration is "struct TAG;", or begins with "struct TAG {". */
static bool begins_with_tag(const struct search *s, const struct outline *o,
			    const struct outline_segment *part, uint32_t tag)
{
	const uint32_t *v = o->tokens->v + part->first;
	uint32_t keyword = tokens_word(v[0]);
	enum keyword k =
		keyword == WORDS_NONE ? KEYWORD_NONE : keyword_of(s->u->first_keyword, keyword);

	return part->n > 2 && (k == KEYWORD_TAG || k == KEYWORD_ENUM) && tokens_word(v[1]) == tag &&
	       (tokens_is(v[2], '{') || tokens_is(v[2], ';'));
}

/* Whether what stands within one conditional is there whenever what stands within another is. */
static bool encloses(const struct outline *o, uint32_t one, uint32_t other)
{
	if (one == OUTLINE_NONE)
		return true;
	while (other != OUTLINE_NONE && other != one)
		other = o->conditionals.v[other].outer;
	return other == one && !o->conditionals.v[one].has_sides;
}

/* Whether another item declares a tag and does not depend, as far as is known. */
static bool declares_too(const struct reading *r, const struct outline_item *item, uint32_t tag)
{
	const struct outline *o = r->s->u->files[r->file].outline;
	uint32_t token;

	return item->kind == OUTLINE_DECLARATION &&
	       begins_with_tag(r->s, o, &o->segments.v[item->first], tag) &&
	       encloses(o, o->segments.v[item->first].within,
			o->segments.v[r->item->first].within) &&
	       word_of_declaration(r->s, r->file, item, &token) == WORDS_NONE;
}

/*
 * Whether a tag is declared all the same: earlier in this file, or later before anything else can
 * mention it.
 */
static bool is_declared_too(const struct reading *r, uint32_t tag)
{
	const struct outline *o = r->s->u->files[r->file].outline;
	const struct outline_item *item;

	for (item = o->items.v; item < r->item; item++)
		if (declares_too(r, item, tag))
			return true;
	for (item++; item < o->items.v + o->items.n; item++) {
		if (declares_too(r, item, tag))
			return true;
		if (item->kind == OUTLINE_INCLUDE || item->kind == OUTLINE_DECLARATION)
			return false;
	}
	return false;
}

/* Whether what stands behind a tag may make a pointer of it: others must know what it is. */
static bool may_be_pointer(const struct reading *r, size_t i)
{
	return is(r, i, '*') || is_macro(r, i) || keyword_at(r, i) != KEYWORD_NONE;
}

static size_t read_group(struct reading *r, size_t i);

/*
 * A struct, union or enum at token i: its tag, if this may be where that is declared. The first
 * mention of a struct does so. Gives where its braces begin, or the token behind the tag.
 */
static size_t read_tag(struct reading *r, size_t i, bool is_outside)
{
	uint32_t tag = WORDS_NONE;

	for (i++; i < r->tokens.n; i++) {
		uint32_t word = identifier_at(r, i);

		if (keyword_at(r, i) == KEYWORD_ATTRIBUTE && is(r, i + 1, '(')) {
			i = read_group(r, i + 1) - 1;
		} else if (is_macro(r, i)) {
			read_macro(r, tokens_word(r->tokens.v[i]), 0);
		} else if (word != WORDS_NONE && tag == WORDS_NONE) {
			tag = word;
		} else {
			break;
		}
	}
	if (tag == WORDS_NONE || !(is(r, i, '{') || is_outside || may_be_pointer(r, i)))
		return i;
	if (!is(r, i, '{') && is_declared_too(r, tag))
		r->may_grow = true;
	else
		vec_push(r->names, tag);
	return i;
}

/* Tags and enumerators that are declared in parentheses, or the body of a struct. */
static void read_members(struct reading *r, size_t i, size_t end)
{
	for (; i < end; i++) {
		enum keyword k = keyword_at(r, i);
		size_t body;

		r->has_effect |= has_traits(r, i, TRAIT_TAGS);
		if (k != KEYWORD_TAG && k != KEYWORD_ENUM)
			continue;
		body = read_tag(r, i, false);
		if (k == KEYWORD_ENUM && is(r, body, '{'))
			read_enumerators(r, body, skip_group(r, body));
		/* "enum : char {" */
		r->has_effect |= k == KEYWORD_ENUM && is(r, body, ':');
	}
}

/* A group that the token opens, outside of braces. Gives the token behind it. */
static size_t read_group(struct reading *r, size_t i)
{
	size_t end = skip_group(r, i);

	read_attribute(r, i, end);
	read_members(r, i, end);
	return end;
}

static size_t read_type(struct reading *r, size_t i)
{
	enum keyword k = keyword_at(r, i);
	size_t end;

	r->has_type = true;
	i = read_tag(r, i, true);
	if (!is(r, i, '{'))
		return i;
	end = skip_group(r, i);
	if (k == KEYWORD_ENUM)
		read_enumerators(r, i, end);
	read_members(r, i, end);
	return end;
}

static void add_declarator(struct reading *r, uint32_t name)
{
	vec_push(r->names, name);
	r->has_declarator = r->is_variable = true;
}

/* What parentheses behind a declarator's name mean, or those around one, as in (*fn). */
static size_t read_parens(struct reading *r, size_t i)
{
	size_t end = skip_group(r, i);

	if (!is(r, i + 1, '*') && !is(r, i + 1, '^')) {
		/* Without a name before it, this is no declaration that is understood. */
		r->has_effect |= !r->has_declarator;
		r->has_params = true;
		r->is_variable = false;
		/* Structs that are first mentioned here are declared for here alone. */
		read_attribute(r, i, end);
		for (; i < end; i++)
			r->has_effect |= is(r, i, '{');
		return end;
	}
	for (size_t k = i + 1; k < end; k++) {
		uint32_t word = identifier_at(r, k);

		if (word != WORDS_NONE && !is_macro(r, k)) {
			add_declarator(r, word);
			break;
		}
	}
	r->has_object = true;
	return read_group(r, i);
}

static size_t read_word(struct reading *r, size_t i)
{
	enum keyword k = keyword_at(r, i);
	uint32_t word = identifier_at(r, i);
	bool has_group = is(r, i + 1, '(');

	if (is_macro(r, i)) {
		read_macro(r, tokens_word(r->tokens.v[i]), 0);
		/* Arguments may be attributes, too. */
		if (k == KEYWORD_NONE)
			return has_group ? read_group(r, i + 1) : i + 1;
	}
	if (k == KEYWORD_TAG || k == KEYWORD_ENUM)
		return read_type(r, i);
	if (k != KEYWORD_NONE) {
		read_keyword(r, k);
		return has_group && (k == KEYWORD_ATTRIBUTE || k == KEYWORD_TYPEOF)
			       ? read_group(r, i + 1)
			       : i + 1;
	}
	if (word != WORDS_NONE && r->has_type)
		add_declarator(r, word);
	else if (word != WORDS_NONE)
		r->first_name = word;
	r->has_type = true;
	return i + 1;
}

/* A function's body, which shows in others only by what it says of them. */
static size_t read_body(struct reading *r, size_t i)
{
	size_t end = skip_group(r, i);

	r->has_body = true;
	for (; i < end; i++)
		r->has_effect |=
			keyword_at(r, i) == KEYWORD_EXTERN || has_traits(r, i, TRAIT_EXTERN);
	return end;
}

/* To the end of a declarator's value. */
static size_t read_value(struct reading *r, size_t i)
{
	size_t first = i;

	r->has_value = true;
	while (i < r->tokens.n && !is(r, i, ',') && !is(r, i, ';'))
		i = is(r, i, '(') || is(r, i, '[') || is(r, i, '{') ? skip_group(r, i) : i + 1;
	read_members(r, first, i);
	return i;
}

static void end_declarator(struct reading *r)
{
	r->has_object |= r->is_variable;
	r->is_variable = false;
}

static void read_all(struct reading *r)
{
	for (size_t i = 0; i < r->tokens.n; i++)
		r->has_effect |= is_macro(r, i) && is_decisive(keyword_at(r, i));
	for (size_t i = 0; i < r->tokens.n;) {
		if (is(r, i, '(')) {
			i = read_parens(r, i);
		} else if (is(r, i, '[')) {
			i = read_group(r, i);
		} else if (is(r, i, '{')) {
			i = read_body(r, i);
		} else if (is(r, i, '=')) {
			i = read_value(r, i);
		} else if (tokens_word(r->tokens.v[i]) != WORDS_NONE) {
			i = read_word(r, i);
		} else {
			if (is(r, i, ','))
				end_declarator(r);
			i++;
		}
	}
	/* A type is implied, or this is a statement. */
	if (!r->has_declarator && r->first_name != WORDS_NONE)
		add_declarator(r, r->first_name);
	end_declarator(r);
}

/*
 * Of functions and variables only static ones, and declarations of others, wait for somebody to
 * mention them. A static function may be defined without one.
 */
static bool is_definition(const struct reading *r)
{
	if (!r->has_declarator || r->is_typedef || r->is_static)
		return false;
	return r->has_body || r->has_value || (r->has_object && !r->is_extern);
}

enum declares declaration_names(const struct search *s, uint32_t file,
				const struct outline_item *item, word_list *names,
				bool *ret_may_grow)
{
	const struct outline *o = s->u->files[file].outline;
	struct reading r = {
		.s = s, .names = names, .file = file, .item = item, .first_name = WORDS_NONE};

	names->n = 0;
	*ret_may_grow = false;
	if (s->all_emit || o->torn || item->is_cut)
		return DECLARES_EFFECT;
	for (uint32_t i = item->first; i < item->first + item->n; i++)
		for (uint32_t k = 0; k < o->segments.v[i].n; k++)
			vec_push(&r.tokens, o->tokens->v[o->segments.v[i].first + k]);
	read_all(&r);
	vec_free(&r.tokens);
	*ret_may_grow = r.may_grow;
	return r.has_effect || is_definition(&r) || (r.has_body && !r.has_params) ? DECLARES_EFFECT
										  : DECLARES_NAMES;
}
