#include <errno.h>

#include "kernel/expect.h"
#include "kernel/match.h"

/* Of all searches for one expectation, so that no object keeps anybody waiting; about half a
 * second. Real ones take a ten-thousandth. */
#define MAX_STEPS 100000000

/* Bytes of a text or a line that are quoted. */
#define MAX_QUOTED 160

/* What texts are looked for in, and how far that has come. */
struct place {
	const char *data, *what; /* "the log" */
	size_t size;
	struct match_span last; /* the text found last */
	bool has_last;
	uint64_t *steps;
};

static void quote(struct buf *b, const char *s, size_t size)
{
	_cleanup_free_ char *text = xstrndup(s, size < MAX_QUOTED ? size : MAX_QUOTED);

	buf_putc(b, '"');
	buf_put_visible(b, text);
	buf_puts(b, size > MAX_QUOTED ? "…\"" : "\"");
}

static size_t line_begin(const struct place *p, size_t at)
{
	const char *end = at ? memrchr(p->data, '\n', at) : NULL;

	return end ? (size_t)(end - p->data) + 1 : 0;
}

static size_t line_end(const struct place *p, size_t at)
{
	const char *end = memchr(p->data + at, '\n', p->size - at);

	return end ? (size_t)(end - p->data) : p->size;
}

static size_t line_number(const struct place *p, size_t at)
{
	size_t n = 1;

	for (size_t i = 0; i < at; i++)
		n += p->data[i] == '\n';
	return n;
}

/* `line 12, "0: (b7) r1 = 7"` */
static void put_line(struct buf *b, const struct place *p, size_t at)
{
	size_t begin = line_begin(p, at);

	buf_printf(b, "line %zu, ", line_number(p, at));
	quote(b, p->data + begin, line_end(p, at) - begin);
}

/* The last character of what was found last. */
static size_t last_at(const struct place *p)
{
	return p->last.end > p->last.begin ? p->last.end - 1 : p->last.end;
}

static char *say_missed(const struct place *p, const struct expected_text *t, int found)
{
	struct buf b = {0};

	quote(&b, t->text, strlen(t->text));
	if (found == -ETIME)
		buf_printf(&b, " takes too long to look for in %s", p->what);
	else if (!p->size)
		buf_printf(&b, " is not in %s, which is empty", p->what);
	else if (t->on_next_line)
		buf_printf(&b, " is not in the line of %s behind ", p->what);
	else
		buf_printf(&b, " is not in %s%s", p->what, p->has_last ? " after " : "");
	if (found != -ETIME && p->size && p->has_last)
		put_line(&b, p, last_at(p));
	return buf_steal(&b);
}

static int find(const struct place *p, const struct expected_text *t, size_t from, size_t end,
		struct match_span *ret)
{
	_cleanup_(match_freep) struct match *m = NULL;
	const char *why;

	/* It was read without complaint. */
	if (match_compile(t->text, t->is_regex_only, &m, &why) < 0)
		return 0;
	return match_find(m, p->data, end, from, p->steps, ret);
}

/* Finds the next text that must be there, behind those before it. */
static char *check_text(struct place *p, const struct expected_text *t)
{
	size_t from = p->last.end, end = p->size;
	int found;

	if (t->on_next_line && p->has_last) {
		from = line_end(p, last_at(p));
		from += from < p->size;
		end = line_end(p, from);
	}
	found = find(p, t, from, end, &p->last);
	if (found <= 0)
		return say_missed(p, t, found);
	p->has_last = true;
	return NULL;
}

/* Texts that must not be in what lies between two others. */
static char *check_absent(const struct place *p, const expected_texts *texts, size_t first,
			  size_t end, struct match_span between)
{
	struct match_span at;
	struct buf b = {0};
	int found;

	for (size_t i = first; i < end; i++) {
		found = find(p, &texts->v[i], between.begin, between.end, &at);
		if (found < 0)
			return say_missed(p, &texts->v[i], found);
		if (!found)
			continue;
		buf_printf(&b, "%s has ", p->what);
		quote(&b, texts->v[i].text, strlen(texts->v[i].text));
		buf_puts(&b, ", which it must not, in ");
		put_line(&b, p, at.begin);
		return buf_steal(&b);
	}
	return NULL;
}

static char *check_texts(const expected_texts *texts, const char *data, const char *what,
			 uint64_t *steps)
{
	struct place p = {
		.data = data ? data : "",
		.what = what,
		.size = data ? strlen(data) : 0,
		.steps = steps,
	};
	size_t absent = 0; /* since where texts are those that must not be there */

	for (size_t i = 0; i <= texts->n; i++) {
		struct match_span between = {p.last.end, p.size};
		char *why = NULL;

		if (i < texts->n && texts->v[i].must_not)
			continue;
		if (i < texts->n) {
			why = check_text(&p, &texts->v[i]);
			between.end = p.last.begin;
		}
		if (!why)
			why = check_absent(&p, texts, absent, i, between);
		if (why)
			return why;
		absent = i + 1;
	}
	return NULL;
}

static char *check_kind(const struct expectation *e, const struct verdict *v)
{
	const char *said = v->said ? v->said : "";

	switch (v->kind) {
	case VERDICT_ACCEPTED:
		return e->must_fail ? xstrdup("it was accepted and should be rejected") : NULL;
	case VERDICT_REJECTED:
		return e->must_fail ? NULL : xstrdup("it was rejected and should be accepted");
	case VERDICT_TIMEOUT:
		return xstrdup("the kernel did not come to a verdict in time");
	case VERDICT_CRASHED:
		return xasprintf("there is no verdict, only a crash%s%s", *said ? ": " : "", said);
	case VERDICT_UNTRIED:
		break;
	}
	return xasprintf("it was not tried%s%s", *said ? ": " : "", said);
}

static bool is_judged_by_run(const struct expectation *e, const struct verdict *v)
{
	return e->has_result && !e->must_fail && v->was_run;
}

static char *check_result(const struct expectation *e, const struct verdict *v)
{
	if (!is_judged_by_run(e, v))
		return NULL;
	if (v->run_error)
		return xasprintf("the test run failed: %s", strerror(v->run_error));
	if (e->is_any_result || v->run_result == e->result)
		return NULL;
	return xasprintf("the test run gave %d (%#x) and should give %d (%#x)", (int)v->run_result,
			 v->run_result, (int)e->result, e->result);
}

/* Whether there is something to look into. */
static bool has_translated(const struct verdict *v)
{
	return v->translated && *v->translated;
}

char *expectation_check(const struct expectation *e, const struct verdict *v)
{
	uint64_t steps = MAX_STEPS;
	char *why = e->is_moot ? NULL : check_kind(e, v);

	if (why || e->is_moot)
		return why;
	why = check_texts(&e->messages, v->log, "the log", &steps);
	if (!why && !e->must_fail && has_translated(v))
		why = check_texts(&e->translated, v->translated, "the translated program", &steps);
	return why ? why : check_result(e, v);
}

char *expectation_gap(const struct expectation *e, const struct verdict *v)
{
	if (e->gap)
		return xstrdup(e->gap);
	if (e->has_result && !v->was_run)
		return xstrdup("it was not run, so that its result is not known");
	if (e->translated.n && !e->must_fail && !has_translated(v))
		return xstrdup("the translated program was not looked at");
	return NULL;
}
