#include "report/cell.h"
#include "report/failures.h"
#include "report/html_style.h"
#include "report/text.h"

/* Of a log the end counts. JSON has all of it. */
#define MAX_LOG 65536 /* bytes */

static void put_element(struct buf *b, const char *tag, const char *class, const char *text)
{
	buf_printf(b, "<%s", tag);
	if (class)
		buf_printf(b, " class=\"%s\"", class);
	buf_putc(b, '>');
	text_put_markup(b, text);
	buf_printf(b, "</%s>", tag);
}

/* Nothing for what is not there. */
static void put_paragraph(struct buf *b, const char *class, const char *text)
{
	if (text && *text)
		put_element(b, "p", class, text);
}

static void put_chip(struct buf *b, unsigned n, enum cell_state state)
{
	buf_printf(b, "<li class=\"chip big %s\">%u %s</li>", n ? cell_state_name(state) : "none",
		   n, cell_state_name(state));
}

static void put_head(const struct matrix *m, struct buf *b)
{
	struct matrix_summary s = matrix_count(m);

	buf_printf(b,
		   "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		   "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
		   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		   "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
		   "<title>skep verify: %u passed, %u failed</title>\n<style>\n%s</style>\n"
		   "</head>\n<body>\n<h1>skep verify</h1>\n<ul class=\"chips\">",
		   s.passed, s.failed, html_style);
	put_chip(b, s.passed, CELL_PASSED);
	put_chip(b, s.failed, CELL_FAILED);
	put_chip(b, s.skipped, CELL_SKIPPED);
	buf_puts(b, "</ul>\n<p class=\"soft\">");
	for (size_t k = 0; k < m->kernels.n; k++) {
		_cleanup_free_ char *label = kernel_label(m, k);

		buf_puts(b, k ? ", " : "On ");
		text_put_markup(b, label);
		if (*m->kernels.v[k].release) {
			buf_puts(b, " (");
			text_put_markup(b, m->kernels.v[k].release);
			buf_putc(b, ')');
		}
	}
	buf_puts(b, ". <a href=\"#matrix\">Programs by kernels</a></p>\n");
}

/* A text that may be long, closed at first, with its end when it is too long. */
static void put_folded(struct buf *b, const char *title, const char *text, bool is_open)
{
	size_t n = text ? strlen(text) : 0;

	if (!n)
		return;
	buf_printf(b, "<details%s><summary class=\"soft\">%s</summary>", is_open ? " open" : "",
		   title);
	if (n > MAX_LOG) {
		const char *end = text + n - MAX_LOG, *line = strchr(end, '\n');

		text = line && line[1] ? line + 1 : end;
		put_paragraph(b, "soft", "The beginning is left out; --json has all of it.");
	}
	put_element(b, "pre", NULL, text);
	buf_puts(b, "</details>");
}

static void put_place(struct buf *b, const struct explanation *e)
{
	_cleanup_buf_ struct buf code = {0};

	if (!e->file && !e->text)
		return;
	buf_puts(b, "<div class=\"place\">");
	if (e->file) {
		_cleanup_free_ char *place =
			e->line ? xasprintf("%s:%u", e->file, e->line) : xstrdup(e->file);

		put_element(b, "span", "mono soft", place);
	}
	if (e->text)
		buf_puts(&code, e->text);
	if (e->instruction)
		buf_printf(&code, "%s%s", code.n ? "\n" : "", e->instruction);
	if (code.n)
		put_element(b, "pre", NULL, code.v);
	buf_puts(b, "</div>");
}

/* What is to be said of a verdict that is not a plain acceptance. */
static void put_story(struct buf *b, const struct matrix_row *r, const struct matrix_cell *c)
{
	const struct explanation *e = &c->explanation;

	put_paragraph(b, "soft", r->description);
	put_paragraph(b, NULL,
		      c->why			? c->why
		      : c->state == CELL_FAILED ? failure_fate(r, c)
						: NULL);
	put_place(b, e);
	put_paragraph(b, "mono", e->message);
	put_paragraph(b, "reason", e->reason);
}

