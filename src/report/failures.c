#include "report/failures.h"

#include "report/cell.h"
#include "report/text.h"

/* Of those that fail in the same way; the others are counted. */
#define MAX_PROGRAMS 4

const char *paint_code(const struct table_options *o, enum paint p)
{
	static const char *const codes[] = {
		[PAINT_NONE] = "\033[0m", [PAINT_GOOD] = "\033[32m", [PAINT_BAD] = "\033[1;31m",
		[PAINT_ODD] = "\033[33m", [PAINT_FAINT] = "\033[2m", [PAINT_TITLE] = "\033[1m",
	};

	return o->colour ? codes[p] : "";
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && str_eq(a, b));
}

/* The same to a reader: numbers of instructions and registers' contents may differ. */
static bool same_failure(const struct matrix_cell *a, const struct matrix_cell *b)
{
	const struct explanation *e = &a->explanation, *f = &b->explanation;

	return cell_has_verdict(a) == cell_has_verdict(b) && a->verdict.kind == b->verdict.kind &&
	       e->line == f->line && same_text(a->why, b->why) && same_text(e->file, f->file) &&
	       same_text(e->text, f->text) && same_text(e->message, f->message) &&
	       same_text(e->reason, f->reason);
}

/* A kernel that broke down is told of as a whole. */
static bool is_told(const struct matrix *m, const struct matrix_row *r, size_t kernel)
{
	const struct matrix_cell *c = &r->cells.v[kernel];

	return c->state == CELL_FAILED && (cell_has_verdict(c) || !m->kernels.v[kernel].trouble);
}

static bool same_names(const struct strv *a, const struct strv *b)
{
	for (size_t i = 0; i < a->n && a->n == b->n; i++)
		if (!str_eq(a->v[i], b->v[i]))
			return false;
	return a->n == b->n;
}

/* Of programs that is rarer: each has its own log, unless it never got to the verifier. */
static bool same_for_programs(const struct failure *a, const struct failure *b)
{
	return str_eq(a->row->object, b->row->object) && !a->row->description &&
	       !b->row->description && same_failure(a->cell, b->cell) &&
	       same_text(a->cell->verdict.log, b->cell->verdict.log) &&
	       same_names(&a->kernels, &b->kernels);
}

static void failure_free(struct failure *f)
{
	strv_free(&f->programs);
	strv_free(&f->kernels);
}

/* The failures of an object begin at the nth. */
static void add_failure(failure_list *l, size_t nth, struct failure *f)
{
	char *name = row_name(f->row);

	for (; nth < l->n; nth++) {
		if (!same_for_programs(&l->v[nth], f))
			continue;
		strv_take(&l->v[nth].programs, name);
		failure_free(f);
		return;
	}
	strv_take(&f->programs, name);
	vec_push(l, *f);
}

static void find_in_row(const struct matrix *m, const struct matrix_row *r, size_t nth,
			failure_list *ret)
{
	for (size_t k = 0; k < r->cells.n; k++) {
		struct failure f = {.row = r, .cell = &r->cells.v[k]};
		bool is_first = is_told(m, r, k);

		for (size_t other = 0; other < r->cells.n && is_first; other++) {
			if (!is_told(m, r, other) || !same_failure(f.cell, &r->cells.v[other]))
				continue;
			strv_take(&f.kernels, kernel_label(m, other));
			is_first = other >= k;
		}
		if (is_first)
			add_failure(ret, nth, &f);
		else
			failure_free(&f);
	}
}

void failures_find(const struct matrix *m, failure_list *ret)
{
	const char *object = "";
	size_t nth = 0;

	vec_foreach (r, &m->rows) {
		if (!str_eq(r->object, object))
			nth = ret->n;
		object = r->object;
		find_in_row(m, r, nth, ret);
	}
}

void failures_free(failure_list *l)
{
	vec_foreach (f, l)
		failure_free(f);
	vec_free(l);
}

/* Every line of a text, indented. */
static void put_lines(struct buf *b, const char *indent, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		buf_puts(b, indent);
		text_put_line(b, text, n);
		buf_putc(b, '\n');
		text += n + (text[n] == '\n');
	}
}

/* What follows the last line of the verifier that is about the program: its figures. */
static bool is_figures_line(const char *line)
{
	return str_starts(line, "processed ") || str_starts(line, "verification time ") ||
	       str_starts(line, "stack depth ");
}

/* Where the line that ends before s begins; text <= s. */
static const char *line_before(const char *text, const char *s)
{
	if (s > text && s[-1] == '\n')
		s--;
	while (s > text && s[-1] != '\n')
		s--;
	return s;
}

/* The last lines of a log, its figures aside. */
static char *tail_of(const char *log, unsigned lines)
{
	const char *end = log + strlen(log), *from;

	while (end > log && is_figures_line(line_before(log, end)))
		end = line_before(log, end);
	from = end;
	for (unsigned i = 0; i < lines && from > log; i++)
		from = line_before(log, from);
	return xstrndup(from, (size_t)(end - from));
}

