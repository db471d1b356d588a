/*
 * Any text as an earlier CSV file: no crash; and a matrix of the programs that were found is
 * unchanged since it was written as CSV itself.
 */
#include <assert.h>
#include <stdint.h>

#include "base/message.h"
#include "report/csv_read.h"
#include "report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void discard(enum message_level level, const char *text, void *arg)
{
	(void)level;
	(void)text;
	(void)arg;
}

static void add_row(struct matrix *m, const struct csv_record *r)
{
	struct matrix_row row = {
		.object = xstrdup(r->file),
		.program = xstrdup(r->program),
		.section = xstrdup(""),
		.type = xstrdup(r->kernel),
	};
	struct verdict v = {
		.program = xstrdup(r->program),
		.type = xstrdup(r->kernel),
		.figures = {.instructions = 1000, .total_states = 7},
	};

	vec_push(&row.cells, ((struct matrix_cell){.state = CELL_PASSED, .verdict = v}));
	vec_push(&m->rows, row);
}

/* No object is called that. */
static bool is_name(const char *s)
{
	return *s && !str_ends(s, "/");
}

static void check_unchanged(const struct csv_records *records)
{
	static const struct compare_limits limits = {0};
	_cleanup_matrix_ struct matrix m = {0};
	_cleanup_buf_ struct buf csv = {0}, said = {0};
	_cleanup_free_ char *expected = NULL;
	bool is_worse = true;

	vec_push(&m.kernels,
		 ((struct matrix_kernel){xstrdup("k"), xstrdup(""), xstrdup(""), NULL}));
	vec_foreach (r, &records->v)
		if (is_name(r->file) && is_name(r->program))
			add_row(&m, r);
	report_csv(&m, &csv);
	assert(report_compare(&m, "fuzz", csv.v, csv.n, &limits, &said, &is_worse) == 0);
	expected = m.rows.n ? xasprintf("Compared with fuzz: %zu as before\n", m.rows.n)
			    : xstrdup("Compared with fuzz: nothing to compare\n");
	assert(str_eq(said.v, expected) && !is_worse);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_csv_records_ struct csv_records records = {0};

	message_set_sink(discard, NULL);
	if (csv_read("fuzz", (const char *)data, size, &records) == 0)
		check_unchanged(&records);
	return 0;
}
