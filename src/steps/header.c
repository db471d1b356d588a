#include "steps/steps.h"

/* A guess until it has run once. */
#define HEADER_COST_MS 5

struct header {
	const struct build *build;
	char *index;
};

static int prepare(struct step *s, struct work *ret)
{
	const struct header *h = s->data;

	work_add_builtin(ret, builtin_header, "header", h->index, WORK_OUTPUT, NULL);
	vec_push(&ret->inputs, files_get(h->build->files, h->index));
	return 0;
}

static void release(void *data)
{
	struct header *h = data;

	free(h->index);
	free(h);
}

static const struct step_kind kind = {
	.name = "header",
	.revision = 1,
	.prepare = prepare,
	.hint = step_hint,
	.free = release,
};

struct step *step_add_header(struct graph *g, const struct build *b, struct step *types,
			     const char *output)
{
	struct header *h = xcalloc(1, sizeof(*h));
	struct step *s;

	h->build = b;
	h->index = xstrdup(types->output);
	s = graph_add(g, &kind, h, output, output);
	s->cost = HEADER_COST_MS;
	step_add_need(s, types);
	return s;
}
