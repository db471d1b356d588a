#include "slice/lexer.h"

#include <string.h>

enum class {
	CLASS_OTHER,
	CLASS_SPACE,
	CLASS_NEWLINE,
	CLASS_WORD, /* may begin a word; this and the next may continue one */
	CLASS_DIGIT,
};

/* Bytes beyond ASCII are parts of words: clang takes UTF-8 there. */
static const uint8_t classes[256] = {
	['\0'] = CLASS_SPACE,	    [' '] = CLASS_SPACE,	['\t'] = CLASS_SPACE,
	['\v'] = CLASS_SPACE,	    ['\f'] = CLASS_SPACE,	['\n'] = CLASS_NEWLINE,
	['\r'] = CLASS_NEWLINE,	    ['a' ... 'z'] = CLASS_WORD, ['A' ... 'Z'] = CLASS_WORD,
	['_'] = CLASS_WORD,	    ['$'] = CLASS_WORD,		['0' ... '9'] = CLASS_DIGIT,
	[128 ... 255] = CLASS_WORD,
};

static uint8_t class_of(char c)
{
	return classes[(uint8_t)c];
}

struct lexer lexer_begin(const char *text, size_t size)
{
	size_t mark = size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	return (struct lexer){text + mark, text + size, true};
}

/* The length of a splice at p: backslash, blanks that compilers forgive, newline. */
static size_t splice_size(const char *p, const char *end)
{
	const char *q = p + 1;

	if (p == end || *p != '\\')
		return 0;
	while (q < end && class_of(*q) == CLASS_SPACE)
		q++;
	if (q == end || class_of(*q) != CLASS_NEWLINE)
		return 0;
	q++;
	/* CR and LF are one newline, in either order. */
	if (q < end && class_of(*q) == CLASS_NEWLINE && *q != q[-1])
		q++;
	return (size_t)(q - p);
}

static const char *skip_splices(const char *p, const char *end)
{
	size_t splice;

	while ((splice = splice_size(p, end)))
		p += splice;
	return p;
}

/* The end of a pair of characters whose first is at p, or NULL when c does not follow it. */
static const char *end_of_pair(const char *p, const char *end, char c)
{
	const char *q = skip_splices(p + 1, end);

	return q < end && *q == c ? q + 1 : NULL;
}

static const char *skip_line_comment(const char *p, const char *end)
{
	while (p < end && class_of(*p) != CLASS_NEWLINE) {
		size_t splice = splice_size(p, end);

		p += splice ? splice : 1;
	}
	return p;
}

static const char *skip_comment(const char *p, const char *end)
{
	while ((p = memchr(p, '*', (size_t)(end - p)))) {
		const char *close = end_of_pair(p, end, '/');

		if (close)
			return close;
		p++;
	}
	return end;
}

/* The text after a comment at p, or NULL when there is none. */
static const char *end_of_comment(const char *p, const char *end)
{
	const char *open;

	if (*p != '/')
		return NULL;
	if ((open = end_of_pair(p, end, '*')))
		return skip_comment(open, end);
	if ((open = end_of_pair(p, end, '/')))
		return skip_line_comment(open, end);
	return NULL;
}

/* Skips what separates tokens; notes whether a line began. A splice alone separates nothing. */
static bool skip_blanks(struct lexer *l)
{
	const char *p = l->at, *end = l->end, *next;
	bool blank = false;

	for (; p < end; p = next) {
		uint8_t class = class_of(*p);

		if (class == CLASS_SPACE) {
			next = p + 1;
		} else if (class == CLASS_NEWLINE) {
			l->begins_line = true;
			next = p + 1;
		} else if (class != CLASS_OTHER) {
			break;
		} else if (!(next = end_of_comment(p, end))) {
			next = skip_splices(p, end);
			if (next == p)
				break;
			continue;
		}
		blank = true;
	}
	l->at = p;
	return blank;
}

/* Whether a number goes on at p with what is no part of words: C17 6.4.8, C23's separators. */
static bool continues_number(const char *p, const char *end)
{
	if (*p == '+' || *p == '-')
		return memchr("eEpP", p[-1], 4);
	return *p == '.' || (*p == '\'' && p + 1 < end && class_of(p[1]) >= CLASS_WORD);
}

