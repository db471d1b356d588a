#include "report/cell.h"
#include "report/failures.h"
#include "report/text.h"

#define INDENT 2	 /* of programs below their object */
#define GAP 2		 /* between columns */
#define LEAST_NAME 24	 /* columns for names, before kernels move to a second block */
#define NARROWEST_NAME 8 /* and whatever happens */

/* Of one kernel there is room for more than one figure. */
enum figure {
	FIGURE_SHORT, /* instructions, as one of several kernels */
	FIGURE_INSTRUCTIONS,
	FIGURE_PEAK_STATES,
	FIGURE_STACK,
	FIGURE_TIME,
};

struct column {
	char *title;
	size_t kernel;
	enum figure figure;
	size_t width;
};

struct table {
	const struct matrix *m;
	const struct table_options *o;
	VEC(struct column) columns;
	size_t name_width;
};

static void put_figure(struct buf *b, enum figure figure, const struct verdict_figures *f)
{
	switch (figure) {
	case FIGURE_SHORT:
		text_put_short_number(b, f->instructions);
		break;
	case FIGURE_INSTRUCTIONS:
		text_put_number(b, f->instructions);
		break;
	case FIGURE_PEAK_STATES:
		text_put_number(b, f->peak_states);
		break;
	case FIGURE_STACK:
		buf_printf(b, "%u B", f->stack);
		break;
	case FIGURE_TIME:
		text_put_time(b, f->nanoseconds);
		break;
	}
}

/* Nothing where a word in the first figure's column says it all. */
static char *cell_text(const struct column *col, const struct matrix_row *r)
{
	const struct matrix_cell *c = &r->cells.v[col->kernel];
	_cleanup_buf_ struct buf text = {0};

	/* Kernels before 5.15 or so keep some figures to themselves. */
	if (cell_is_figures(c) && c->verdict.figures.instructions)
		put_figure(&text, col->figure, &c->verdict.figures);
	else if (col->figure <= FIGURE_INSTRUCTIONS)
		buf_puts(&text, cell_word(r, c));
	return buf_steal(&text);
}

static enum paint paint_of(const struct matrix_cell *c)
{
	static const enum paint paints[] = {
		[CELL_NONE] = PAINT_FAINT,
		[CELL_PASSED] = PAINT_GOOD,
		[CELL_FAILED] = PAINT_BAD,
		[CELL_SKIPPED] = PAINT_ODD,
	};

	return paints[c->state];
}

static char *visible(const char *s)
{
	_cleanup_buf_ struct buf b = {0};

	text_put_line(&b, s, strlen(s));
	return buf_steal(&b);
}

static char *visible_name(const struct matrix_row *r)
{
	_cleanup_free_ char *name = row_name(r);

	return visible(name);
}

static void widen(size_t *width, size_t to)
{
	if (*width < to)
		*width = to;
}

static void add_columns(struct table *t)
{
	static const char *const titles[] = {
		[FIGURE_INSTRUCTIONS] = "instructions",
		[FIGURE_PEAK_STATES] = "peak states",
		[FIGURE_STACK] = "stack",
		[FIGURE_TIME] = "time",
	};

	for (size_t k = 0; k < t->m->kernels.n && t->m->kernels.n > 1; k++) {
		_cleanup_free_ char *label = kernel_label(t->m, k);

		vec_push(&t->columns, ((struct column){visible(label), k, FIGURE_SHORT, 0}));
	}
	for (enum figure f = FIGURE_INSTRUCTIONS; f <= FIGURE_TIME && t->m->kernels.n == 1; f++)
		vec_push(&t->columns, ((struct column){xstrdup(titles[f]), 0, f, 0}));
}

/* Of several kernels the columns are named; a single one's name is in front. */
static char *title_of(const struct matrix *m)
{
	const struct matrix_kernel *k = m->kernels.v;
	_cleanup_free_ char *title = NULL;

	if (m->kernels.n != 1)
		return xstrdup("");
	if (!*k->release || str_eq(k->release, k->name))
		return visible(k->name);
	title = xasprintf("%s (%s)", k->name, k->release);
	return visible(title);
}

static void measure(struct table *t)
{
	_cleanup_free_ char *title = title_of(t->m);

	widen(&t->name_width, text_width(title));
	vec_foreach (col, &t->columns)
		col->width = text_width(col->title);
	vec_foreach (r, &t->m->rows) {
		_cleanup_free_ char *name = visible_name(r);

		widen(&t->name_width, INDENT + text_width(name));
		vec_foreach (col, &t->columns) {
			_cleanup_free_ char *text = cell_text(col, r);

			widen(&col->width, text_width(text));
		}
	}
}