static void put_log(struct buf *b, const struct table_options *o, const struct verdict *v)
{
	_cleanup_free_ char *tail = NULL;

	if (!v->log || !*v->log || !(o->show_logs || o->log_lines))
		return;
	tail = o->show_logs ? xstrdup(v->log) : tail_of(v->log, o->log_lines);
	buf_puts(b, paint_code(o, PAINT_FAINT));
	put_lines(b, "    | ", tail);
	buf_puts(b, paint_code(o, PAINT_NONE));
}

static void put_place(struct buf *b, const struct table_options *o, const struct explanation *e)
{
	_cleanup_buf_ struct buf place = {0};

	if (e->file)
		buf_puts(&place, e->file);
	if (e->file && e->line)
		buf_printf(&place, ":%u", e->line);
	if (!place.n && !e->text)
		return;
	buf_printf(b, "  %s", paint_code(o, PAINT_TITLE));
	if (place.n)
		text_put_line(b, place.v, place.n);
	buf_printf(b, "%s%s", paint_code(o, PAINT_NONE), place.n && e->text ? ": " : "");
	if (e->text)
		text_put_line(b, e->text, strlen(e->text));
	buf_putc(b, '\n');
}

static void put_explanation(struct buf *b, const struct table_options *o,
			    const struct explanation *e)
{
	put_place(b, o, e);
	if (e->instruction)
		put_lines(b, "  ", e->instruction);
	if (e->message)
		put_lines(b, "  ", e->message);
	if (e->reason) {
		_cleanup_free_ char *why = xasprintf("why: %s", e->reason);

		put_lines(b, "  ", why);
	}
}

const char *failure_fate(const struct matrix_row *r, const struct matrix_cell *c)
{
	if (c->verdict.kind == VERDICT_TIMEOUT)
		return "the deadline went by";
	if (c->verdict.kind == VERDICT_CRASHED)
		return "what loaded it died";
	return r->must_fail && cell_is_accepted(c) ? "it is to be rejected, and was accepted"
						   : NULL;
}

static void put_names(struct buf *b, const struct strv *names, size_t most)
{
	for (size_t i = 0; i < names->n && i < most; i++) {
		buf_puts(b, i ? ", " : "");
		text_put_line(b, names->v[i], strlen(names->v[i]));
	}
	if (names->n > most)
		buf_printf(b, " and %zu more", names->n - most);
}

static void put_title(struct buf *b, const struct matrix *m, const struct table_options *o,
		      const struct failure *f)
{
	buf_puts(b, paint_code(o, PAINT_BAD));
	text_put_line(b, f->row->object, strlen(f->row->object));
	buf_puts(b, ": ");
	put_names(b, &f->programs, MAX_PROGRAMS);
	buf_puts(b, paint_code(o, PAINT_NONE));
	if (m->kernels.n > 1) {
		buf_puts(b, " (on ");
		put_names(b, &f->kernels, SIZE_MAX);
		buf_putc(b, ')');
	}
	buf_putc(b, '\n');
}

static void put_failure(struct buf *b, const struct matrix *m, const struct table_options *o,
			const struct failure *f)
{
	const struct matrix_cell *c = f->cell;
	const char *fate = failure_fate(f->row, c);

	put_title(b, m, o, f);
	if (f->row->description)
		put_lines(b, "  ", f->row->description);
	if (c->why)
		put_lines(b, "  ", c->why);
	else if (fate)
		put_lines(b, "  ", fate);
	put_explanation(b, o, &c->explanation);
	if (!c->explanation.message && c->verdict.said)
		put_lines(b, "  ", c->verdict.said);
	put_log(b, o, &c->verdict);
	buf_putc(b, '\n');
}

void failures_put(const struct matrix *m, const struct table_options *o, struct buf *ret)
{
	_cleanup_failures_ failure_list failures = {0};

	failures_find(m, &failures);
	vec_foreach (f, &failures)
		put_failure(ret, m, o, f);
}

void troubles_put(const struct matrix *m, const struct table_options *o, struct buf *ret)
{
	bool has_any = false;

	for (size_t k = 0; k < m->kernels.n; k++) {
		_cleanup_free_ char *label = kernel_label(m, k);
		const char *trouble = m->kernels.v[k].trouble;

		if (!trouble)
			continue;
		buf_printf(ret, "%skernel ", paint_code(o, PAINT_BAD));
		text_put_line(ret, label, strlen(label));
		buf_printf(ret, "%s:\n", paint_code(o, PAINT_NONE));
		put_lines(ret, "  ", trouble);
		has_any = true;
	}
	if (has_any)
		buf_putc(ret, '\n');
}