/* The end of a word or number whose first character lies before p. */
static const char *end_of_word(const char *p, const char *end, bool number, bool *ret_spliced)
{
	for (;;) {
		size_t splice;

		while (p < end && class_of(*p) >= CLASS_WORD)
			p++;
		if (p < end && number && continues_number(p, end)) {
			p++;
			continue;
		}
		splice = (size_t)(skip_splices(p, end) - p);
		/* One that ends the word belongs to what separates it from the next. */
		if (!splice || p + splice == end || class_of(p[splice]) < CLASS_WORD)
			return p;
		*ret_spliced = true;
		p += splice;
	}
}

/* A literal ends with its quote or, when that is missing, with its line. */
static const char *end_of_literal(const char *p, const char *end, bool *ret_spliced)
{
	char quote = *p++;

	while (p < end && class_of(*p) != CLASS_NEWLINE) {
		size_t splice = splice_size(p, end);

		if (splice) {
			*ret_spliced = true;
			p += splice;
		} else if (*p == '\\') {
			/* What it hides may follow a splice. */
			p = skip_splices(p + 1, end);
			p += p < end && class_of(*p) != CLASS_NEWLINE;
		} else if (*p++ == quote) {
			return p;
		}
	}
	return p;
}

/* The end of a # at p, which may be written %: as well, or NULL. */
static const char *end_of_hash(const char *p, const char *end)
{
	if (p == end)
		return NULL;
	return *p == '#' ? p + 1 : *p == '%' ? end_of_pair(p, end, ':') : NULL;
}

/* Punctuation that is more than one character; any other is its own kind. */
static const char *end_of_punctuator(const char *p, const char *end, int *ret_kind)
{
	const char *hash = end_of_hash(p, end), *second = NULL;

	*ret_kind = (unsigned char)*p;
	if (hash) {
		const char *next = skip_splices(hash, end);

		*ret_kind = '#';
		if (next < end && *next == *p && (second = end_of_hash(next, end)))
			*ret_kind = TOKEN_PASTE;
		return second ? second : hash;
	}
	if (*p == '.' && (second = end_of_pair(p, end, '.')) &&
	    (second = end_of_pair(second - 1, end, '.'))) {
		*ret_kind = TOKEN_DOTS;
		return second;
	}
	return p + 1;
}

static bool begins_number(const char *p, const char *end)
{
	if (class_of(*p) == CLASS_DIGIT)
		return true;
	p = *p == '.' ? skip_splices(p + 1, end) : end;
	return p < end && class_of(*p) == CLASS_DIGIT;
}

struct token lexer_next(struct lexer *l)
{
	struct token t = {.after_space = skip_blanks(l)};
	const char *p = l->at, *end = l->end;

	t.begins_line = l->begins_line;
	t.at = p;
	l->begins_line = false;
	if (p == end)
		return t;
	if (class_of(*p) == CLASS_WORD) {
		t.kind = TOKEN_WORD;
		p = end_of_word(p + 1, end, false, &t.spliced);
	} else if (begins_number(p, end)) {
		t.kind = TOKEN_NUMBER;
		p = end_of_word(p + 1, end, true, &t.spliced);
	} else if (*p == '"' || *p == '\'') {
		t.kind = TOKEN_LITERAL;
		p = end_of_literal(p, end, &t.spliced);
	} else {
		p = end_of_punctuator(p, end, &t.kind);
	}
	l->at = p;
	t.size = (uint32_t)(p - t.at);
	return t;
}

size_t token_copy(const struct token *t, char *ret)
{
	const char *p = t->at, *end = t->at + t->size;
	size_t n = 0;

	while (p < end) {
		size_t splice = splice_size(p, end);

		if (splice)
			p += splice;
		else
			ret[n++] = *p++;
	}
	return n;
}

bool token_is(const struct token *t, const char *word)
{
	const char *p = t->at, *end = t->at + t->size;

	if (t->kind != TOKEN_WORD)
		return false;
	for (; p < end; p++, word++) {
		p = skip_splices(p, end);
		if (*p != *word)
			return false;
	}
	return !*word;
}
