#include "steps/steps.h"

#include "base/path.h"

#define SKELETON_COST_MS 10

struct skeleton {
	const struct build *build;
	char *name; /* or NULL */
};

static int prepare(struct step *s, struct work *ret)
{
	const struct skeleton *k = s->data;
	const char *object = s->needs.v[0]->output;

	/* The object's name is in the text, its folder is not. */
	work_add_builtin(ret, builtin_skeleton, "skeleton", object, WORK_OUTPUT, k->name, NULL);
	vec_push(&ret->inputs, files_get(k->build->files, object));
	return 0;
}

static void release(void *data)
{
	struct skeleton *k = data;

	free(k->name);
	free(k);
}

static char *options(const struct step *s)
{
	const struct skeleton *k = s->data;

	return xstrdup(k->name ? k->name : "");
}

static const struct step_kind kind = {
	.name = "skeleton",
	.revision = 1,
	.prepare = prepare,
	.options = options,
	.hint = step_hint,
	.free = release,
};

struct step *step_add_skeleton(struct graph *g, const struct build *b, struct step *object,
			       const char *name, const char *output)
{
	struct skeleton *k = xcalloc(1, sizeof(*k));
	struct step *s;

	k->build = b;
	k->name = name ? xstrdup(name) : NULL;
	s = graph_add(g, &kind, k, output, path_base(output));
	s->cost = SKELETON_COST_MS;
	step_add_need(s, object);
	return s;
}
