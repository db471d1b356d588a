#include "slice/pastes.h"

/* More combinations of words than this, and looking at all names is quicker. */
#define MAX_PRODUCT 20000
#define MAX_AFFIXES 64
#define MAX_NAME 256

struct affix {
	VEC(uint32_t) names;
};

struct search {
	struct pastes *p;
	const struct patterns *patterns;
	const struct pastes_unit *unit;
	void (*found)(uint32_t name, void *arg);
	void *arg;
};

void pastes_free(struct pastes *p)
{
	for (size_t i = 0; i < p->affixes.n; i++) {
		struct affix *a = p->affixes.entries[i].value;

		vec_free(&a->names);
		free(a);
		free((char *)p->affixes.entries[i].key);
	}
	map_free(&p->affixes);
}

static bool is_number(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return size > 0;
}

static bool has_word(const uint32_t *words, size_t n, uint32_t word)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (words[middle] == word)
			return true;
		if (words[middle] < word)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* Whether one piece alone can be this text. */
static bool piece_is(const struct search *s, const struct piece *piece, const char *text,
		     size_t size)
{
	uint32_t word;

	if (piece->kind == PIECE_WILD)
		return true;
	if (size == 0)
		return piece->may_be_empty;
	if (piece->may_be_number && is_number(text, size))
		return true;
	/* Numbers of a unit are not counted one by one. */
	if (piece->kind == PIECE_ANY && *text >= '0' && *text <= '9')
		return true;
	word = words_find(s->unit->words, text, size);
	if (word == WORDS_NONE)
		return false;
	if (piece->kind == PIECE_ANY)
		return s->unit->mentions(word, s->unit->arg);
	return has_word(s->patterns->words.v + piece->first,
			piece->kind == PIECE_TEXT ? 1 : piece->n, word);
}

static bool matches(const struct search *s, const struct piece *pieces, size_t n, const char *text,
		    size_t size)
{
	if (n == 0)
		return size == 0;
	if (n == 1)
		return piece_is(s, pieces, text, size);
	for (size_t k = 0; k <= size; k++)
		if (piece_is(s, pieces, text, k) &&
		    matches(s, pieces + 1, n - 1, text + k, size - k))
			return true;
	return false;
}

/* Whether the piece is one of a few words, which serve to find names that begin or end so. */
static bool is_selective(const struct piece *piece)
{
	return (piece->kind == PIECE_TEXT ||
		(piece->kind == PIECE_WORDS && piece->n <= MAX_AFFIXES)) &&
	       !piece->may_be_empty && !piece->may_be_number;
}

/* The names that begin ('<') or end ('>') with a text. */
static const struct affix *find_affix(struct pastes *p, char side, const char *text, size_t size)
{
	const struct index *x = p->index;
	_cleanup_free_ char *key = xasprintf("%c%.*s", side, (int)size, text);
	struct affix *a = map_get(&p->affixes, key);

	if (a)
		return a;
	a = xcalloc(1, sizeof(*a));
	for (uint32_t i = 0; i < x->n_names; i++) {
		const struct index_name *n = &x->names[i];
		const char *at = x->text + n->at;

		if (n->size < size)
			continue;
		if (memcmp(side == '<' ? at : at + n->size - size, text, size) == 0)
			vec_push(&a->names, i);
	}
	map_put(&p->affixes, steal(&key), a);
	return a;
}

static void check_name(const struct search *s, const struct piece *pieces, size_t n, uint32_t name)
{
	const struct index_name *m = &s->p->index->names[name];

	if (matches(s, pieces, n, s->p->index->text + m->at, m->size))
		s->found(name, s->arg);
}

/* How many texts the pieces can make together, or more than MAX_PRODUCT. */
static size_t count_texts(const struct piece *pieces, size_t n)
{
	size_t product = 1;

	for (size_t i = 0; i < n && product <= MAX_PRODUCT; i++) {
		bool words = pieces[i].kind == PIECE_TEXT || pieces[i].kind == PIECE_WORDS;

		if (!words || pieces[i].may_be_number)
			return MAX_PRODUCT + 1;
		product *=
			(pieces[i].kind == PIECE_TEXT ? 1 : pieces[i].n) + pieces[i].may_be_empty;
	}
	return product;
}

/* Looks up every text that the pieces can make; name[0..size) is made already. */
static void try_texts(const struct search *s, const struct piece *pieces, size_t n, char *name,
		      size_t size)
{
	const struct index *x = s->p->index;
	size_t choices;

	if (n == 0) {
		uint32_t found = index_find(x, name, size);

		if (found != INDEX_NONE)
			s->found(found, s->arg);
		return;
	}
	choices = pieces->kind == PIECE_TEXT ? 1 : pieces->n;
	for (size_t i = 0; i < choices; i++) {
		uint32_t word = s->patterns->words.v[pieces->first + i];
		size_t more = words_size(s->unit->words, word);

		if (size + more > MAX_NAME)
			continue;
		memcpy(name + size, words_text(s->unit->words, word), more);
		try_texts(s, pieces + 1, n - 1, name, size + more);
	}
	if (pieces->may_be_empty)
		try_texts(s, pieces + 1, n - 1, name, size);
}

/* Checks the names that begin or end with one of a piece's words. */
static void check_affixes(const struct search *s, const struct piece *pieces, size_t n, char side)
{
	const struct piece *affix = side == '<' ? &pieces[0] : &pieces[n - 1];
	size_t n_words = affix->kind == PIECE_TEXT ? 1 : affix->n;

	for (size_t i = 0; i < n_words; i++) {
		uint32_t word = s->patterns->words.v[affix->first + i];
		const struct affix *a = find_affix(s->p, side, words_text(s->unit->words, word),
						   words_size(s->unit->words, word));

		vec_foreach (name, &a->names)
			check_name(s, pieces, n, *name);
	}
}

static void find_pattern(const struct search *s, const struct piece *pieces, size_t n)
{
	char name[MAX_NAME];

	if (count_texts(pieces, n) <= MAX_PRODUCT)
		try_texts(s, pieces, n, name, 0);
	else if (is_selective(&pieces[0]))
		check_affixes(s, pieces, n, '<');
	else if (is_selective(&pieces[n - 1]))
		check_affixes(s, pieces, n, '>');
	else
		for (uint32_t i = 0; i < s->p->index->n_names; i++)
			check_name(s, pieces, n, i);
}

void pastes_find(struct pastes *p, const struct patterns *patterns, const struct pastes_unit *unit,
		 void (*found)(uint32_t name, void *arg), void *arg)
{
	const struct search s = {p, patterns, unit, found, arg};

	vec_foreach (pattern, &patterns->list)
		find_pattern(&s, patterns->pieces.v + pattern->first, pattern->n);
}
