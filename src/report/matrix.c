#include "report/matrix.h"

static void free_cell(struct matrix_cell *c)
{
	verdict_free(&c->verdict);
	explanation_free(&c->explanation);
	free(c->why);
}

static void free_row(struct matrix_row *r)
{
	free(r->object);
	free(r->program);
	free(r->section);
	free(r->type);
	free(r->preset);
	free(r->description);
	vec_foreach (c, &r->cells)
		free_cell(c);
	vec_free(&r->cells);
}

void matrix_free(struct matrix *m)
{
	vec_foreach (r, &m->rows)
		free_row(r);
	vec_free(&m->rows);
	vec_foreach (k, &m->kernels) {
		free(k->name);
		free(k->release);
		free(k->arch);
		free(k->trouble);
	}
	vec_free(&m->kernels);
}

struct matrix_summary matrix_count_kernel(const struct matrix *m, size_t kernel)
{
	struct matrix_summary s = {0};

	vec_foreach (r, &m->rows) {
		enum cell_state state = r->cells.v[kernel].state;

		s.passed += state == CELL_PASSED;
		s.skipped += state == CELL_SKIPPED;
		s.failed += state == CELL_FAILED;
	}
	return s;
}

struct matrix_summary matrix_count(const struct matrix *m)
{
	struct matrix_summary sum = {0};

	for (size_t k = 0; k < m->kernels.n; k++) {
		struct matrix_summary s = matrix_count_kernel(m, k);

		sum.passed += s.passed;
		sum.skipped += s.skipped;
		sum.failed += s.failed;
	}
	return sum;
}
