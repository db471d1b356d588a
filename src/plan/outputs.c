#include "plan/plan.h"

#include "base/map.h"
#include "base/path.h"
#include "run/record.h"

/* The beginning of a unit's command, which those that are compiled alike share. */
static void put_command(const struct compile *c, struct buf *ret)
{
	_cleanup_strv_ struct strv argv = {0};

	step_compile_argv(c, &argv);
	for (size_t i = 0; i < argv.n; i++) {
		buf_put_json(ret, argv.v[i]);
		buf_puts(ret, ", ");
	}
}

void plan_print_compile_commands(const struct plan *p, const char *directory, struct buf *ret)
{
	_cleanup_buf_ struct buf command = {0}, name = {0};
	const struct compile_way *way = NULL;

	buf_putc(ret, '[');
	for (size_t i = 0; i < p->compiles.n; i++) {
		const struct step *s = p->compiles.v[i];
		const struct compile *c = step_compile_of(s);

		/* An editor sees a file as it is for one architecture. */
		if (s->variant && !str_eq(s->variant, p->folders.v[0]))
			continue;
		if (c->way != way) {
			way = c->way;
			command.n = 0;
			put_command(c, &command);
		}
		buf_puts(ret, i ? ",\n{\"directory\": " : "\n{\"directory\": ");
		buf_put_json(ret, directory);
		buf_puts(ret, ",\n \"file\": ");
		buf_put_json(ret, s->label);
		buf_puts(ret, ",\n \"arguments\": [");
		buf_add(ret, command.v, command.n);
		name.n = 0;
		buf_puts(&name, compile_dot(c));
		buf_puts(&name, c->source);
		buf_put_json(ret, name.v);
		buf_puts(ret, ", \"-o\", ");
		buf_put_json(ret, s->output);
		buf_puts(ret, "],\n \"output\": ");
		buf_put_json(ret, s->output);
		buf_putc(ret, '}');
	}
	buf_puts(ret, "\n]\n");
}

/* As GNU make and ninja read names. */
static void put_make_name(struct buf *b, const char *prefix, const char *name)
{
	_cleanup_free_ char *path = prefix ? path_join(prefix, name) : xstrdup(name);

	for (const char *s = path; *s; s++) {
		if (*s == ' ' || *s == '#')
			buf_putc(b, '\\');
		if (*s == '$')
			buf_putc(b, '$');
		buf_putc(b, *s);
	}
}

static int compare_pointers(const void *a, const void *b)
{
	const struct file *x = *(struct file *const *)a, *y = *(struct file *const *)b;

	return strcmp(x->path, y->path);
}

int plan_print_depfile(const struct plan *p, const char *prefix, struct buf *ret)
{
	file_list inputs = {0};
	struct map made = {0};
	_cleanup_buf_ struct buf phony = {0};
	struct file *last = NULL;
	int err = 0;

	vec_foreach (s, &p->graph.steps) {
		struct work w = {0};

		map_put(&made, (*s)->output, *s);
		if (!(*s)->wanted || err < 0)
			continue;
		buf_puts(ret, ret->n ? " \\\n " : "");
		put_make_name(ret, prefix, (*s)->output);
		err = (*s)->kind->prepare(*s, &w);
		vec_foreach (f, &w.inputs)
			vec_push(&inputs, *f);
		vec_foreach (f, &w.beside)
			vec_push(&inputs, *f);
		work_free(&w);
	}
	buf_putc(ret, ':');
	if (inputs.n)
		qsort(inputs.v, inputs.n, sizeof(inputs.v[0]), compare_pointers);
	vec_foreach (f, &inputs) {
		if (*f == last || map_get(&made, (*f)->path))
			continue;
		last = *f;
		buf_puts(ret, " \\\n ");
		put_make_name(ret, prefix, (*f)->path);
		/* A rule of its own, so that make does not stop when the file is gone. */
		put_make_name(&phony, prefix, (*f)->path);
		buf_puts(&phony, ":\n");
	}
	buf_putc(ret, '\n');
	if (phony.n)
		buf_add(ret, phony.v, phony.n);
	map_free(&made);
	vec_free(&inputs);
	return err;
}

struct stale {
	struct map current; /* outputs the plan makes */
	const char *output_dir;
	struct strv paths;
	VEC(struct digest) digests;
};

static void collect(const char *output, const struct record *r, void *arg)
{
	struct stale *s = arg;

	if (map_get(&s->current, output))
		return;
	strv_add(&s->paths, output);
	vec_push(&s->digests, r->output);
}

void plan_remove_stale(const struct plan *p, struct files *files, struct state *state,
		       const char *output_dir, void (*removed)(const char *path, void *arg),
		       void *arg)
{
	struct stale s = {.output_dir = output_dir};

	vec_foreach (step, &p->graph.steps)
		map_put(&s.current, (*step)->output, *step);
	record_each(state, collect, &s);
	for (size_t i = 0; i < s.paths.n; i++) {
		struct file *file = files_get(files, s.paths.v[i]);

		if (file->exists && path_below(file->path, output_dir) &&
		    files_digest(files, file) == 0 && digest_eq(&file->digest, &s.digests.v[i]) &&
		    unlink(file->path) == 0) {
			files_refresh(files, file);
			removed(file->path, arg);
		}
		record_forget(state, s.paths.v[i]);
	}
	map_free(&s.current);
	strv_free(&s.paths);
	vec_free(&s.digests);
}