static void put_card(struct buf *b, const struct failure *f)
{
	const struct verdict *v = &f->cell->verdict;

	buf_puts(b, "<article class=\"card\"><h3>");
	for (size_t i = 0; i < f->programs.n; i++)
		put_element(b, "span", NULL, f->programs.v[i]);
	put_element(b, "span", "soft", f->row->object);
	for (size_t i = 0; i < f->kernels.n; i++)
		put_element(b, "span", "chip failed", f->kernels.v[i]);
	buf_puts(b, "</h3>");
	put_story(b, f->row, f->cell);
	put_folded(b, "libbpf", v->said, !f->cell->explanation.message);
	put_folded(b, "verifier log", v->log, false);
	buf_puts(b, "</article>\n");
}

static void put_troubles(const struct matrix *m, struct buf *b)
{
	for (size_t k = 0; k < m->kernels.n; k++) {
		_cleanup_free_ char *label = kernel_label(m, k);

		if (!m->kernels.v[k].trouble)
			continue;
		buf_puts(b, "<article class=\"card\"><h3>kernel ");
		text_put_markup(b, label);
		buf_puts(b, "</h3>");
		put_element(b, "pre", NULL, m->kernels.v[k].trouble);
		buf_puts(b, "</article>\n");
	}
}

static void put_failures(const struct matrix *m, struct buf *b)
{
	_cleanup_failures_ failure_list failures = {0};
	_cleanup_buf_ struct buf cards = {0};

	failures_find(m, &failures);
	put_troubles(m, &cards);
	vec_foreach (f, &failures)
		put_card(&cards, f);
	if (cards.n)
		buf_printf(b, "<h2>Failures</h2>\n%s", cards.v);
}

static void put_definition(struct buf *b, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	buf_puts(b, "<div>");
	put_element(b, "dt", NULL, name);
	put_element(b, "dd", NULL, value);
	buf_puts(b, "</div>");
}

static void put_figures(struct buf *b, const struct matrix_row *r, const struct matrix_cell *c)
{
	const struct verdict_figures *f = &c->verdict.figures;
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
		{"instructions processed", f->instructions},
		{"total states", f->total_states},
		{"peak states", f->peak_states},
		{"states per instruction", f->max_states_per_instruction},
		{"mark read", f->mark_read},
		{"program size", c->verdict.size},
		{"stack bytes", f->stack},
	};

	buf_puts(b, "<dl>");
	for (size_t i = 0; i < ARRAY_SIZE(numbers) && f->instructions; i++) {
		_cleanup_buf_ struct buf number = {0};

		text_put_number(&number, numbers[i].value);
		put_definition(b, numbers[i].name, number.v);
	}
	if (f->nanoseconds) {
		_cleanup_buf_ struct buf time = {0};

		text_put_time(&time, f->nanoseconds);
		put_definition(b, "verified in", time.v);
	}
	if (c->verdict.was_run) {
		_cleanup_free_ char *result = xasprintf("%u", c->verdict.run_result);

		put_definition(b, "test run gave",
			       c->verdict.run_error ? strerror(c->verdict.run_error) : result);
	}
	put_definition(b, "section", r->section);
	put_definition(b, "type", r->type);
	put_definition(b, "asked", c->is_stored ? "earlier (from the store)" : NULL);
	buf_puts(b, "</dl>");
}

static void put_panel(struct buf *b, const struct matrix *m, const struct matrix_row *r,
		      size_t kernel)
{
	const struct matrix_cell *c = &r->cells.v[kernel];
	_cleanup_free_ char *name = row_name(r), *label = kernel_label(m, kernel);

	buf_puts(b, "<div class=\"panel\"><h3>");
	text_put_markup(b, name);
	buf_puts(b, " on ");
	text_put_markup(b, label);
	buf_printf(b, ": <span class=\"%s\">%s, %s</span></h3>", cell_state_name(c->state),
		   cell_state_name(c->state),
		   cell_has_verdict(c) ? cell_verdict_name(c->verdict.kind) : "no verdict");
	put_story(b, r, c);
	put_figures(b, r, c);
	put_folded(b, "libbpf", c->verdict.said, c->state == CELL_FAILED);
	put_folded(b, "verifier log", c->verdict.log, true);
	put_folded(b, "instructions as the kernel has them", c->verdict.translated, false);
	buf_puts(b, "</div>");
}

