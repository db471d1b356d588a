#include "report/cell.h"
#include "report/report.h"

/* Raised when a name changes its meaning or goes; new names may come. docs/verify.md lists them. */
#define SCHEMA 1

/* A member's name, or nothing for an element; the comma when it is not the first. */
static void begin(struct buf *b, const char *name)
{
	char before = b->n ? b->v[b->n - 1] : '{';

	if (before != '{' && before != '[')
		buf_putc(b, ',');
	if (name)
		buf_printf(b, "\"%s\":", name);
}

static void put_text(struct buf *b, const char *name, const char *value)
{
	begin(b, name);
	if (value)
		buf_put_json(b, value);
	else
		buf_puts(b, "null");
}

static void put_number(struct buf *b, const char *name, uint64_t value)
{
	begin(b, name);
	buf_printf(b, "%llu", (unsigned long long)value);
}

static void put_bool(struct buf *b, const char *name, bool value)
{
	begin(b, name);
	buf_puts(b, value ? "true" : "false");
}

static void open_object(struct buf *b, const char *name)
{
	begin(b, name);
	buf_putc(b, '{');
}

static void open_list(struct buf *b, const char *name)
{
	begin(b, name);
	buf_putc(b, '[');
}

static void put_figures(struct buf *b, const struct verdict *v)
{
	const struct verdict_figures *f = &v->figures;

	put_number(b, "program_size", v->size);
	put_number(b, "instructions", f->instructions);
	put_number(b, "total_states", f->total_states);
	put_number(b, "peak_states", f->peak_states);
	put_number(b, "max_states_per_instruction", f->max_states_per_instruction);
	put_number(b, "mark_read", f->mark_read);
	put_number(b, "nanoseconds", f->nanoseconds);
	put_number(b, "stack", f->stack);
}

static void put_run(struct buf *b, const struct verdict *v)
{
	if (!v->was_run) {
		put_text(b, "run", NULL);
		return;
	}
	open_object(b, "run");
	put_number(b, "error", (uint64_t)v->run_error);
	put_number(b, "result", v->run_result);
	buf_putc(b, '}');
}

static void put_explanation(struct buf *b, const struct explanation *e)
{
	put_text(b, "file", e->file);
	begin(b, "line");
	if (e->line)
		buf_printf(b, "%u", e->line);
	else
		buf_puts(b, "null");
	put_text(b, "text", e->text);
	put_text(b, "instruction", e->instruction);
	put_text(b, "message", e->message);
	put_text(b, "reason", e->reason);
}

static void put_cell(struct buf *b, const struct matrix_kernel *k, const struct matrix_cell *c)
{
	const struct verdict *v = &c->verdict;

	open_object(b, NULL);
	put_text(b, "kernel", k->name);
	put_text(b, "arch", k->arch);
	put_text(b, "state", cell_state_name(c->state));
	put_text(b, "why", c->why);
	put_bool(b, "stored", c->is_stored);
	put_text(b, "verdict", cell_has_verdict(c) ? cell_verdict_name(v->kind) : NULL);
	put_number(b, "error", (uint64_t)v->error);
	put_figures(b, v);
	put_run(b, v);
	put_explanation(b, &c->explanation);
	put_text(b, "log", v->log);
	put_text(b, "said", v->said);
	put_text(b, "translated", v->translated);
	buf_putc(b, '}');
}

static void put_row(struct buf *b, const struct matrix *m, const struct matrix_row *r)
{
	open_object(b, NULL);
	put_text(b, "object", r->object);
	put_text(b, "program", r->program);
	put_text(b, "section", r->section);
	put_text(b, "type", r->type);
	put_text(b, "preset", r->preset);
	put_text(b, "description", r->description);
	put_bool(b, "unprivileged", r->unprivileged);
	put_bool(b, "must_fail", r->must_fail);
	open_list(b, "verdicts");
	for (size_t k = 0; k < r->cells.n; k++)
		if (r->cells.v[k].state != CELL_NONE)
			put_cell(b, &m->kernels.v[k], &r->cells.v[k]);
	buf_puts(b, "]}");
}

static void put_kernel(struct buf *b, const struct matrix_kernel *k)
{
	open_object(b, NULL);
	put_text(b, "name", k->name);
	put_text(b, "release", k->release);
	put_text(b, "arch", k->arch);
	put_text(b, "trouble", k->trouble);
	buf_putc(b, '}');
}

void report_json(const struct matrix *m, struct buf *ret)
{
	struct matrix_summary s = matrix_count(m);

	buf_putc(ret, '{');
	put_number(ret, "schema", SCHEMA);
	open_object(ret, "summary");
	put_number(ret, "passed", s.passed);
	put_number(ret, "skipped", s.skipped);
	put_number(ret, "failed", s.failed);
	buf_putc(ret, '}');
	open_list(ret, "kernels");
	vec_foreach (k, &m->kernels)
		put_kernel(ret, k);
	buf_putc(ret, ']');
	open_list(ret, "programs");
	vec_foreach (r, &m->rows)
		put_row(ret, m, r);
	buf_puts(ret, "]}\n");
}
