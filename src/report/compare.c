#include <errno.h>

#include "base/map.h"
#include "report/cell.h"
#include "report/csv_read.h"
#include "report/report.h"
#include "report/text.h"

/* What became of a program, worst first: in this order it is told. */
enum change {
	CHANGE_REJECTED,
	CHANGE_LOST,
	CHANGE_DEARER,
	CHANGE_ACCEPTED,
	CHANGE_CHEAPER,
	CHANGE_CAME,
	CHANGE_WENT,
	CHANGE_NONE,
	N_CHANGES,
};

static const struct {
	const char *count; /* "3 dearer" */
	const char *title;
	bool is_worse;
} changes[] = {
	[CHANGE_REJECTED] = {"rejected now", "Rejected now, accepted before", true},
	[CHANGE_LOST] = {"without a verdict", "Without a verdict now, accepted before", true},
	[CHANGE_DEARER] = {"dearer", "Dearer (instructions, states)", true},
	[CHANGE_ACCEPTED] = {"accepted now", "Accepted now, rejected before", false},
	[CHANGE_CHEAPER] = {"cheaper", "Cheaper (instructions, states)", false},
	[CHANGE_CAME] = {"new", "New", false},
	[CHANGE_WENT] = {"gone", "Gone", false},
	[CHANGE_NONE] = {"as before", NULL, false},
};

struct difference {
	enum change change;
	char *name;			/* "a.bpf.o: prog (on 6.12)" */
	const struct csv_record *old;	/* NULL: there was none */
	const struct matrix_cell *cell; /* NULL: there is none */
	const char *word;		/* of the cell, or NULL */
	double growth;			/* of instructions, in percent */
};

struct comparison {
	const struct matrix *m;
	const struct compare_limits *limits;
	struct csv_records old;
	struct strv files;  /* by row */
	struct strv labels; /* by kernel */
	struct strv keys;
	struct map by_key;  /* -> old record */
	struct map kernels; /* that there are old records of */
	bool *is_matched;   /* by old record */
	VEC(struct difference) differences;
};

/* Names have no such character in common: a file's cannot look like a program's. */
static char *key_of(const char *file, const char *program, const char *kernel)
{
	return xasprintf("%s\n%s\n%s", file, program, kernel);
}

static void index_old(struct comparison *c)
{
	vec_foreach (r, &c->old.v) {
		char *key = key_of(r->file, r->program, r->kernel);

		strv_take(&c->keys, key);
		map_put(&c->kernels, r->kernel, r);
		/* Of several lines for one program the first counts. */
		if (!map_get(&c->by_key, key))
			map_put(&c->by_key, key, r);
	}
}

/* Of a kernel that was not asked before there is nothing to say. */
static bool is_new_kernel(const struct comparison *c, size_t kernel)
{
	return c->old.has_kernels && !map_get(&c->kernels, c->labels.v[kernel]);
}

static struct csv_record *find_old(const struct comparison *c, size_t row, size_t kernel)
{
	const struct matrix_row *r = &c->m->rows.v[row];
	_cleanup_free_ char *program = row_name(r);
	const char *label = c->old.has_kernels ? c->labels.v[kernel] : "";
	_cleanup_free_ char *key = key_of(c->files.v[row], program, label);
	struct csv_record *found = map_get(&c->by_key, key);
	_cleanup_free_ char *whole = found ? NULL : key_of(r->object, program, label);

	return found ? found : map_get(&c->by_key, whole);
}

/* In percent; from nothing to something counts as doubled. */
static double growth_of(uint64_t before, uint64_t now)
{
	if (!before)
		return now ? 100 : 0;
	return ((double)now - (double)before) * 100 / (double)before;
}

