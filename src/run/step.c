#include "run/step.h"

#include <stdarg.h>

struct step *graph_add(struct graph *g, const struct step_kind *kind, void *data,
		       const char *output, const char *label)
{
	struct step *s = xcalloc(1, sizeof(*s));

	s->kind = kind;
	s->data = data;
	s->output = xstrdup(output);
	s->label = xstrdup(label);
	vec_push(&g->steps, s);
	return s;
}

void step_add_need(struct step *s, struct step *need)
{
	for (size_t i = 0; i < s->needs.n; i++)
		if (s->needs.v[i] == need)
			return;
	vec_push(&s->needs, need);
	vec_push(&need->needed_by, s);
}

void step_want(struct step *s)
{
	if (s->wanted)
		return;
	s->wanted = true;
	for (size_t i = 0; i < s->needs.n; i++)
		step_want(s->needs.v[i]);
}

void graph_free(struct graph *g)
{
	for (size_t i = 0; i < g->steps.n; i++) {
		struct step *s = g->steps.v[i];

		if (s->kind->free)
			s->kind->free(s->data);
		vec_free(&s->needs);
		vec_free(&s->needed_by);
		strv_free(&s->extra);
		free(s->remark);
		free(s->output);
		free(s->label);
		free(s);
	}
	vec_free(&g->steps);
}

struct command *work_add_command(struct work *w)
{
	vec_push(&w->commands, (struct command){0});
	return &w->commands.v[w->commands.n - 1];
}

void work_add_builtin(struct work *w, int (*builtin)(int, char **), const char *name, ...)
{
	struct command *c = work_add_command(w);
	const char *arg;
	va_list ap;

	c->builtin = builtin;
	strv_add(&c->argv, "skep");
	strv_add(&c->argv, "step");
	strv_add(&c->argv, name);
	va_start(ap, name);
	while ((arg = va_arg(ap, const char *)))
		strv_add(&c->argv, arg);
	va_end(ap);
}

void work_add_made(struct work *w, const char *name, const struct digest *digest, uint64_t size)
{
	vec_push(&w->made, ((struct made_input){xstrdup(name), *digest, size}));
}

void work_free(struct work *w)
{
	for (size_t i = 0; i < w->commands.n; i++)
		strv_free(&w->commands.v[i].argv);
	vec_free(&w->commands);
	strv_free(&w->params);
	vec_free(&w->inputs);
	vec_free(&w->beside);
	vec_foreach (m, &w->made)
		free(m->name);
	vec_free(&w->made);
	vec_free(&w->absent);
	for (size_t i = 0; i < WORK_MAX_SCRATCH; i++)
		free(w->scratch[i]);
	*w = (struct work){0};
}
