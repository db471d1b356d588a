#include "project/manifest_matrix.h"

#include "base/str.h"
#include "project/manifest_value.h"

static void read_alternative(struct manifest_report *r, const struct node *value, struct axis *axis)
{
	struct alternative alternative = {.label = value->key->text};

	if (value->kind == NODE_MAPPING)
		layer_read(r, value, LEVEL_ALTERNATIVE, &alternative.layer);
	else if (!node_is_null(value))
		manifest_error(r, value, "alternative '%.60s' takes a mapping of settings, not %s",
			       alternative.label, node_describe(value));
	vec_push(&axis->alternatives, alternative);
}

static void read_axis(struct manifest_report *r, const struct node *value,
		      struct manifest_matrix *m)
{
	const char *name = value->key->text;
	struct axis axis = {.name = name};

	if (!value_is_identifier(name, strlen(name)))
		manifest_error(r, value->key,
			       "'%.60s' cannot name an axis: letters, digits and underscores can",
			       name);
	else if (str_eq(name, "stem") || str_eq(name, "name"))
		manifest_error(r, value->key, "an axis cannot be called '%s': {%s} has a meaning",
			       name, name);
	else if (m->axes.n == MATRIX_MAX_AXES)
		manifest_error(r, value->key, "a matrix has at most %d axes", MATRIX_MAX_AXES);
	else if (value->kind != NODE_MAPPING || !value->n)
		manifest_error(r, value,
			       "axis '%.60s' takes a mapping of alternatives, such as {debug: "
			       "{defines: [DEBUG]}, plain: {}}",
			       name);
	else
		for (const struct node *a = value->first; a; a = a->next)
			read_alternative(r, a, &axis);
	/* Kept without alternatives too, so that 'exclude' and names may refer to it. */
	if (m->axes.n < MATRIX_MAX_AXES)
		vec_push(&m->axes, axis);
}

static int find_axis(const struct manifest_matrix *m, const char *name)
{
	for (size_t i = 0; i < m->axes.n; i++)
		if (str_eq(m->axes.v[i].name, name))
			return (int)i;
	return -1;
}

static int find_label(const struct axis *axis, const char *label)
{
	for (size_t i = 0; i < axis->alternatives.n; i++)
		if (str_eq(axis->alternatives.v[i].label, label))
			return (int)i;
	return -1;
}

static void report_axis(struct manifest_report *r, const struct node *key,
			const struct manifest_matrix *m)
{
	_cleanup_strv_ struct strv known = {0};

	vec_foreach (axis, &m->axes)
		strv_add(&known, axis->name);
	value_report_unknown(r, key, "axis", key->text, &known);
}

static void report_label(struct manifest_report *r, const struct node *value,
			 const struct axis *axis)
{
	_cleanup_strv_ struct strv known = {0};

	vec_foreach (alternative, &axis->alternatives)
		strv_add(&known, alternative->label);
	value_report_unknown(r, value, "alternative", value->text, &known);
}

static void read_excluded_choice(struct manifest_report *r, const struct node *value,
				 const struct manifest_matrix *m, struct combination *c)
{
	int axis = find_axis(m, value->key->text);

	if (axis < 0) {
		report_axis(r, value->key, m);
	} else if (value->kind != NODE_TEXT) {
		manifest_error(r, value, "takes an alternative of axis '%.60s', not %s",
			       value->key->text, node_describe(value));
	} else {
		c->choice[axis] = find_label(&m->axes.v[axis], value->text);
		if (c->choice[axis] < 0)
			report_label(r, value, &m->axes.v[axis]);
	}
}

static void read_excluded(struct manifest_report *r, const struct node *entry,
			  struct manifest_matrix *m)
{
	struct combination c;

	if (entry->kind != NODE_MAPPING || !entry->n) {
		manifest_error(
			r, entry,
			"an entry of 'exclude' is a mapping of axes to alternatives, such as "
			"{dir: to, kind: wep}");
		return;
	}
	for (size_t i = 0; i < MATRIX_MAX_AXES; i++)
		c.choice[i] = -1;
	for (const struct node *value = entry->first; value; value = value->next)
		read_excluded_choice(r, value, m, &c);
	vec_push(&m->excluded, c);
}

void manifest_matrix_read(struct manifest_report *r, const struct node *matrix,
			  const struct node *exclude, struct manifest_matrix *ret)
{
	if (matrix && matrix->kind == NODE_MAPPING)
		for (const struct node *axis = matrix->first; axis; axis = axis->next)
			read_axis(r, axis, ret);
	if (exclude && !matrix)
		manifest_error(r, exclude->key, "'exclude' needs a 'matrix' to exclude from");
	else if (exclude && exclude->n > MATRIX_MAX_EXCLUDED)
		manifest_error(r, exclude->key, "'exclude' has more than %d entries",
			       MATRIX_MAX_EXCLUDED);
	else if (exclude && exclude->kind == NODE_LIST)
		for (const struct node *entry = exclude->first; entry; entry = entry->next)
			read_excluded(r, entry, ret);
}

void manifest_matrix_free(struct manifest_matrix *m)
{
	vec_foreach (axis, &m->axes)
		vec_free(&axis->alternatives);
	vec_free(&m->axes);
	vec_free(&m->excluded);
}

size_t manifest_matrix_size(const struct manifest_matrix *m, size_t max)
{
	size_t size = 1;

	vec_foreach (axis, &m->axes) {
		size_t n = axis->alternatives.n;

		if (n && size > max / n)
			return max + 1;
		size *= n;
	}
	return size;
}

bool manifest_matrix_excludes(const struct manifest_matrix *m, const struct combination *c)
{
	vec_foreach (e, &m->excluded) {
		size_t i = 0;

		while (i < m->axes.n && (e->choice[i] < 0 || e->choice[i] == c->choice[i]))
			i++;
		if (i == m->axes.n)
			return true;
	}
	return false;
}

bool manifest_matrix_next(const struct manifest_matrix *m, struct combination *c)
{
	for (size_t i = m->axes.n; i--;) {
		if ((size_t)++c->choice[i] < m->axes.v[i].alternatives.n)
			return true;
		c->choice[i] = 0;
	}
	return false;
}
