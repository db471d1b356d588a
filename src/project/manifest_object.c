#include "project/manifest_object.h"

#include <errno.h>

#include "base/path.h"
#include "project/manifest_matrix.h"
#include "project/manifest_name.h"
#include "project/manifest_value.h"
#include "project/target.h"

/* An entry of 'objects' that has been read. */
struct object {
	const struct node *node;
	struct layer layer;
	struct manifest_matrix matrix;
	struct strv sources;
	bool one_each; /* an object for each source, not one of all */
};

/* The layers a target is made of, from the project's to that of the last axis. */
struct layers {
	const struct layer *v[2 + MATRIX_MAX_AXES];
	size_t n;
};

static size_t memory_of(const struct strv *list)
{
	size_t size = 0;

	/* What an allocation costs beside its content is about two pointers, and one is kept. */
	for (size_t i = 0; i < list->n; i++)
		size += strlen(list->v[i]) + 3 * sizeof(char *);
	return size;
}

static size_t memory_of_values(const struct verify_values *v)
{
	return memory_of(&v->globals) + memory_of(&v->targets) + memory_of(&v->types) +
	       memory_of(&v->map_sizes);
}

static size_t memory_of_verify(const struct verify_options *o)
{
	size_t size =
		memory_of(&o->kernels) + memory_of(&o->optional) + memory_of_values(&o->values);

	vec_foreach (group, &o->one_of)
		size += sizeof(*group) + memory_of(group);
	vec_foreach (p, &o->presets)
		size += sizeof(*p) + strlen(p->name) + memory_of_values(&p->values);
	return size;
}

static size_t memory_of_target(const struct target *t)
{
	size_t size = sizeof(*t) + memory_of(&t->sources) + memory_of(&t->compile.cflags) +
		      memory_of(&t->compile.defines) + memory_of(&t->compile.include);

	if (t->compile.vmlinux)
		size += strlen(t->compile.vmlinux);
	vec_foreach (f, &t->compile.vmlinux_for)
		size += sizeof(*f) + strlen(f->path) + 2 * sizeof(char *);
	return size + memory_of_verify(&t->verify);
}

/* Fills in the name that the last layer with something to say gives the skeleton. */
static int name_skeleton(struct manifest *m, const struct layers *layers, placeholder_list *known,
			 struct target *t)
{
	const struct node *node = NULL;
	char *name;
	int err;

	if (!t->skeleton_name)
		return 0;
	for (size_t i = 0; i < layers->n; i++)
		node = layers->v[i]->value[KEY_SKELETON] ?: node;
	vec_push(known, ((struct placeholder){"name", t->name}));
	if (t->sources.n > 1 && manifest_name_uses(node->text, "stem"))
		return manifest_error(&m->report, node,
				      "{stem} has no meaning for '%.60s', which is linked from "
				      "several sources; use {name}",
				      t->name);
	err = manifest_fill_name(&m->report, node, known, &name);
	if (err)
		return err;
	free(t->skeleton_name);
	t->skeleton_name = name;
	if (!value_is_identifier(name, strlen(name)))
		return manifest_error(&m->report, node,
				      "'%.60s' cannot name a skeleton in C: letters, digits and "
				      "underscores can",
				      name);
	return 0;
}

/* Gives a target that has its name and sources everything else. */
static int finish(struct manifest *m, const struct node *at, const struct layers *layers,
		  placeholder_list *known, struct target *t)
{
	for (size_t i = 0; i < layers->n; i++)
		layer_apply(layers->v[i], t);
	m->memory += memory_of_target(t);
	if (m->memory > MANIFEST_MAX_MEMORY)
		return manifest_error(&m->report, at,
				      "the objects up to here need more than %zu MiB for their "
				      "settings",
				      MANIFEST_MAX_MEMORY >> 20);
	return name_skeleton(m, layers, known, t);
}

int manifest_finish_found(struct manifest *m, struct target *t)
{
	static const struct node top = {.line = 1, .column = 1};
	_cleanup_free_ char *stem = target_stem(t->sources.v[0]);
	struct layers layers = {.v = {&m->settings}, .n = 1};
	placeholder_list known = {0};
	int err;

	vec_push(&known, ((struct placeholder){"stem", stem}));
	err = finish(m, &top, &layers, &known, t);
	vec_free(&known);
	return err;
}

/* Finds what one pattern matches; the pattern of an exclusion is only kept. */
static void find_sources(struct manifest *m, const struct node *text, struct strv *found,
			 struct pattern *ret_exclusion)
{
	bool excludes = *text->text == '!';
	_cleanup_pattern_ struct pattern pattern = {0};
	_cleanup_buf_ struct buf why = {0};
	size_t before = found->n;
	const char *problem;

	if (pattern_parse(text->text + excludes, &pattern, &problem) < 0) {
		manifest_error(&m->report, text, "'%.200s' does not name files: %s", text->text,
			       problem);
		return;
	}
	if (excludes) {
		*ret_exclusion = pattern;
		pattern = (struct pattern){0};
		return;
	}
	if (m->finder->find(m->finder, &pattern, found, &why) < 0)
		manifest_error(&m->report, text, "%s", why.v);
	else if (found->n == before)
		manifest_error(&m->report, text, "no file matches '%.200s'", text->text);
}

static bool is_excluded(const char *source, const struct pattern *exclusions, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (pattern_match(&exclusions[i], source))
			return true;
	return false;
}

