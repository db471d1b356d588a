#include "report/cell.h"
#include "report/report.h"

/* veristat knows no empty fields, and no types but libbpf's. */
#define NO_NAME "N/A"
#define NO_TYPE "unspec"

static void put_field(struct buf *b, const char *s)
{
	s = *s ? s : NO_NAME;
	if (!s[strcspn(s, ",\"\r\n")]) {
		buf_puts(b, s);
		return;
	}
	buf_putc(b, '"');
	for (; *s; s++) {
		if (*s == '"')
			buf_putc(b, '"');
		buf_putc(b, *s);
	}
	buf_putc(b, '"');
}

static void put_line(struct buf *b, const char *file, const char *program, const struct verdict *v)
{
	const struct verdict_figures *f = &v->figures;
	const uint64_t numbers[] = {
		f->nanoseconds / 1000,	       f->instructions, f->total_states, f->peak_states,
		f->max_states_per_instruction, f->mark_read,	v->size,
	};

	put_field(b, file);
	buf_putc(b, ',');
	put_field(b, program);
	buf_printf(b, ",%s", v->kind == VERDICT_ACCEPTED ? "success" : "failure");
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		buf_printf(b, ",%llu", (unsigned long long)numbers[i]);
	buf_putc(b, ',');
	put_field(b, *v->type ? v->type : NO_TYPE);
	buf_printf(b, ",%u", f->stack);
}

void report_csv(const struct matrix *m, struct buf *ret)
{
	bool has_kernels = m->kernels.n > 1;
	_cleanup_strv_ struct strv files = {0};

	row_file_names(m, &files);
	/* What is not known has no column: veristat would take any value for a figure. */
	buf_puts(ret, "file_name,prog_name,verdict,duration,total_insns,total_states,peak_states,"
		      "max_states_per_insn,max_mark_read_len,prog_size,prog_type,stack_depth");
	buf_puts(ret, has_kernels ? ",kernel\n" : "\n");
	for (size_t i = 0; i < m->rows.n; i++) {
		const struct matrix_row *r = &m->rows.v[i];
		_cleanup_free_ char *program = row_name(r);

		for (size_t k = 0; k < r->cells.n; k++) {
			const struct matrix_cell *c = &r->cells.v[k];
			_cleanup_free_ char *kernel = kernel_label(m, k);

			if (c->state == CELL_SKIPPED || !cell_has_verdict(c))
				continue;
			put_line(ret, files.v[i], program, &c->verdict);
			if (has_kernels) {
				buf_putc(ret, ',');
				put_field(ret, kernel);
			}
			buf_putc(ret, '\n');
		}
	}
}
