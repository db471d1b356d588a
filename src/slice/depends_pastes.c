#include "slice/depends_parts.h"

/* More ways than this to put a name together, and it may be made of anything. */
#define MAX_STEPS 20000

struct splitting {
	struct search *s;
	const struct patterns *p;
	uint32_t name; /* that is made */
	unsigned steps;
	bool unknown; /* a piece cannot be told */
};

static bool has_word(const uint32_t *words, size_t n, uint32_t word)
{
	for (size_t i = 0; i < n; i++)
		if (words[i] == word)
			return true;
	return false;
}

static bool is_number(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return size > 0;
}

/* Whether a piece can be this text; ret_word is the word it then is, if that is known. */
static bool piece_is(const struct splitting *x, const struct piece *piece, const char *text,
		     size_t size, uint32_t *ret_word)
{
	uint32_t word = size ? words_find(x->s->u->words, text, size) : WORDS_NONE;

	*ret_word = WORDS_NONE;
	if (piece->kind == PIECE_WILD)
		return true;
	if (size == 0)
		return piece->may_be_empty;
	if ((piece->may_be_number || piece->kind == PIECE_ANY) && is_number(text, size))
		return true;
	if (word == WORDS_NONE)
		return false;
	if (piece->kind == PIECE_ANY && !x->s->mentioned[word] && !(*text >= '0' && *text <= '9'))
		return false;
	if (piece->kind != PIECE_ANY &&
	    !has_word(x->p->words.v + piece->first, piece->kind == PIECE_TEXT ? 1 : piece->n, word))
		return false;
	/* Text that is itself put together stands in no file; numbers stand everywhere. */
	if (x->s->mentioned[word])
		*ret_word = word;
	return true;
}

/* A text piece has one length: no use in trying others. */
static bool may_have_size(const struct splitting *x, const struct piece *piece, size_t size)
{
	return piece->kind != PIECE_TEXT || (size == 0 && piece->may_be_empty) ||
	       piece->may_be_number ||
	       words_size(x->s->u->words, x->p->words.v[piece->first]) == size;
}

/* Goes through all ways to make text of the pieces; best is the longest piece that is known. */
static void split(struct splitting *x, const struct piece *pieces, size_t n, const char *text,
		  size_t size, uint32_t best)
{
	const struct words *w = x->s->u->words;

	if (x->unknown || ++x->steps > MAX_STEPS) {
		x->unknown = true;
		return;
	}
	if (n == 0) {
		if (size == 0 && best == WORDS_NONE)
			x->unknown = true;
		else if (size == 0)
			search_add(x->s, best, x->name);
		return;
	}
	for (size_t k = n == 1 ? size : 0; k <= size; k++) {
		uint32_t word;

		if (!may_have_size(x, pieces, k) || !piece_is(x, pieces, text, k, &word))
			continue;
		if (word == WORDS_NONE ||
		    (best != WORDS_NONE && words_size(w, best) >= words_size(w, word)))
			word = best;
		split(x, pieces + 1, n - 1, text + k, size - k, word);
	}
}

bool search_pastes(struct search *s, const struct patterns *p, size_t first)
{
	for (size_t i = first; i < s->found.n; i++) {
		uint32_t name = s->found.v[i];

		vec_foreach (pattern, &p->list) {
			struct splitting x = {.s = s, .p = p, .name = name};

			/* Names that are made whole are looked at elsewhere. */
			if (pattern->n > 1 || x.p->pieces.v[pattern->first].kind != PIECE_TEXT)
				split(&x, p->pieces.v + pattern->first, pattern->n,
				      words_text(s->u->words, name), words_size(s->u->words, name),
				      WORDS_NONE);
			if (x.unknown)
				return false;
		}
	}
	return true;
}