/* 1: dearer, -1: cheaper. */
static int compare_costs(const struct comparison *c, const struct csv_record *old,
			 const struct verdict_figures *now)
{
	double limit = c->limits->percent;
	double instructions = growth_of(old->instructions, now->instructions);
	double states = growth_of(old->states, now->total_states);
	uint64_t difference = now->instructions > old->instructions
				      ? now->instructions - old->instructions
				      : old->instructions - now->instructions;

	if (!c->old.has_instructions || difference < c->limits->least)
		return 0;
	if (!c->old.has_states)
		states = 0;
	/* Opposite movements: instructions are what time is spent on. */
	if (instructions > limit || (states > limit && instructions >= 0))
		return 1;
	return instructions < -limit || (states < -limit && instructions <= 0) ? -1 : 0;
}

static enum change change_of(const struct comparison *c, const struct csv_record *old,
			     const struct matrix_cell *cell)
{
	int costs;

	if (!cell_has_verdict(cell))
		return old && old->is_accepted ? CHANGE_LOST : CHANGE_NONE;
	if (!old)
		return CHANGE_CAME;
	if (old->is_accepted != cell_is_accepted(cell))
		return old->is_accepted ? CHANGE_REJECTED : CHANGE_ACCEPTED;
	costs = old->is_accepted ? compare_costs(c, old, &cell->verdict.figures) : 0;
	return costs > 0 ? CHANGE_DEARER : costs < 0 ? CHANGE_CHEAPER : CHANGE_NONE;
}

static char *name_of(const struct comparison *c, const char *file, const char *program,
		     const char *kernel)
{
	_cleanup_buf_ struct buf b = {0};
	_cleanup_free_ char *name = xasprintf("%s: %s", file, program);

	text_put_line(&b, name, strlen(name));
	if (c->m->kernels.n > 1 && *kernel) {
		buf_puts(&b, " (on ");
		text_put_line(&b, kernel, strlen(kernel));
		buf_putc(&b, ')');
	}
	return buf_steal(&b);
}

static void look_at(struct comparison *c, size_t row, size_t kernel)
{
	const struct matrix_row *r = &c->m->rows.v[row];
	const struct matrix_cell *cell = &r->cells.v[kernel];
	const struct csv_record *old = find_old(c, row, kernel);
	_cleanup_free_ char *program = row_name(r);
	struct difference d = {.old = old, .cell = cell};

	if (old)
		c->is_matched[old - c->old.v.v] = true;
	if (cell->state == CELL_NONE || cell->state == CELL_SKIPPED)
		return;
	d.change = change_of(c, old, cell);
	d.name = name_of(c, c->files.v[row], program, c->labels.v[kernel]);
	d.word = cell_is_figures(cell) ? NULL : cell_word(r, cell);
	if (old)
		d.growth = growth_of(old->instructions, cell->verdict.figures.instructions);
	vec_push(&c->differences, d);
}

/* Kernels that were not asked this time are no news. */
static void look_for_lost(struct comparison *c)
{
	for (size_t i = 0; i < c->old.v.n; i++) {
		const struct csv_record *old = &c->old.v.v[i];
		_cleanup_free_ char *key = key_of(old->file, old->program, old->kernel);

		if (c->is_matched[i] || map_get(&c->by_key, key) != old ||
		    (c->old.has_kernels && !strv_has(&c->labels, old->kernel)))
			continue;
		vec_push(&c->differences,
			 ((struct difference){
				 .change = CHANGE_WENT,
				 .name = name_of(c, old->file, old->program, old->kernel),
				 .old = old,
			 }));
	}
}