/* Sorts sources and drops the excluded, and those that several patterns matched. */
static void tidy_sources(struct strv *sources, const struct pattern *exclusions, size_t n)
{
	size_t kept = 0;

	strv_sort(sources);
	for (size_t i = 0; i < sources->n; i++) {
		char *s = sources->v[i];

		if ((kept && str_eq(sources->v[kept - 1], s)) || is_excluded(s, exclusions, n))
			free(s);
		else
			sources->v[kept++] = s;
	}
	sources->n = kept;
}

static void read_sources(struct manifest *m, const struct node *value, struct strv *ret)
{
	VEC(struct pattern) exclusions = {0};
	unsigned before = m->report.errors;

	for (const struct node *text = value_first(value); text; text = value_next(value, text)) {
		struct pattern exclusion = {0};

		find_sources(m, text, ret, &exclusion);
		if (exclusion.parts.n)
			vec_push(&exclusions, exclusion);
	}
	tidy_sources(ret, exclusions.v, exclusions.n);
	if (!ret->n && m->report.errors == before)
		manifest_error(&m->report, value,
			       exclusions.n ? "every source is excluded"
					    : "'sources' lists nothing");
	vec_foreach (p, &exclusions)
		pattern_free(p);
	vec_free(&exclusions);
}

static int make_target(struct manifest *m, const struct object *o, const struct layers *layers,
		       placeholder_list *known, size_t first, size_t n)
{
	const struct node *at = o->layer.value[KEY_NAME];
	_cleanup_free_ char *stem = target_stem(o->sources.v[first]), *name = NULL;
	const char *problem;
	struct target *t;
	int err = 0;

	vec_push(known, ((struct placeholder){"stem", stem}));
	if (at)
		err = manifest_fill_name(&m->report, at, known, &name);
	else
		name = xstrdup(stem);
	if (err)
		return err;
	problem = target_name_problem(name);
	if (problem)
		return manifest_error(&m->report, at ?: o->layer.value[KEY_SOURCES],
				      "'%.60s' cannot name an object: %s", name, problem);
	t = target_add(m->project, steal(&name),
		       xasprintf("%s:%u:%u", m->report.file, o->node->line, o->node->column));
	for (size_t i = first; i < first + n; i++)
		strv_add(&t->sources, o->sources.v[i]);
	return finish(m, o->node, layers, known, t);
}

static int make_combination(struct manifest *m, const struct object *o, const struct combination *c)
{
	struct layers layers = {.v = {&m->settings, &o->layer}, .n = 2};
	size_t step = o->one_each ? 1 : o->sources.n;
	placeholder_list known = {0};
	int err = 0;

	for (size_t i = 0; i < o->matrix.axes.n; i++) {
		const struct axis *axis = &o->matrix.axes.v[i];
		const struct alternative *a = &axis->alternatives.v[c->choice[i]];

		layers.v[layers.n++] = &a->layer;
		vec_push(&known, ((struct placeholder){axis->name, a->label}));
	}
	for (size_t i = 0; i < o->sources.n && !err; i += step) {
		known.n = o->matrix.axes.n;
		err = make_target(m, o, &layers, &known, i, step);
	}
	vec_free(&known);
	return err;
}

/* Whether the entry's objects are few enough; counted before any is made. */
static int check_count(struct manifest *m, const struct object *o)
{
	size_t size = manifest_matrix_size(&o->matrix, TARGET_MAX),
	       left = TARGET_MAX - m->combinations;
	size_t objects = o->one_each ? o->sources.n : 1;

	if (size > left / objects)
		return manifest_error(&m->report, o->node,
				      "more than %d objects up to here, excluded combinations "
				      "counted",
				      TARGET_MAX);
	m->combinations += size * objects;
	return 0;
}

static void make_targets(struct manifest *m, const struct object *o)
{
	struct combination c = {0};
	size_t before = m->project->n;
	int err = check_count(m, o);

	do {
		if (!err && !manifest_matrix_excludes(&o->matrix, &c))
			err = make_combination(m, o, &c);
	} while (!err && manifest_matrix_next(&o->matrix, &c));
	if (!err && m->project->n == before)
		manifest_error(&m->report, o->layer.value[KEY_EXCLUDE],
			       "every combination is excluded");
}

static void read_object(struct manifest *m, struct object *o)
{
	const struct node *sources, *name, *matrix;
	unsigned before = m->report.errors;

	layer_read(&m->report, o->node, LEVEL_OBJECT, &o->layer);
	sources = o->layer.value[KEY_SOURCES];
	name = o->layer.value[KEY_NAME];
	matrix = o->layer.value[KEY_MATRIX];
	if (!sources)
		manifest_error(&m->report, o->node, "this entry lacks 'sources'");
	else if (m->report.errors == before)
		read_sources(m, sources, &o->sources);
	if (matrix && !name)
		manifest_error(&m->report, matrix->key,
			       "a matrix needs 'name' with a placeholder for each axis");
	manifest_matrix_read(&m->report, matrix, o->layer.value[KEY_EXCLUDE], &o->matrix);
	o->one_each = !name || manifest_name_uses(name->text, "stem");
}

void manifest_add_object(struct manifest *m, const struct node *entry)
{
	struct object o = {.node = entry};
	unsigned before = m->report.errors;

	if (entry->kind != NODE_MAPPING) {
		manifest_error(&m->report, entry,
			       "an entry of 'objects' is a mapping with 'sources', not %s",
			       node_describe(entry));
		return;
	}
	read_object(m, &o);
	if (m->report.errors == before && !m->settings_wrong)
		make_targets(m, &o);
	manifest_matrix_free(&o.matrix);
	strv_free(&o.sources);
}
