#include "base/map.h"
#include "cli/verify_parts.h"

static char *key_of(size_t subject, const char *program, bool unprivileged)
{
	return xasprintf("%zu %d %s", subject, unprivileged, program);
}

static struct matrix_row *add_row(struct rows *r, size_t subject, const char *program,
				  bool unprivileged)
{
	const struct subject *s = &r->subjects->v[subject];
	char *key = key_of(subject, program, unprivileged);
	struct matrix_row row = {
		.object = xstrdup(s->name),
		.program = xstrdup(program),
		.section = xstrdup(""),
		.type = xstrdup(""),
		.preset = s->preset ? xstrdup(s->preset) : NULL,
		.unprivileged = unprivileged,
	};

	for (size_t i = 0; i < r->matrix->kernels.n; i++)
		vec_push(&row.cells, ((struct matrix_cell){0}));
	vec_push(&r->matrix->rows, row);
	vec_push(&r->subject_of, subject);
	strv_take(&r->keys, key);
	map_put(&r->by_name, key, (void *)r->matrix->rows.n);
	return &r->matrix->rows.v[r->matrix->rows.n - 1];
}

static struct matrix_row *find_row(struct rows *r, size_t subject, const char *program,
				   bool unprivileged)
{
	_cleanup_free_ char *key = key_of(subject, program, unprivileged);
	size_t n = (size_t)map_get(&r->by_name, key);

	return n ? &r->matrix->rows.v[n - 1] : NULL;
}

void rows_begin(struct rows *r, struct matrix *m, subject_list *subjects)
{
	*r = (struct rows){.matrix = m, .subjects = subjects};
	for (size_t i = 0; i < subjects->n; i++) {
		vec_foreach (e, &subjects->v[i].expectations) {
			struct matrix_row *row = add_row(r, i, e->program, e->unprivileged);

			row->must_fail = e->must_fail;
			row->description = e->description ? xstrdup(e->description) : NULL;
		}
	}
}

static const struct expectation *find_expectation(const struct subject *s, const char *program,
						  bool unprivileged)
{
	vec_foreach (e, &s->expectations)
		if (e->unprivileged == unprivileged && str_eq(e->program, program))
			return e;
	return NULL;
}

static const struct object_lines *lines_of(struct subject *s)
{
	if (!s->looked_for_lines)
		object_lines_open(s->object.data.v, s->object.data.n, s->name, &s->lines);
	s->looked_for_lines = true;
	return s->lines;
}

static void judge(struct matrix_cell *c, const struct expectation *e)
{
	const struct verdict *v = &c->verdict;

	if (v->kind == VERDICT_UNTRIED && v->unprivileged) {
		c->state = CELL_SKIPPED;
		c->why = xstrdup(v->said);
	} else if (e) {
		c->why = expectation_check(e, v);
		c->state = CELL_FAILED;
		if (!c->why) {
			c->why = expectation_gap(e, v);
			c->state = c->why ? CELL_SKIPPED : CELL_PASSED;
		}
	} else {
		c->state = v->kind == VERDICT_ACCEPTED ? CELL_PASSED : CELL_FAILED;
	}
}

static void set_text(char **text, const char *to)
{
	free(*text);
	*text = xstrdup(to);
}

void rows_put(struct rows *r, size_t kernel, size_t subject, struct verdict *v, bool is_stored)
{
	struct matrix_row *row = find_row(r, subject, v->program, v->unprivileged);
	struct subject *s = &r->subjects->v[subject];
	struct matrix_cell *cell;

	if (!row)
		row = add_row(r, subject, v->program, v->unprivileged);
	cell = &row->cells.v[kernel];
	if (cell->state != CELL_NONE) {
		verdict_free(v);
		return;
	}
	set_text(&v->object, s->name);
	set_text(&row->section, v->section);
	set_text(&row->type, v->type);
	cell->verdict = *v;
	cell->is_stored = is_stored;
	judge(cell, find_expectation(s, v->program, v->unprivileged));
	if (v->kind != VERDICT_ACCEPTED)
		verdict_explain(&cell->verdict, lines_of(s), &cell->explanation);
}

static bool is_for(const struct expectation *e, const struct arch *arch)
{
	if (!e || !e->archs.n)
		return true;
	vec_foreach (a, &e->archs)
		if (*a == arch)
			return true;
	return false;
}

/* A cell that nobody filled. */
static void settle(struct rows *r, size_t row, size_t kernel, const struct arch *arch)
{
	const struct subject *s = &r->subjects->v[r->subject_of.v[row]];
	struct matrix_row *at = &r->matrix->rows.v[row];
	struct matrix_cell *c = &at->cells.v[kernel];
	const struct expectation *e = find_expectation(s, at->program, at->unprivileged);

	if (!subject_is_for(s, kernel, arch))
		return;
	if (!is_for(e, arch)) {
		verdict_free(&c->verdict);
		free(c->why);
		c->state = CELL_SKIPPED;
		c->why = xasprintf("it is not for %s", arch->name);
	} else if (c->state == CELL_NONE) {
		c->state = CELL_FAILED;
		c->why = xstrdup("there is no verdict");
	}
}

struct place {
	size_t subject, row;
};

static int compare_places(const void *pa, const void *pb)
{
	const struct place *a = pa, *b = pb;

	if (a->subject != b->subject)
		return a->subject < b->subject ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

/* In the order of the subjects, whichever kernel spoke of them first. */
static void sort_rows(struct rows *r)
{
	size_t n = r->matrix->rows.n;
	struct place *places = xcalloc(n + 1, sizeof(*places));
	struct matrix_row *sorted = xcalloc(n + 1, sizeof(*sorted));

	for (size_t i = 0; i < n; i++)
		places[i] = (struct place){r->subject_of.v[i], i};
	qsort(places, n, sizeof(*places), compare_places);
	for (size_t i = 0; i < n; i++) {
		sorted[i] = r->matrix->rows.v[places[i].row];
		r->subject_of.v[i] = places[i].subject;
	}
	free(places);
	free(r->matrix->rows.v);
	r->matrix->rows.v = sorted;
	r->matrix->rows.cap = n + 1;
}

void rows_end(struct rows *r, const struct kernel *kernels)
{
	sort_rows(r);
	for (size_t row = 0; row < r->matrix->rows.n; row++)
		for (size_t k = 0; k < r->matrix->kernels.n; k++)
			settle(r, row, k, kernels[k].arch);
	rows_choose(r);
	map_free(&r->by_name);
	strv_free(&r->keys);
	vec_free(&r->subject_of);
}
