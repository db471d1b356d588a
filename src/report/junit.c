#include "report/cell.h"
#include "report/report.h"
#include "report/text.h"

static void put_attribute(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, " %s=\"", name);
	text_put_markup(b, value);
	buf_putc(b, '"');
}

static void put_seconds(struct buf *b, uint64_t nanoseconds)
{
	buf_printf(b, " time=\"%.6f\"", (double)nanoseconds / 1e9);
}

/* Ends with a line feed; nothing for what is not there. */
static void put_paragraph(struct buf *b, const char *before, const char *text)
{
	if (!text || !*text)
		return;
	text_put_markup(b, before);
	text_put_markup(b, text);
	if (b->v[b->n - 1] != '\n')
		buf_putc(b, '\n');
}

static void put_place(struct buf *b, const struct explanation *e)
{
	_cleanup_free_ char *place = NULL;

	if (!e->file)
		return;
	place = e->line ? xasprintf("%s:%u: ", e->file, e->line) : xasprintf("%s: ", e->file);
	put_paragraph(b, place, e->text ? e->text : "(no text)");
}

static void put_failure(struct buf *b, const struct matrix_row *r, const struct matrix_cell *c)
{
	const struct explanation *e = &c->explanation;
	const char *message = c->why ? c->why : e->message ? e->message : cell_word(r, c);

	buf_puts(b, "<failure");
	put_attribute(b, "message", message);
	put_attribute(b, "type", cell_word(r, c));
	buf_putc(b, '>');
	put_place(b, e);
	put_paragraph(b, "", e->instruction);
	put_paragraph(b, "", e->message);
	put_paragraph(b, "why: ", e->reason);
	put_paragraph(b, "\n", c->verdict.said);
	put_paragraph(b, "\n", c->verdict.log);
	buf_puts(b, "</failure>");
}

static void put_case(struct buf *b, const struct matrix_row *r, const struct matrix_cell *c)
{
	_cleanup_free_ char *name = row_name(r);

	buf_puts(b, "    <testcase");
	put_attribute(b, "classname", r->object);
	put_attribute(b, "name", name);
	put_seconds(b, c->verdict.figures.nanoseconds);
	if (c->state == CELL_PASSED) {
		buf_puts(b, "/>\n");
		return;
	}
	buf_putc(b, '>');
	if (c->state == CELL_FAILED) {
		put_failure(b, r, c);
	} else {
		buf_puts(b, "<skipped");
		if (c->why)
			put_attribute(b, "message", c->why);
		buf_puts(b, "/>");
	}
	buf_puts(b, "</testcase>\n");
}

/* Of the kernels from the first on, in nanoseconds. */
static uint64_t time_of(const struct matrix *m, size_t first, size_t n)
{
	uint64_t sum = 0;

	vec_foreach (r, &m->rows)
		for (size_t k = first; k < first + n; k++)
			sum += r->cells.v[k].verdict.figures.nanoseconds;
	return sum;
}

static void put_counts(struct buf *b, const struct matrix_summary *s, uint64_t nanoseconds)
{
	buf_printf(b, " tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"%u\"",
		   s->passed + s->skipped + s->failed, s->failed, s->skipped);
	put_seconds(b, nanoseconds);
	buf_puts(b, ">\n");
}

static void put_property(struct buf *b, const char *name, const char *value)
{
	buf_puts(b, "      <property");
	put_attribute(b, "name", name);
	put_attribute(b, "value", value);
	buf_puts(b, "/>\n");
}

static void put_suite(struct buf *b, const struct matrix *m, size_t kernel)
{
	const struct matrix_kernel *k = &m->kernels.v[kernel];
	_cleanup_free_ char *name = kernel_label(m, kernel);
	struct matrix_summary s = matrix_count_kernel(m, kernel);

	buf_puts(b, "  <testsuite");
	put_attribute(b, "name", name);
	put_counts(b, &s, time_of(m, kernel, 1));
	buf_puts(b, "    <properties>\n");
	put_property(b, "release", k->release);
	put_property(b, "arch", k->arch);
	buf_puts(b, "    </properties>\n");
	vec_foreach (r, &m->rows)
		if (r->cells.v[kernel].state != CELL_NONE)
			put_case(b, r, &r->cells.v[kernel]);
	if (k->trouble) {
		buf_puts(b, "    <system-err>");
		text_put_markup(b, k->trouble);
		buf_puts(b, "</system-err>\n");
	}
	buf_puts(b, "  </testsuite>\n");
}

void report_junit(const struct matrix *m, struct buf *ret)
{
	struct matrix_summary s = matrix_count(m);

	buf_puts(ret,
		 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"skep verify\"");
	put_counts(ret, &s, time_of(m, 0, m->kernels.n));
	for (size_t k = 0; k < m->kernels.n; k++)
		put_suite(ret, m, k);
	buf_puts(ret, "</testsuites>\n");
}
