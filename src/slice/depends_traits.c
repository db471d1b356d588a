#include "slice/depends_parts.h"

bool tokens_are_pragma(const uint32_t *v, uint32_t n)
{
	return n > 2 && tokens_word(v[0]) == WORD_PRAGMA_OPERATOR && tokens_is(v[1], '(') &&
	       tokens_word(v[2]) == WORDS_NONE;
}

/* What a token of a macro's body brings with it. */
static unsigned traits_of(const struct search *s, uint32_t token)
{
	uint32_t word = tokens_word(token);
	enum keyword k;

	if (tokens_is(token, TOKEN_PASTE))
		return TRAIT_PASTES;
	if (tokens_is(token, ',') || tokens_is(token, TOKEN_DOTS))
		return TRAIT_COMMAS;
	if (word == WORDS_NONE)
		return 0;
	k = keyword_of(s->u->first_keyword, word);
	return s->traits[word] | (k == KEYWORD_EXTERN ? TRAIT_EXTERN : 0) |
	       (k == KEYWORD_TAG || k == KEYWORD_ENUM ? TRAIT_TAGS : 0) |
	       (keyword_emits(k) ? TRAIT_EMITS : 0);
}

static bool find_more(struct search *s, const struct outline *o)
{
	bool more = false;

	vec_foreach (item, &o->items) {
		unsigned traits = 0;

		if (item->kind != OUTLINE_DEFINE)
			continue;
		for (uint32_t k = 0; k < item->n; k++) {
			const uint32_t *v = o->tokens->v + item->first + k;

			traits |= traits_of(s, *v);
			if (tokens_are_pragma(v, item->n - k))
				traits |= TRAIT_COUNTS;
		}
		more |= traits & ~(unsigned)s->traits[item->name];
		s->traits[item->name] |= (uint8_t)traits;
	}
	return more;
}

void search_find_traits(struct search *s)
{
	bool more = true;

	s->traits[WORD_COUNTER] = TRAIT_COUNTS;
	while (more) {
		more = false;
		for (size_t i = 0; i < s->u->n_files; i++)
			more |= find_more(s, s->u->files[i].outline);
	}
}

/* Whether some tokens are an extern "C" {, after which there are declarations as before. */
static bool is_linkage(const struct search *s, const uint32_t *v, uint32_t n)
{
	return n == 3 && tokens_word(v[0]) != WORDS_NONE &&
	       keyword_of(s->u->first_keyword, tokens_word(v[0])) == KEYWORD_EXTERN &&
	       tokens_is(v[1], TOKEN_LITERAL) && tokens_is(v[2], '{');
}

/* Whether a macro may leave braces or parentheses open, as the first half of a declaration. */
static bool opens(const struct search *s, const struct outline *o, const struct outline_item *item)
{
	const uint32_t *v = o->tokens->v + item->first;
	long depth = 0;

	for (uint32_t i = 0; i < item->n; i++) {
		if (tokens_is(v[i], '(') || tokens_is(v[i], '[') || tokens_is(v[i], '{'))
			depth++;
		else if (tokens_is(v[i], ')') || tokens_is(v[i], ']') || tokens_is(v[i], '}'))
			depth -= depth > 0;
	}
	return depth > 0 && !is_linkage(s, v, item->n);
}

/* Whether all that a word stands for is nothing, or a beginning or end of extern "C" { }. */
static bool is_bracket(const struct search *s, uint32_t word)
{
	if (word == WORDS_NONE || !s->is_macro[word])
		return false;
	for (uint32_t f = 0; f < s->u->n_files; f++) {
		const struct outline *o = s->u->files[f].outline;

		vec_foreach (item, &o->items) {
			const uint32_t *v = o->tokens->v + item->first;

			if (item->kind == OUTLINE_DEFINE && item->name == word && item->n > 0 &&
			    !(item->n == 1 && tokens_is(v[0], '}')) && !is_linkage(s, v, item->n))
				return false;
		}
	}
	return true;
}

/* Whether a declaration that has begun in one file may go on in another. */
static bool is_joined(const struct search *s, const struct outline *o)
{
	vec_foreach (joint, &o->joints)
		for (uint32_t i = joint->first; i < joint->first + joint->n; i++) {
			const struct outline_segment *part = &o->segments.v[i];

			for (uint32_t k = part->first; k < part->first + part->n; k++)
				if (!is_bracket(s, tokens_word(o->tokens->v[k])))
					return true;
		}
	return false;
}

/* A #pragma may give attributes to all declarations that follow. */
static bool gives_attributes(const struct search *s, const struct outline *o,
			     const struct outline_item *item)
{
	for (uint32_t i = item->first; i < item->first + item->n; i++)
		if (traits_of(s, o->tokens->v[i]) & (TRAIT_EMITS | TRAIT_PASTES))
			return true;
	return false;
}

/* Whether token i begins a label, asm("name"), and no statement, which has operands or qualifiers.
 */
static bool is_asm_label(const struct file_tokens *t, size_t i)
{
	if (i + 1 >= t->n || !tokens_is(t->v[i + 1], '('))
		return false;
	for (i += 2; i < t->n && !tokens_is(t->v[i], ')'); i++)
		if (tokens_is(t->v[i], ':'))
			return false;
	return true;
}

/* Whether something is used by way of a string that names it: alias("name"), asm("name"). */
static bool names_by_string(const struct search *s, const struct file_tokens *t)
{
	for (size_t i = 0; i + 1 < t->n; i++) {
		uint32_t word = tokens_word(t->v[i]);
		enum keyword k =
			word == WORDS_NONE ? KEYWORD_NONE : keyword_of(s->u->first_keyword, word);

		/* Kernels have members of that name. */
		if (k == KEYWORD_ALIAS && !tokens_is(t->v[i + 1], ';'))
			return true;
		if (k == KEYWORD_ASM && is_asm_label(t, i))
			return true;
	}
	return false;
}

bool search_all_emit(const struct search *s)
{
	for (size_t f = 0; f < s->u->n_files; f++) {
		const struct outline *o = s->u->files[f].outline;

		if (o->ajar || is_joined(s, o) || names_by_string(s, o->tokens))
			return true;
		vec_foreach (item, &o->items)
			if ((item->kind == OUTLINE_DEFINE && opens(s, o, item)) ||
			    (item->kind == OUTLINE_DIRECTIVE && gives_attributes(s, o, item)))
				return true;
	}
	return false;
}
