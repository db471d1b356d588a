#include "steps/steps.h"

#include <bpf/libbpf.h>

#include "slice/index.h"

/* A guess until it has run once: printing a kernel's types. */
#define TYPES_COST_MS 300

struct types {
	const struct build *build;
	char *source;
};

static int prepare(struct step *s, struct work *ret)
{
	const struct types *t = s->data;

	work_add_builtin(ret, builtin_types, "types", t->source, WORK_OUTPUT, NULL);
	/* libbpf prints the types: another version may print them otherwise. */
	strv_addf(&ret->params, "libbpf %s", libbpf_version_string());
	strv_addf(&ret->params, "index %u", INDEX_REVISION);
	vec_push(&ret->inputs, files_get(t->build->files, t->source));
	return 0;
}

static void release(void *data)
{
	struct types *t = data;

	free(t->source);
	free(t);
}

static const struct step_kind kind = {
	.name = "types",
	.revision = 2,
	.prepare = prepare,
	.hint = step_hint,
	.free = release,
};

struct step *step_add_types(struct graph *g, const struct build *b, const char *source,
			    const char *output)
{
	struct types *t = xcalloc(1, sizeof(*t));
	struct step *s;

	t->build = b;
	t->source = xstrdup(source);
	s = graph_add(g, &kind, t, output, source);
	s->cost = TYPES_COST_MS;
	return s;
}
