#include "slice/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xxhash.h>

#include "base/mem.h"
#include "base/str.h"

#define CHUNK_SIZE ((size_t)64 << 10)

struct word {
	const char *text;
	uint32_t size;
	uint32_t seen; /* number of the last scan that met it as an identifier */
};

struct slot {
	uint32_t hash;
	uint32_t next_id; /* id plus one, 0 when free */
};

struct words {
	struct slot *slots;
	size_t n_slots; /* a power of two */
	VEC(struct word) list;
	VEC(char *) chunks;
	char *room; /* free bytes of the last chunk */
	size_t n_room;
	uint32_t scans;
	uint32_t *scratch;
	size_t n_scratch;
};

static const char *const known[WORD_N_KNOWN] = {
	[WORD_DEFINE] = "define",
	[WORD_PRAGMA] = "pragma",
	[WORD_VA_ARGS] = "__VA_ARGS__",
	[WORD_VA_OPT] = "__VA_OPT__",
	[WORD_PRAGMA_OPERATOR] = "_Pragma",
	[WORD_LINE] = "__LINE__",
	[WORD_COUNTER] = "__COUNTER__",
	[WORD_INCLUDE_LEVEL] = "__INCLUDE_LEVEL__",
	[WORD_HAS_ATTRIBUTE] = "__has_attribute",
	[WORD_HAS_BUILTIN] = "__has_builtin",
	[WORD_HAS_C_ATTRIBUTE] = "__has_c_attribute",
	[WORD_HAS_CONSTEXPR_BUILTIN] = "__has_constexpr_builtin",
	[WORD_HAS_DECLSPEC_ATTRIBUTE] = "__has_declspec_attribute",
	[WORD_HAS_EMBED] = "__has_embed",
	[WORD_HAS_EXTENSION] = "__has_extension",
	[WORD_HAS_FEATURE] = "__has_feature",
	[WORD_HAS_INCLUDE] = "__has_include",
	[WORD_HAS_INCLUDE_NEXT] = "__has_include_next",
	[WORD_HAS_WARNING] = "__has_warning",
	[WORD_IS_IDENTIFIER] = "__is_identifier",
};

static struct slot *find_slot(const struct words *w, const char *at, size_t size, uint32_t hash)
{
	size_t mask = w->n_slots - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		struct slot *s = &w->slots[i];
		const struct word *word;

		if (!s->next_id)
			return s;
		if (s->hash != hash)
			continue;
		word = &w->list.v[s->next_id - 1];
		if (word->size == size && memcmp(word->text, at, size) == 0)
			return s;
	}
}

static void grow(struct words *w)
{
	struct slot *old = w->slots;
	size_t n = w->n_slots, mask;

	w->n_slots = n ? 2 * n : 4096;
	w->slots = xcalloc(w->n_slots, sizeof(*w->slots));
	mask = w->n_slots - 1;
	for (size_t k = 0; k < n; k++) {
		size_t i = old[k].hash & mask;

		if (!old[k].next_id)
			continue;
		while (w->slots[i].next_id)
			i = (i + 1) & mask;
		w->slots[i] = old[k];
	}
	free(old);
}

/* Copies a text to where it stays; a long one gets a chunk of its own. */
static const char *keep(struct words *w, const char *at, size_t size)
{
	char *text;

	if (size + 1 > w->n_room) {
		w->n_room = size + 1 > CHUNK_SIZE ? size + 1 : CHUNK_SIZE;
		w->room = xmalloc(w->n_room);
		vec_push(&w->chunks, w->room);
	}
	text = w->room;
	memcpy(text, at, size);
	text[size] = '\0';
	w->room += size + 1;
	w->n_room -= size + 1;
	return text;
}

static uint32_t hash_of(const char *at, size_t size)
{
	return (uint32_t)XXH3_64bits(at, size);
}

uint32_t words_add(struct words *w, const char *at, size_t size)
{
	uint32_t hash = hash_of(at, size);
	struct slot *s;

	if (w->list.n + 1 > w->n_slots / 2)
		grow(w);
	s = find_slot(w, at, size, hash);
	if (s->next_id)
		return s->next_id - 1;
	if (w->list.n > TOKEN_ID_MAX) {
		fputs("skep: too many different words in headers\n", stderr);
		_exit(2);
	}
	vec_push(&w->list, ((struct word){keep(w, at, size), (uint32_t)size, 0}));
	*s = (struct slot){hash, (uint32_t)w->list.n};
	return s->next_id - 1;
}

uint32_t words_find(const struct words *w, const char *at, size_t size)
{
	struct slot *s = find_slot(w, at, size, hash_of(at, size));

	return s->next_id ? s->next_id - 1 : WORDS_NONE;
}

struct words *words_new(void)
{
	struct words *w = xcalloc(1, sizeof(*w));

	for (size_t i = 0; i < WORD_N_KNOWN; i++)
		words_add(w, known[i], strlen(known[i]));
	return w;
}

void words_free(struct words *w)
{
	if (!w)
		return;
	vec_foreach (chunk, &w->chunks)
		free(*chunk);
	vec_free(&w->chunks);
	vec_free(&w->list);
	free(w->slots);
	free(w->scratch);
	free(w);
}

const char *words_text(const struct words *w, uint32_t id)
{
	return w->list.v[id].text;
}

size_t words_size(const struct words *w, uint32_t id)
{
	return w->list.v[id].size;
}

size_t words_count(const struct words *w)
{
	return w->list.n;
}

uint32_t *words_scratch(struct words *w)
{
	size_t was = w->n_scratch;

	if (was < w->list.n) {
		w->scratch = mem_grow(w->scratch, &w->n_scratch, w->list.n, sizeof(*w->scratch));
		memset(w->scratch + was, 0, (w->n_scratch - was) * sizeof(*w->scratch));
	}
	return w->scratch;
}

static uint32_t add_token(struct words *w, const struct token *t, struct buf *joined)
{
	if (!t->spliced)
		return words_add(w, t->at, t->size);
	joined->n = 0;
	buf_add(joined, t->at, t->size);
	return words_add(w, joined->v, token_copy(t, joined->v));
}

struct file_tokens *tokens_scan(struct words *w, const char *text, size_t size)
{
	struct lexer lexer = lexer_begin(text, size);
	VEC(uint32_t) all = {0}, uniq = {0};
	_cleanup_buf_ struct buf joined = {0};
	struct file_tokens *ret = xmalloc(sizeof(*ret));

	w->scans++;
	for (;;) {
		struct token t = lexer_next(&lexer);
		uint32_t code = TOKEN_MARK | (uint32_t)t.kind;

		if (t.kind == TOKEN_END)
			break;
		if (t.kind == TOKEN_WORD || t.kind == TOKEN_NUMBER)
			code = add_token(w, &t, &joined);
		if (t.kind == TOKEN_WORD && w->list.v[code].seen != w->scans) {
			w->list.v[code].seen = w->scans;
			vec_push(&uniq, code);
		}
		vec_push(&all, code | (t.begins_line ? TOKEN_BEGINS_LINE : 0) |
				       (t.after_space ? TOKEN_AFTER_SPACE : 0));
	}
	*ret = (struct file_tokens){all.v, all.n, uniq.v, uniq.n};
	return ret;
}

void tokens_free(struct file_tokens *t)
{
	if (!t)
		return;
	free(t->v);
	free(t->uniq);
	free(t);
}
