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

/* A macro, and one that its body mentions. */
struct use {
	uint32_t macro, other;
};

typedef VEC(struct use) use_list;

/* What macros have of themselves, and from which others they may have more. */
static void find_own_traits(struct search *s, const struct outline *o, use_list *uses)
{
	vec_foreach (item, &o->items) {
		const uint32_t *v = o->tokens->v + item->first;

		if (item->kind != OUTLINE_DEFINE)
			continue;
		for (uint32_t k = 0; k < item->n; k++) {
			uint32_t word = tokens_word(v[k]);

			s->traits[item->name] |= (uint8_t)traits_of(s, v[k]);
			if (tokens_are_pragma(v + k, item->n - k))
				s->traits[item->name] |= TRAIT_COUNTS;
			if (word != WORDS_NONE && s->is_macro[word])
				vec_push(uses, ((struct use){item->name, word}));
		}
	}
}

void search_find_traits(struct search *s)
{
	use_list uses = {0};
	bool more = true;

	s->traits[WORD_COUNTER] = TRAIT_COUNTS;
	for (size_t i = 0; i < s->u->n_files; i++)
		find_own_traits(s, s->u->files[i].outline, &uses);
	while (more) {
		more = false;
		vec_foreach (use, &uses) {
			uint8_t *traits = &s->traits[use->macro], others = s->traits[use->other];

			more |= others & ~(unsigned)*traits;
			*traits |= others;
		}
	}
	vec_free(&uses);
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
			    !(item->n == 1 && tokens_is(v[0], '}')) &&
			    !outline_is_linkage(v, item->n, s->u->first_keyword))
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

bool search_all_emit(const struct search *s)
{
	for (size_t f = 0; f < s->u->n_files; f++) {
		const struct outline *o = s->u->files[f].outline;

		if (o->ajar || o->by_string || is_joined(s, o))
			return true;
		vec_foreach (item, &o->items)
			if (item->kind == OUTLINE_DIRECTIVE && gives_attributes(s, o, item))
				return true;
	}
	return false;
}