/* By kind; what changed most comes first, all else in the order of the rows. */
static int compare_differences(const void *pa, const void *pb)
{
	const struct difference *a = pa, *b = pb;
	double x = a->growth < 0 ? -a->growth : a->growth;
	double y = b->growth < 0 ? -b->growth : b->growth;

	if (a->change != b->change)
		return a->change < b->change ? -1 : 1;
	if ((a->change == CHANGE_DEARER || a->change == CHANGE_CHEAPER) && x != y)
		return x > y ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void put_growth(struct buf *b, uint64_t before, uint64_t now)
{
	text_put_number(b, before);
	buf_puts(b, " -> ");
	text_put_number(b, now);
	buf_printf(b, " (%+.1f%%)", growth_of(before, now));
}

static void put_details(const struct comparison *c, const struct difference *d, struct buf *b)
{
	const struct verdict_figures *now = d->cell ? &d->cell->verdict.figures : NULL;
	bool has_costs = d->change == CHANGE_DEARER || d->change == CHANGE_CHEAPER;

	if (has_costs) {
		put_growth(b, d->old->instructions, now->instructions);
		if (c->old.has_states) {
			buf_puts(b, ", ");
			put_growth(b, d->old->states, now->total_states);
		}
	} else if (d->change == CHANGE_REJECTED) {
		const struct explanation *e = &d->cell->explanation;
		const char *message = e->message ? e->message : d->word ? d->word : "";

		text_put_line(b, message, strcspn(message, "\n"));
	} else if (d->change == CHANGE_CAME && d->word) {
		buf_puts(b, d->word);
	}
}

static void put_kind(const struct comparison *c, enum change change, struct buf *b)
{
	size_t width = 0;

	vec_foreach (d, &c->differences)
		if (d->change == change && text_width(d->name) > width)
			width = text_width(d->name);
	if (!width)
		return;
	buf_printf(b, "%s:\n", changes[change].title);
	vec_foreach (d, &c->differences) {
		if (d->change != change)
			continue;
		buf_puts(b, "  ");
		text_put_left(b, d->name, width);
		buf_puts(b, "  ");
		put_details(c, d, b);
		while (b->v[b->n - 1] == ' ')
			b->v[--b->n] = '\0';
		buf_putc(b, '\n');
	}
	buf_putc(b, '\n');
}

static void put_comparison(const struct comparison *c, const char *name, struct buf *b,
			   bool *ret_worse)
{
	size_t counts[N_CHANGES] = {0};
	const char *before = ": ";
	bool is_worse = false;

	vec_foreach (d, &c->differences)
		counts[d->change]++;
	for (enum change i = 0; i < CHANGE_NONE; i++) {
		put_kind(c, i, b);
		is_worse |= changes[i].is_worse && counts[i];
	}
	buf_puts(b, "Compared with ");
	text_put_line(b, name, strlen(name));
	for (enum change i = 0; i < N_CHANGES; i++) {
		if (!counts[i])
			continue;
		buf_printf(b, "%s%zu %s", before, counts[i], changes[i].count);
		before = ", ";
	}
	buf_puts(b, c->differences.n ? "\n" : ": nothing to compare\n");
	for (size_t k = 0; k < c->labels.n; k++) {
		if (!is_new_kernel(c, k))
			continue;
		buf_puts(b, "Not compared: kernel ");
		text_put_line(b, c->labels.v[k], strlen(c->labels.v[k]));
		buf_puts(b, ", which was not asked then\n");
	}
	*ret_worse = is_worse;
}

static void release(struct comparison *c)
{
	csv_records_free(&c->old);
	strv_free(&c->files);
	strv_free(&c->labels);
	strv_free(&c->keys);
	map_free(&c->by_key);
	map_free(&c->kernels);
	free(c->is_matched);
	vec_foreach (d, &c->differences)
		free(d->name);
	vec_free(&c->differences);
}

int report_compare(const struct matrix *m, const char *name, const char *text, size_t size,
		   const struct compare_limits *limits, struct buf *ret, bool *ret_worse)
{
	struct comparison c = {.m = m, .limits = limits};
	int err = csv_read(name, text, size, &c.old);

	if (err < 0)
		return err;
	c.is_matched = xcalloc(c.old.v.n + 1, sizeof(bool));
	row_file_names(m, &c.files);
	for (size_t k = 0; k < m->kernels.n; k++)
		strv_take(&c.labels, kernel_label(m, k));
	index_old(&c);
	for (size_t row = 0; row < m->rows.n; row++)
		for (size_t k = 0; k < m->kernels.n; k++)
			if (!is_new_kernel(&c, k))
				look_at(&c, row, k);
	look_for_lost(&c);
	if (c.differences.n)
		qsort(c.differences.v, c.differences.n, sizeof(c.differences.v[0]),
		      compare_differences);
	put_comparison(&c, name, ret, ret_worse);
	release(&c);
	return 0;
}
