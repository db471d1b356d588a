/*
 * Words and the tokens of files made of them: every identifier and number of a build gets one
 * number, so that a file is read once and sets of words are arrays of numbers from then on.
 */
#ifndef SKEP_SLICE_WORDS_H
#define SKEP_SLICE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "slice/lexer.h"

#define WORDS_NONE UINT32_MAX

/* Words whose ids are the same in every struct words. */
enum word_known {
	WORD_DEFINE,
	WORD_PRAGMA,
	WORD_VA_ARGS, /* __VA_ARGS__ */
	WORD_VA_OPT,  /* __VA_OPT__ */
	WORD_PRAGMA_OPERATOR,
	WORD_LINE, /* from here on: macros of the preprocessor's own that give numbers */
	WORD_COUNTER,
	WORD_INCLUDE_LEVEL,
	WORD_HAS_ATTRIBUTE,
	WORD_HAS_BUILTIN,
	WORD_HAS_C_ATTRIBUTE,
	WORD_HAS_CONSTEXPR_BUILTIN,
	WORD_HAS_DECLSPEC_ATTRIBUTE,
	WORD_HAS_EMBED,
	WORD_HAS_EXTENSION,
	WORD_HAS_FEATURE,
	WORD_HAS_INCLUDE,
	WORD_HAS_INCLUDE_NEXT,
	WORD_HAS_WARNING,
	WORD_IS_IDENTIFIER,
	WORD_N_KNOWN,
};

struct words;

struct words *words_new(void);
void words_free(struct words *w);
/* The id of a word: the next free one when it is new. The text is copied. */
uint32_t words_add(struct words *w, const char *at, size_t size);
/* The id of a word, or WORDS_NONE. */
uint32_t words_find(const struct words *w, const char *at, size_t size);
/* NUL-terminated; stays where it is as long as the words live. */
const char *words_text(const struct words *w, uint32_t id);
/* In bytes, without the NUL. */
size_t words_size(const struct words *w, uint32_t id);
/* Ids are 0 to this less one. At most TOKEN_ID_MAX + 1. */
size_t words_count(const struct words *w);
/*
 * A number for each word, for passing use: what they are is whatever the last user left. Valid
 * until the next words_add.
 */
uint32_t *words_scratch(struct words *w);

/* A token of file_tokens: the id of a word or number, or a mark and its kind; and flags. */
#define TOKEN_MARK (1U << 31)	     /* no word: the low bits are an enum token_kind */
#define TOKEN_BEGINS_LINE (1U << 30) /* as in struct token */
#define TOKEN_AFTER_SPACE (1U << 29)
#define TOKEN_ID_MAX (TOKEN_AFTER_SPACE - 1)

/* A file's tokens, without comments; literals are all alike. */
struct file_tokens {
	uint32_t *v;
	size_t n;
	/* Each identifier's id once, in the order of first use; no numbers. */
	uint32_t *uniq;
	size_t n_uniq;
};

/* The tokens of a text, which need not be NUL-terminated. Never NULL. */
struct file_tokens *tokens_scan(struct words *w, const char *text, size_t size);
void tokens_free(struct file_tokens *t);

/* The id of the word or number that a token is, or WORDS_NONE. */
static inline uint32_t tokens_word(uint32_t token)
{
	return token & TOKEN_MARK ? WORDS_NONE : token & TOKEN_ID_MAX;
}

/* Whether a token is this punctuator (an enum token_kind or a character). */
static inline bool tokens_is(uint32_t token, int kind)
{
	return (token & (TOKEN_MARK | TOKEN_ID_MAX)) == (TOKEN_MARK | (uint32_t)kind);
}

#endif
