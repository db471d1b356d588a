/* The grammar of POSIX extended regular expressions, less back-references and collation. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/str.h"
#include "kernel/match_parts.h"

/* A character of the text; a plain one stands for itself. */
struct token {
	unsigned char c;
	bool is_plain;
};

struct parser {
	struct match *m;
	const struct token *at, *end;
	unsigned depth;
	const char *why; /* once set, parsing comes to its end */
};

static void fail(struct parser *p, const char *why)
{
	if (!p->why)
		p->why = why;
	p->at = p->end;
}

static bool is_next(const struct parser *p, char c)
{
	return p->at < p->end && !p->at->is_plain && p->at->c == (unsigned char)c;
}

/* Takes the next character when it is this one. */
static bool take(struct parser *p, char c)
{
	bool is_it = is_next(p, c);

	p->at += is_it;
	return is_it;
}

static void emit(struct parser *p, struct match_node node)
{
	if (p->m->nodes.n >= MATCH_MAX_NODES)
		fail(p, "it repeats too much");
	else
		vec_push(&p->m->nodes, node);
}

static void insert(struct parser *p, size_t at, struct match_node node)
{
	struct match_node *v;

	emit(p, node);
	if (p->why)
		return;
	v = p->m->nodes.v;
	memmove(v + at + 1, v + at, (p->m->nodes.n - 1 - at) * sizeof(*v));
	v[at] = node;
}

static void set_add(struct match_set *s, unsigned char c)
{
	s->bits[c / 8] |= (unsigned char)(1u << c % 8);
}

/* A line break is in no set that says what it does not have. */
static void emit_set(struct parser *p, struct match_set s, bool is_negated)
{
	if (is_negated) {
		for (size_t i = 0; i < sizeof(s.bits); i++)
			s.bits[i] = (unsigned char)~s.bits[i];
		s.bits['\n' / 8] &= (unsigned char)~(1u << '\n' % 8);
	}
	vec_push(&p->m->sets, s);
	emit(p, (struct match_node){MATCH_SET, .to = (int32_t)p->m->sets.n - 1});
}

static const struct {
	const char *name;
	int (*has)(int c);
} classes[] = {
	{"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
	{"digit", isdigit}, {"graph", isgraph}, {"lower", islower}, {"print", isprint},
	{"punct", ispunct}, {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit},
};

static void set_add_class(struct match_set *s, int (*has)(int c))
{
	/* As in the C locale, whatever this one is. */
	for (int c = 0; c < 128; c++)
		if (has(c))
			set_add(s, (unsigned char)c);
}

/* "[:name:]", of which the first two are taken. */
static void parse_class(struct parser *p, struct match_set *s)
{
	char name[8] = "";
	size_t n = 0;

	while (p->at < p->end && p->at->c != ':' && n < sizeof(name) - 1)
		name[n++] = (char)(p->at++)->c;
	if (p->end - p->at < 2 || p->at[0].c != ':' || p->at[1].c != ']') {
		fail(p, "\"[:\" without \":]\"");
		return;
	}
	p->at += 2;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (str_eq(classes[i].name, name)) {
			set_add_class(s, classes[i].has);
			return;
		}
	}
	fail(p, "a class of characters that is not known");
}

/* One character, or a range. */
static void parse_range(struct parser *p, struct match_set *s)
{
	unsigned char from = (p->at++)->c, to = from;

	if (p->end - p->at >= 2 && p->at[0].c == '-' && p->at[1].c != ']') {
		to = p->at[1].c;
		p->at += 2;
	}
	if (to < from)
		fail(p, "a range that ends before it begins");
	for (unsigned c = from; c <= to; c++)
		set_add(s, (unsigned char)c);
}

/* Behind "[". */
static void parse_set(struct parser *p)
{
	struct match_set s = {0};
	bool is_negated = take(p, '^'), is_first = true;

	for (; p->at < p->end && (is_first || p->at->c != ']'); is_first = false) {
		const struct token *after = p->at + 1;
		char second = p->at->c == '[' && after < p->end ? (char)after->c : '\0';

		if (second == ':') {
			p->at += 2;
			parse_class(p, &s);
		} else if (second == '.' || second == '=') {
			fail(p, "\"[.\" and \"[=\" are not supported");
		} else {
			parse_range(p, &s);
		}
	}
	if (p->at == p->end)
		fail(p, "\"[\" without \"]\"");
	p->at += p->at < p->end;
	emit_set(p, s, is_negated);
}

/* Behind "\". */
static void parse_escape(struct parser *p)
{
	struct match_set s = {0};
	unsigned char c;

	if (p->at == p->end) {
		fail(p, "\"\\\" with nothing behind it");
		return;
	}
	c = (p->at++)->c;
	if (c == 'w' || c == 'W') {
		set_add_class(&s, isalnum);
		set_add(&s, '_');
		emit_set(p, s, c == 'W');
	} else if (c == 's' || c == 'S') {
		set_add_class(&s, isspace);
		emit_set(p, s, c == 'S');
	} else if (isdigit(c)) {
		fail(p, "back-references are not supported");
	} else if (isalpha(c)) {
		fail(p, "of letters only w, W, s and S mean something behind \"\\\"");
	} else {
		emit(p, (struct match_node){MATCH_CHAR, .c = c});
	}
}

static void parse_alternatives(struct parser *p);

