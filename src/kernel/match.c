#include "kernel/match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "kernel/match_parts.h"

void match_free(struct match *m)
{
	if (!m)
		return;
	vec_free(&m->nodes);
	vec_free(&m->sets);
	free(m->plain);
	free(m);
}

int match_compile(const char *text, bool is_regex, struct match **ret, const char **ret_why)
{
	struct match *m = xcalloc(1, sizeof(*m));
	const char *why = NULL;

	if (is_regex || strstr(text, "{{"))
		why = match_parse(text, is_regex, m);
	else
		m->plain = xstrdup(text);
	if (why) {
		match_free(m);
		*ret_why = why;
		return -EINVAL;
	}
	*ret = m;
	return 0;
}

/* A way through the nodes that has come to one of them, and where it began. */
struct thread {
	uint32_t node;
	size_t begin;
};

/*
 * All ways are gone together, a character at a time, and of those at one node only that which began
 * first goes on. Lists are in the order of where their threads began.
 */
struct search {
	const struct match *m;
	const char *data;
	size_t size;
	struct thread *now, *next;
	size_t n_now, n_next;
	uint32_t *seen; /* by node: the round in which it was come to */
	uint32_t *stack;
	uint32_t round;
	uint64_t steps;
	bool is_found;
	struct match_span found;
};

static bool is_line_begin(const struct search *s, size_t at)
{
	return at == 0 || s->data[at - 1] == '\n';
}

static bool is_line_end(const struct search *s, size_t at)
{
	return at == s->size || s->data[at] == '\n';
}

/* Follows what needs no character, from a node on; `at` is the place in the data. */
static void come_to(struct search *s, uint32_t node, size_t begin, size_t at)
{
	size_t n = 0;

	s->stack[n++] = node;
	while (n) {
		uint32_t i = s->stack[--n];
		const struct match_node *x = &s->m->nodes.v[i];

		if (s->seen[i] == s->round)
			continue;
		s->seen[i] = s->round;
		s->steps++;
		if (x->kind == MATCH_SPLIT)
			s->stack[n++] = i + (uint32_t)x->other;
		if (x->kind == MATCH_SPLIT || x->kind == MATCH_JUMP)
			s->stack[n++] = i + (uint32_t)x->to;
		else if ((x->kind == MATCH_BEGIN && is_line_begin(s, at)) ||
			 (x->kind == MATCH_END && is_line_end(s, at)))
			s->stack[n++] = i + 1;
		else if (x->kind == MATCH_DONE && (!s->is_found || begin <= s->found.begin))
			s->found = (struct match_span){begin, at}, s->is_found = true;
		else if (x->kind == MATCH_CHAR || x->kind == MATCH_SET)
			s->next[s->n_next++] = (struct thread){i, begin};
	}
}

static bool takes(const struct match *m, const struct match_node *x, unsigned char c)
{
	return x->kind == MATCH_CHAR ? x->c == c : m->sets.v[x->to].bits[c / 8] >> (c % 8) & 1;
}

/* Goes on by one character. */
static void advance(struct search *s, size_t at)
{
	struct thread *was = s->next;
	size_t n = s->n_next;

	s->next = s->now;
	s->now = was;
	s->n_next = 0;
	s->round++;
	for (size_t i = 0; i < n; i++) {
		s->steps++;
		if ((!s->is_found || was[i].begin <= s->found.begin) &&
		    takes(s->m, &s->m->nodes.v[was[i].node], (unsigned char)s->data[at]))
			come_to(s, was[i].node + 1, was[i].begin, at + 1);
	}
}

/* The next place where something may begin, when nothing has. */
static size_t skip(const struct search *s, size_t at)
{
	const struct match_node *first = &s->m->nodes.v[0];
	const char *p;

	if (s->n_next || first->kind != MATCH_CHAR)
		return at;
	p = memchr(s->data + at, first->c, s->size - at);
	return p ? (size_t)(p - s->data) : s->size;
}

static int search_all(struct search *s, size_t from, uint64_t most)
{
	s->round = 1;
	for (size_t at = from;; at++) {
		if (!s->is_found) {
			at = skip(s, at);
			come_to(s, 0, at, at);
		}
		if (at == s->size || (s->is_found && !s->n_next))
			return s->is_found;
		if (s->steps > most)
			return -ETIME;
		advance(s, at);
	}
}

static int find_plain(const struct match *m, const char *data, size_t size, size_t from,
		      struct match_span *ret)
{
	const char *p = memmem(data + from, size - from, m->plain, strlen(m->plain));

	if (!p)
		return 0;
	*ret = (struct match_span){(size_t)(p - data), (size_t)(p - data) + strlen(m->plain)};
	return 1;
}

int match_find(const struct match *m, const char *data, size_t size, size_t from, uint64_t *steps,
	       struct match_span *ret)
{
	struct search s = {.m = m, .data = data, .size = size};
	size_t n = m->nodes.n;
	int found;

	if (m->plain)
		return find_plain(m, data, size, from, ret);
	s.now = xcalloc(n, sizeof(*s.now));
	s.next = xcalloc(n, sizeof(*s.next));
	s.seen = xcalloc(n, sizeof(*s.seen));
	s.stack = xcalloc(2 * n + 1, sizeof(*s.stack));
	found = search_all(&s, from, *steps);
	*steps -= s.steps < *steps ? s.steps : *steps;
	free(s.now);
	free(s.next);
	free(s.seen);
	free(s.stack);
	if (found > 0)
		*ret = s.found;
	return found;
}