/* Of the columns from a first one on. */
static size_t widths(const struct table *t, size_t from, size_t n)
{
	size_t sum = 0;

	for (size_t i = from; i < from + n && i < t->columns.n; i++)
		sum += GAP + t->columns.v[i].width;
	return sum;
}

static bool fits(const struct table *t, size_t per_block, size_t name_width)
{
	for (size_t from = 0; from < t->columns.n; from += per_block)
		if (name_width + widths(t, from, per_block) > t->o->width)
			return false;
	return true;
}

/*
 * How many columns stand side by side. Names give way first, then the columns are spread evenly
 * over more blocks, one below the other.
 */
static size_t choose_block(struct table *t)
{
	size_t n = t->columns.n, blocks = 1, least = LEAST_NAME, most = 0;
	size_t per_block = n;

	if (!t->o->width || !n)
		return n;
	if (least > t->name_width)
		least = t->name_width;
	while (per_block > 1 && !fits(t, per_block, least)) {
		blocks++;
		per_block = (n + blocks - 1) / blocks;
	}
	for (size_t from = 0; from < n; from += per_block)
		widen(&most, widths(t, from, per_block));
	if (t->name_width + most > t->o->width)
		t->name_width =
			t->o->width > most + NARROWEST_NAME ? t->o->width - most : NARROWEST_NAME;
	return per_block;
}

static void trim(struct buf *b)
{
	while (b->n && b->v[b->n - 1] == ' ')
		b->v[--b->n] = '\0';
}

static void put_titles(const struct table *t, size_t from, size_t n, struct buf *b)
{
	_cleanup_free_ char *title = title_of(t->m);

	buf_puts(b, paint_code(t->o, PAINT_TITLE));
	text_put_left(b, title, t->name_width);
	for (size_t i = from; i < from + n; i++) {
		buf_printf(b, "%*s", GAP, "");
		text_put_right(b, t->columns.v[i].title, t->columns.v[i].width);
	}
	buf_printf(b, "%s\n", paint_code(t->o, PAINT_NONE));
}

static void put_row(const struct table *t, const struct matrix_row *r, size_t from, size_t n,
		    struct buf *b)
{
	_cleanup_free_ char *name = visible_name(r);

	buf_printf(b, "%*s", INDENT, "");
	text_put_left(b, name, t->name_width - INDENT);
	for (size_t i = from; i < from + n; i++) {
		const struct column *col = &t->columns.v[i];
		_cleanup_free_ char *text = cell_text(col, r);

		if (!*text)
			continue;
		buf_printf(b, "%*s%s", GAP, "",
			   paint_code(t->o, paint_of(&r->cells.v[col->kernel])));
		text_put_right(b, text, col->width);
		buf_puts(b, paint_code(t->o, PAINT_NONE));
	}
	trim(b);
	buf_putc(b, '\n');
}

static void put_block(const struct table *t, size_t from, size_t n, struct buf *b)
{
	const char *object = NULL;

	put_titles(t, from, n, b);
	vec_foreach (r, &t->m->rows) {
		if (!object || !str_eq(object, r->object)) {
			_cleanup_free_ char *shown = visible(r->object);

			/* It has the line to itself. */
			text_put_cut(b, shown, t->o->width ? t->o->width : SIZE_MAX);
			buf_putc(b, '\n');
		}
		object = r->object;
		put_row(t, r, from, n, b);
	}
	buf_putc(b, '\n');
}

static void put_table(const struct matrix *m, const struct table_options *o, struct buf *b)
{
	struct table t = {.m = m, .o = o};
	size_t per_block;

	add_columns(&t);
	measure(&t);
	per_block = choose_block(&t);
	for (size_t from = 0; from < t.columns.n; from += per_block) {
		size_t left = t.columns.n - from;

		put_block(&t, from, left < per_block ? left : per_block, b);
	}
	vec_foreach (col, &t.columns)
		free(col->title);
	vec_free(&t.columns);
}

void report_table(const struct matrix *m, const struct table_options *o, struct buf *ret)
{
	struct matrix_summary s = matrix_count(m);

	if (!o->failures_only && m->rows.n)
		put_table(m, o, ret);
	failures_put(m, o, ret);
	troubles_put(m, o, ret);
	buf_printf(ret, "%sSummary: %u PASSED, %u SKIPPED, %u FAILED%s\n",
		   paint_code(o, s.failed ? PAINT_BAD : PAINT_GOOD), s.passed, s.skipped, s.failed,
		   paint_code(o, PAINT_NONE));
}
