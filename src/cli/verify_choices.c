#include "cli/verify_parts.h"
#include "report/cell.h"

/* The rows of one subject, of which one kernel is looked at. */
struct choice {
	const struct rows *rows;
	const struct subject *subject;
	char *name; /* the subject's in patterns */
	size_t from, to, kernel;
	bool unprivileged;
};

static struct matrix_row *row_at(const struct choice *c, size_t row)
{
	return &c->rows->matrix->rows.v[row];
}

static struct matrix_cell *cell_at(const struct choice *c, size_t row)
{
	return &row_at(c, row)->cells.v[c->kernel];
}

/* Whether the row counts here: what its author wants rejected is no choice of a loader's. */
static bool is_concerned(const struct choice *c, size_t row)
{
	const struct matrix_row *r = row_at(c, row);
	const struct matrix_cell *cell = cell_at(c, row);

	return r->unprivileged == c->unprivileged && !r->must_fail && cell_has_verdict(cell) &&
	       (cell->state == CELL_PASSED || cell->state == CELL_FAILED);
}

/* The number of the first pattern that names the program, or the number of patterns. */
static size_t find_pattern(const struct choice *c, size_t row, const struct strv *patterns)
{
	size_t i = 0;

	while (i < patterns->n &&
	       !verify_pattern_matches(patterns->v[i], c->name, row_at(c, row)->program))
		i++;
	return i;
}

/* Rejected, as opposed to not tried: a loader would not get further with the others either then. */
static bool is_rejected(const struct matrix_cell *c)
{
	return c->state == CELL_FAILED && c->verdict.kind == VERDICT_REJECTED;
}

static void set_why(struct matrix_cell *c, enum cell_state state, char *why)
{
	free(c->why);
	c->why = why;
	c->state = state;
}

/* An alternative is all programs that its pattern is the first to name; it counts when the object
 * has one of these. The number of one that was accepted whole, n when none was, SIZE_MAX: the
 * object has none of them. */
static size_t find_accepted(const struct choice *c, const struct strv *group)
{
	struct {
		bool is_there, is_bad;
	} *found = xcalloc(group->n + 1, sizeof(*found));
	size_t accepted = SIZE_MAX;

	for (size_t row = c->from; row < c->to; row++) {
		size_t nth = is_concerned(c, row) ? find_pattern(c, row, group) : group->n;

		found[nth].is_there = true;
		found[nth].is_bad |= nth < group->n && cell_at(c, row)->state == CELL_FAILED;
	}
	for (size_t i = group->n; i--;)
		if (found[i].is_there && !found[i].is_bad)
			accepted = i;
	for (size_t i = 0; i < group->n && accepted == SIZE_MAX; i++)
		if (found[i].is_there)
			accepted = group->n;
	free(found);
	return accepted;
}

static char *describe_group(const struct strv *group)
{
	_cleanup_buf_ struct buf b = {0};

	buf_puts(&b, "one of these has to be accepted, and none is: ");
	for (size_t i = 0; i < group->n; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", group->v[i]);
	return buf_steal(&b);
}

/* What becomes of a group's programs when it is met by none; marks them. */
static void judge_group(const struct choice *c, const struct strv *group, size_t accepted,
			bool *unmet, bool *member)
{
	for (size_t row = c->from; row < c->to; row++) {
		struct matrix_cell *cell = cell_at(c, row);

		if (accepted == SIZE_MAX || !is_concerned(c, row) ||
		    find_pattern(c, row, group) == group->n)
			continue;
		member[row - c->from] = true;
		if (accepted == group->n && cell->state == CELL_FAILED && !unmet[row - c->from]) {
			unmet[row - c->from] = true;
			set_why(cell, CELL_FAILED, describe_group(group));
		}
	}
}

/* After all groups, since a program may be in several: it is needed when one is unmet. */
static void forgive_group(const struct choice *c, const struct strv *group, size_t accepted,
			  const bool *unmet)
{
	for (size_t row = c->from; row < c->to && accepted < group->n; row++) {
		struct matrix_cell *cell = cell_at(c, row);

		if (is_concerned(c, row) && is_rejected(cell) && !unmet[row - c->from] &&
		    find_pattern(c, row, group) < group->n)
			set_why(cell, CELL_SKIPPED,
				xasprintf("one of several: %s is accepted", group->v[accepted]));
	}
}

static void forgive_optional(const struct choice *c, const bool *member)
{
	const struct strv *optional = &c->subject->optional;

	for (size_t row = c->from; row < c->to; row++) {
		size_t nth;

		if (member[row - c->from] || !is_concerned(c, row) || !is_rejected(cell_at(c, row)))
			continue;
		nth = find_pattern(c, row, optional);
		if (nth < optional->n)
			set_why(cell_at(c, row), CELL_SKIPPED,
				xasprintf("optional: %s", optional->v[nth]));
	}
}

static void choose(const struct choice *c)
{
	const verify_groups *groups = &c->subject->one_of;
	size_t *accepted = xcalloc(groups->n + 1, sizeof(*accepted));
	bool *unmet = xcalloc(c->to - c->from, sizeof(*unmet));
	bool *member = xcalloc(c->to - c->from, sizeof(*member));

	for (size_t i = 0; i < groups->n; i++) {
		accepted[i] = find_accepted(c, &groups->v[i]);
		judge_group(c, &groups->v[i], accepted[i], unmet, member);
	}
	for (size_t i = 0; i < groups->n; i++)
		forgive_group(c, &groups->v[i], accepted[i], unmet);
	forgive_optional(c, member);
	free(accepted);
	free(unmet);
	free(member);
}

static void choose_in_subject(const struct rows *r, size_t from, size_t to)
{
	struct choice c = {
		.rows = r,
		.subject = &r->subjects->v[r->subject_of.v[from]],
		.from = from,
		.to = to,
	};

	if (!c.subject->optional.n && !c.subject->one_of.n)
		return;
	c.name = subject_short_name(c.subject);
	for (c.kernel = 0; c.kernel < r->matrix->kernels.n; c.kernel++) {
		c.unprivileged = false;
		choose(&c);
		c.unprivileged = true;
		choose(&c);
	}
	free(c.name);
}

void rows_choose(struct rows *r)
{
	size_t n = r->matrix->rows.n, to;

	for (size_t from = 0; from < n; from = to) {
		for (to = from + 1; to < n && r->subject_of.v[to] == r->subject_of.v[from];)
			to++;
		choose_in_subject(r, from, to);
	}
}
