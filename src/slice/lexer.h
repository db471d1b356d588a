/*
 * C's preprocessing tokens (C17 6.4), as far as declarations and macros need them: words, numbers,
 * literals and punctuation, without comments. Text that is no C gives tokens as well, never an
 * error.
 */
#ifndef SKEP_SLICE_LEXER_H
#define SKEP_SLICE_LEXER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum token_kind {
	TOKEN_END = 0,
	TOKEN_WORD = 'w',	/* an identifier or keyword */
	TOKEN_NUMBER = '0',	/* a preprocessing number */
	TOKEN_LITERAL = '"',	/* a string or a character constant, with its quotes */
	TOKEN_PASTE = 'p',	/* ##; '#' and this may be written with %: */
	TOKEN_DOTS = '.' + 128, /* ... */
	/* Any other character is a token of its own, and its own kind: '(', '#', '{', ... */
};

struct token {
	int kind;
	bool begins_line; /* first on its line; a '#' that does begins a directive */
	bool after_space; /* something blank, or a comment, before it */
	bool spliced;	  /* a backslash and newline inside: see token_copy */
	const char *at;
	uint32_t size;
};

struct lexer {
	const char *at, *end;
	bool begins_line;
};

/* Text need not be NUL-terminated. Tokens point into it. */
struct lexer lexer_begin(const char *text, size_t size);
/* At the end of the text: TOKEN_END, from then on. */
struct token lexer_next(struct lexer *l);

/* The token's text without splices, into a buffer of at least its size. Gives the length. */
size_t token_copy(const struct token *t, char *ret);

/* Whether a token is this word. */
bool token_is(const struct token *t, const char *word);

#endif
