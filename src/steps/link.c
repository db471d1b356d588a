#include "steps/steps.h"

#include "base/path.h"

#define LINKED WORK_SCRATCH "0"

/* A guess until it has run once. */
#define LINK_COST_MS 20

struct link {
	const struct build *build;
	bool keep_debug;
};

static int prepare(struct step *s, struct work *ret)
{
	const struct link *l = s->data;

	work_add_builtin(ret, builtin_link, "link", LINKED, NULL);
	for (size_t i = 0; i < s->needs.n; i++) {
		strv_add(&ret->commands.v[0].argv, s->needs.v[i]->output);
		vec_push(&ret->inputs, files_get(l->build->files, s->needs.v[i]->output));
	}
	/* libbpf's linker puts the units' BTF together in an order of its own. */
	work_add_builtin(ret, builtin_finish, "finish", LINKED, WORK_OUTPUT,
			 l->keep_debug ? "debug" : "plain", NULL);
	return 0;
}

static char *options(const struct step *s)
{
	const struct link *l = s->data;

	return xasprintf("%zu units%s", s->needs.n, l->keep_debug ? " with DWARF" : "");
}

static const struct step_kind kind = {
	.name = "link",
	.revision = 1,
	.prepare = prepare,
	.options = options,
	.hint = step_hint,
	.free = free,
};

struct step *step_add_link(struct graph *g, const struct build *b, struct step *const *objects,
			   size_t n, const char *output, bool keep_debug)
{
	struct link *l = xcalloc(1, sizeof(*l));
	struct step *s;

	l->build = b;
	l->keep_debug = keep_debug;
	s = graph_add(g, &kind, l, output, path_base(output));
	s->cost = LINK_COST_MS;
	for (size_t i = 0; i < n; i++)
		step_add_need(s, objects[i]);
	return s;
}
