#include "slice/index.h"
#include "steps/steps.h"

/* A guess until it has run once. */
#define INDEX_COST_MS 40

struct indexing {
	const struct build *build;
	char *header;
};

static int prepare(struct step *s, struct work *ret)
{
	const struct indexing *x = s->data;

	work_add_builtin(ret, builtin_index, "index", x->header, WORK_OUTPUT, NULL);
	vec_push(&ret->inputs, files_get(x->build->files, x->header));
	return 0;
}

static void release(void *data)
{
	struct indexing *x = data;

	free(x->header);
	free(x);
}

static const struct step_kind kind = {
	.name = "index",
	.revision = INDEX_REVISION,
	.prepare = prepare,
	.hint = step_hint,
	.free = release,
};

struct step *step_add_index(struct graph *g, const struct build *b, const char *header,
			    const char *output)
{
	struct indexing *x = xcalloc(1, sizeof(*x));
	struct step *s;

	x->build = b;
	x->header = xstrdup(header);
	s = graph_add(g, &kind, x, output, header);
	s->cost = INDEX_COST_MS;
	return s;
}