static void put_cell(struct buf *b, const struct matrix *m, const struct matrix_row *r,
		     size_t kernel)
{
	const struct matrix_cell *c = &r->cells.v[kernel];

	buf_printf(b, "<td class=\"%s\">", cell_state_name(c->state));
	if (c->state == CELL_NONE) {
		buf_puts(b, "-</td>");
		return;
	}
	/* One name: of those that are open only the last one stays open. */
	buf_puts(b, "<details class=\"cell\" name=\"cell\"><summary>");
	if (cell_is_figures(c) && c->verdict.figures.instructions)
		text_put_number(b, c->verdict.figures.instructions);
	else
		text_put_markup(b, cell_word(r, c));
	buf_puts(b, "</summary>");
	put_panel(b, m, r, kernel);
	buf_puts(b, "</details></td>\n");
}

static bool row_is_fine(const struct matrix_row *r)
{
	vec_foreach (c, &r->cells)
		if (c->state == CELL_FAILED)
			return false;
	return true;
}

static void put_row(struct buf *b, const struct matrix *m, const struct matrix_row *r)
{
	_cleanup_free_ char *name = row_name(r);

	buf_printf(b, "<tr class=\"row%s\" data-name=\"", row_is_fine(r) ? " fine" : "");
	text_put_markup(b, r->object);
	buf_putc(b, ' ');
	text_put_markup(b, name);
	buf_puts(b, "\"><th scope=\"row\" title=\"");
	text_put_markup(b, name);
	buf_puts(b, "\">");
	text_put_markup(b, name);
	buf_puts(b, "</th>");
	for (size_t k = 0; k < r->cells.n; k++)
		put_cell(b, m, r, k);
	buf_puts(b, "</tr>\n");
}

/* The rows of one object from the nth on; gives the first of the next one. */
static size_t put_object(struct buf *b, const struct matrix *m, size_t nth)
{
	const char *object = m->rows.v[nth].object;
	size_t end = nth;
	bool is_fine = true;

	while (end < m->rows.n && str_eq(m->rows.v[end].object, object))
		is_fine &= row_is_fine(&m->rows.v[end++]);
	buf_printf(b, "<tbody%s>\n<tr class=\"object\"><th scope=\"rowgroup\" colspan=\"%zu\">",
		   is_fine ? " class=\"fine\"" : "", m->kernels.n + 1);
	text_put_markup(b, object);
	buf_puts(b, "</th></tr>\n");
	for (; nth < end; nth++)
		put_row(b, m, &m->rows.v[nth]);
	buf_puts(b, "</tbody>\n");
	return end;
}

static void put_matrix(const struct matrix *m, struct buf *b)
{
	buf_puts(b, "<h2>Programs by kernels</h2>\n<div class=\"tools\">"
		    "<label><input type=\"checkbox\" id=\"only\"> failures only</label>"
		    "<input type=\"search\" id=\"find\" placeholder=\"object or program\" "
		    "aria-label=\"object or program\" hidden>"
		    "<span class=\"soft\">Instructions processed; click for figures and log.</span>"
		    "</div>\n<table id=\"matrix\">\n<thead><tr><th></th>");
	for (size_t k = 0; k < m->kernels.n; k++) {
		_cleanup_free_ char *label = kernel_label(m, k);

		buf_puts(b, "<th scope=\"col\" title=\"");
		text_put_markup(b, m->kernels.v[k].release);
		buf_puts(b, "\">");
		text_put_markup(b, label);
		buf_puts(b, "</th>");
	}
	buf_puts(b, "</tr></thead>\n");
	for (size_t i = 0; i < m->rows.n;)
		i = put_object(b, m, i);
	buf_puts(b, "</table>\n");
}

void report_html(const struct matrix *m, struct buf *ret)
{
	put_head(m, ret);
	put_failures(m, ret);
	put_matrix(m, ret);
	buf_printf(ret, "<script>\n%s</script>\n</body>\n</html>\n", html_script);
}