static void parse_group(struct parser *p)
{
	if (++p->depth > MATCH_MAX_DEPTH)
		fail(p, "it is nested too deep");
	parse_alternatives(p);
	p->depth--;
	if (!take(p, ')'))
		fail(p, "\"(\" without \")\"");
}

static void parse_atom(struct parser *p)
{
	struct match_set none = {0};
	const struct token *t = p->at++;

	if (t->is_plain || !strchr("([.^$\\*+?{", t->c))
		emit(p, (struct match_node){MATCH_CHAR, .c = t->c});
	else if (t->c == '(')
		parse_group(p);
	else if (t->c == '[')
		parse_set(p);
	else if (t->c == '.')
		emit_set(p, none, true);
	else if (t->c == '^')
		emit(p, (struct match_node){MATCH_BEGIN});
	else if (t->c == '$')
		emit(p, (struct match_node){MATCH_END});
	else if (t->c == '\\')
		parse_escape(p);
	else
		fail(p, "there is nothing before what repeats it");
}

/* A number of repetitions; -1: there is none. */
static int parse_count(struct parser *p)
{
	int n = -1;

	for (; p->at < p->end && !p->at->is_plain && isdigit(p->at->c); p->at++) {
		n = (n < 0 ? 0 : n) * 10 + (p->at->c - '0');
		if (n > MATCH_MAX_REPEAT)
			fail(p, "it repeats too much");
	}
	return n;
}

/* The nodes from `from` on, as often as x{least,most} says; most is -1 when there is no limit. */
static void repeat(struct parser *p, size_t from, int least, int most)
{
	size_t n = p->m->nodes.n - from;
	int32_t len = (int32_t)n, times = most < 0 ? least + 1 : most;
	struct match_node *copy = xcalloc(n + 1, sizeof(*copy));

	if (n)
		memcpy(copy, p->m->nodes.v + from, n * sizeof(*copy));
	p->m->nodes.n = from;
	for (int32_t i = 0; i < times && !p->why; i++) {
		int32_t left = most < 0 ? 1 : times - i;

		/* What need not be there can be left out, together with all behind it. */
		if (i >= least)
			emit(p, (struct match_node){MATCH_SPLIT, .to = 1,
						    .other = left * (len + 1) + (most < 0)});
		for (size_t k = 0; k < n; k++)
			emit(p, copy[k]);
	}
	if (most < 0)
		emit(p, (struct match_node){MATCH_JUMP, .to = -(len + 1)});
	free(copy);
}

/* Behind "{". */
static void parse_interval(struct parser *p, size_t from)
{
	int least = parse_count(p), most = least;

	if (least >= 0 && take(p, ','))
		most = parse_count(p);
	if (least < 0 || !take(p, '}') || (most >= 0 && most < least))
		fail(p, "what is between \"{\" and \"}\" is no number of repetitions");
	else
		repeat(p, from, least, most);
}

static void parse_piece(struct parser *p)
{
	size_t from = p->m->nodes.n;

	parse_atom(p);
	while (p->at < p->end) {
		if (take(p, '*'))
			repeat(p, from, 0, -1);
		else if (take(p, '+'))
			repeat(p, from, 1, -1);
		else if (take(p, '?'))
			repeat(p, from, 0, 1);
		else if (take(p, '{'))
			parse_interval(p, from);
		else
			break;
	}
}

static void parse_alternatives(struct parser *p)
{
	int32_t last = -1; /* of the jumps from alternatives to behind them all; each has the one
			    before it as its target until all are known */

	for (;;) {
		size_t from = p->m->nodes.n;

		while (p->at < p->end && !is_next(p, '|') && !is_next(p, ')'))
			parse_piece(p);
		if (!take(p, '|'))
			break;
		insert(p, from,
		       (struct match_node){MATCH_SPLIT, .to = 1,
					   .other = (int32_t)(p->m->nodes.n - from) + 2});
		emit(p, (struct match_node){MATCH_JUMP, .to = last});
		last = (int32_t)p->m->nodes.n - 1;
	}
	while (last >= 0 && !p->why) {
		struct match_node *jump = &p->m->nodes.v[last];
		int32_t before = jump->to;

		jump->to = (int32_t)p->m->nodes.n - last;
		last = before;
	}
}

/* Takes the braces out. NULL, or why that cannot be done. */
static const char *read_tokens(const char *text, bool is_regex, struct token *ret, size_t *ret_n)
{
	bool is_inside = false;
	size_t n = 0;

	while (*text) {
		if (!is_regex && str_starts(text, is_inside ? "}}" : "{{")) {
			is_inside = !is_inside;
			text += 2;
			continue;
		}
		if (n == MATCH_MAX_TEXT)
			return "it is too long";
		ret[n++] = (struct token){(unsigned char)*text++, !is_regex && !is_inside};
	}
	*ret_n = n;
	return is_inside ? "\"{{\" without \"}}\"" : NULL;
}

const char *match_parse(const char *text, bool is_regex, struct match *ret)
{
	struct token tokens[MATCH_MAX_TEXT];
	struct parser p = {.m = ret, .at = tokens};
	size_t n;
	const char *why = read_tokens(text, is_regex, tokens, &n);

	if (why)
		return why;
	p.end = tokens + n;
	parse_alternatives(&p);
	if (p.at < p.end)
		fail(&p, "\")\" without \"(\"");
	emit(&p, (struct match_node){MATCH_DONE});
	return p.why;
}
