#include "project/pattern.h"

#include <errno.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"

/* One state needs one bit, and the end of the pattern one more. */
#define MAX_PARTS 63

/* The bytes of the character at s: a lead byte with what continues it, else one byte. */
static size_t char_size(const char *s)
{
	size_t n = 1;

	if ((unsigned char)*s >= 0xc0)
		while (n < 4 && ((unsigned char)s[n] & 0xc0) == 0x80)
			n++;
	return n;
}

/* Takes one character; as numbers, characters in UTF-8 keep the order of their code points. */
static uint32_t take_char(const char **s)
{
	uint32_t c = 0;

	for (size_t n = char_size(*s); n; n--)
		c = c << 8 | (unsigned char)*(*s)++;
	return c;
}

/* Takes one character of a pattern, whose backslash is skipped. */
static uint32_t take_quoted(const char **p)
{
	if (**p == '\\' && (*p)[1])
		++*p;
	return take_char(p);
}

/* Takes a bracket expression from behind its '[' and says whether c is in it. */
static bool take_bracket(const char **p, uint32_t c)
{
	bool negated = **p == '!' || **p == '^', found = false;
	const char *start = *p += negated;

	while (**p && (**p != ']' || *p == start)) {
		uint32_t low = take_quoted(p), high = low;

		if (**p == '-' && (*p)[1] && (*p)[1] != ']') {
			++*p;
			high = take_quoted(p);
		}
		if (low <= c && c <= high)
			found = true;
	}
	*p += **p == ']';
	return found != negated;
}

static bool match_char(const char **p, const char **s)
{
	switch (**p) {
	case '?':
		++*p;
		take_char(s);
		return true;
	case '[':
		++*p;
		return take_bracket(p, take_char(s));
	default:
		return take_quoted(p) == take_char(s);
	}
}

/* Only the last star needs another try: an earlier one could not do better. */
static bool match_name(const char *p, const char *s)
{
	const char *star = NULL, *again = NULL;

	if (*s == '.' && *p != '.' && !(*p == '\\' && p[1] == '.'))
		return false;
	while (*s) {
		if (*p == '*') {
			star = ++p;
			again = s;
		} else if (*p && match_char(&p, &s)) {
			continue;
		} else if (star) {
			p = star;
			s = again += char_size(again);
		} else {
			return false;
		}
	}
	while (*p == '*')
		p++;
	return !*p;
}

/* Why a name cannot be a pattern, or NULL. */
static const char *check_brackets(const char *p)
{
	while (*p) {
		char c = *p;

		take_quoted(&p);
		if (c != '[')
			continue;
		const char *start = p += *p == '!' || *p == '^';

		while (*p && (*p != ']' || p == start)) {
			if (*p == '[' && p[1] == ':')
				return "classes such as [:alpha:] are not understood";
			take_quoted(&p);
		}
		if (!*p++)
			return "'[' has no ']'; write \\[ for the character itself";
	}
	return NULL;
}

static char *without_backslashes(const char *text)
{
	char *copy = xstrdup(text), *out = copy;

	for (const char *in = copy; *in; in++) {
		in += *in == '\\' && in[1];
		*out++ = *in;
	}
	*out = '\0';
	return copy;
}

static bool has_wildcard(const char *s)
{
	for (; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		else if (strchr("*?[", *s))
			return true;
	}
	return false;
}

static const char *add_part(struct pattern *p, const char *text, bool after_wildcard)
{
	const char *why = check_brackets(text);

	if (why)
		return why;
	if (p->parts.n == MAX_PARTS)
		return "it has too many parts";
	if (str_eq(text, "**")) {
		vec_push(&p->parts, ((struct pattern_part){PART_DEEP, xstrdup(text)}));
	} else if (strstr(text, "**")) {
		return "'**' must stand alone between slashes, as in **/*.bpf.c";
	} else if (has_wildcard(text)) {
		vec_push(&p->parts, ((struct pattern_part){PART_WILD, xstrdup(text)}));
	} else if (after_wildcard && str_eq(text, "..")) {
		return "'..' cannot follow a wildcard";
	} else {
		vec_push(&p->parts,
			 ((struct pattern_part){PART_LITERAL, without_backslashes(text)}));
	}
	return NULL;
}

int pattern_parse(const char *text, struct pattern *ret, const char **ret_why)
{
	_cleanup_pattern_ struct pattern p = {.absolute = *text == '/'};
	_cleanup_free_ char *copy = path_tidy(xstrdup(*text ? text : "."));
	const char *why = *text ? NULL : "it is empty";
	bool wild = false;
	char *rest = copy;

	for (char *name; !why && (name = strsep(&rest, "/"));) {
		if (!*name)
			continue;
		why = add_part(&p, name, wild);
		wild |= !why && p.parts.v[p.parts.n - 1].kind != PART_LITERAL;
	}
	/* A pattern is about files: dir/ followed by ** means every file below. */
	if (!why && p.parts.n && p.parts.v[p.parts.n - 1].kind == PART_DEEP)
		why = add_part(&p, "*", true);
	if (!why && !p.parts.n)
		why = "it names a directory";
	if (why) {
		*ret_why = why;
		return -EINVAL;
	}
	*ret = p;
	p = (struct pattern){0};
	return 0;
}

void pattern_free(struct pattern *p)
{
	vec_foreach (part, &p->parts)
		free(part->text);
	vec_free(&p->parts);
}

/* A walk that stands before a '**' stands behind it as well. */
static uint64_t pass_deep(const struct pattern *p, uint64_t state)
{
	for (size_t i = 0; i < p->parts.n; i++)
		if (state >> i & 1 && p->parts.v[i].kind == PART_DEEP)
			state |= (uint64_t)1 << (i + 1);
	return state;
}

uint64_t pattern_start(const struct pattern *p)
{
	return pass_deep(p, 1);
}

uint64_t pattern_step(const struct pattern *p, uint64_t state, const char *name, bool literal_only)
{
	uint64_t next = 0;

	for (size_t i = 0; i < p->parts.n; i++) {
		const struct pattern_part *part = &p->parts.v[i];

		if (!(state >> i & 1))
			continue;
		if (part->kind == PART_LITERAL)
			next |= (uint64_t)str_eq(part->text, name) << (i + 1);
		else if (literal_only)
			continue;
		else if (part->kind == PART_WILD)
			next |= (uint64_t)match_name(part->text, name) << (i + 1);
		else
			next |= (uint64_t)(*name != '.') << i;
	}
	return pass_deep(p, next);
}

bool pattern_accepts(const struct pattern *p, uint64_t state)
{
	return state >> p->parts.n & 1;
}

const char *pattern_only_name(const struct pattern *p, uint64_t state)
{
	for (size_t i = 0; i < p->parts.n; i++)
		if (state == (uint64_t)1 << i && p->parts.v[i].kind == PART_LITERAL)
			return p->parts.v[i].text;
	return NULL;
}

bool pattern_match(const struct pattern *p, const char *path)
{
	_cleanup_free_ char *copy = xstrdup(path);
	uint64_t state = pattern_start(p);
	char *rest = copy;

	if ((*path == '/') != p->absolute)
		return false;
	rest += *path == '/';
	for (char *name; state && (name = strsep(&rest, "/"));)
		state = pattern_step(p, state, name, false);
	return pattern_accepts(p, state);
}
