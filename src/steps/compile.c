#include "steps/steps.h"

#include <errno.h>

#include "base/message.h"
#include "base/path.h"

#define RAW_OBJECT WORK_SCRATCH "0"
#define DEPENDENCIES WORK_SCRATCH "1"
#define OVERLAY WORK_SCRATCH "2"

/* A guess until it has run once: what a unit with the whole vmlinux.h takes. */
#define COMPILE_COST_MS 400

static void add_files(file_list *list, const file_list *more)
{
	for (size_t i = 0; i < more->n; i++)
		vec_push(list, more->v[i]);
}

static void add_flags(const struct compile *c, struct strv *argv)
{
	/* Not to be taken for an option, or for a file of options. */
	const char *here = *c->source == '-' || *c->source == '@' ? "./" : "";

	strv_add_all(argv, &c->flags);
	strv_add(argv, "-c");
	strv_addf(argv, "%s%s", here, c->source);
}

/* Inputs found by the walk, those learnt from the compiler last time, and files flags name. */
static void find_inputs(struct step *s, const struct compile *c, struct walk *w)
{
	walk_from(c->build->scanner, c->search, &c->roots, w);
	for (size_t i = 0; i < s->extra.n; i++)
		walk_add_extra(c->build->scanner, c->search, s->extra.v[i], w);
	for (size_t i = 0; i < c->flag_files.n; i++)
		walk_add_extra(c->build->scanner, c->search, c->flag_files.v[i], w);
}

static bool has_file(const file_list *list, const struct file *file)
{
	vec_foreach (f, list)
		if (*f == file)
			return true;
	return false;
}

/*
 * Puts the header that was named in place of those that the search path has (beside the source,
 * say), by way of clang's virtual file system.
 */
static void replace_types(const struct compile *c, struct walk *w, struct work *ret)
{
	struct file *mine = files_get(c->build->files, c->types);
	size_t n = 0;

	if (w->types.n == has_file(&w->types, mine))
		return;
	work_add_builtin(ret, builtin_overlay, "overlay", OVERLAY, c->types, NULL);
	vec_foreach (f, &w->types)
		if (*f != mine)
			strv_add(&ret->commands.v[0].argv, (*f)->path);
	vec_foreach (f, &w->read)
		if (*f != mine && !has_file(&w->types, *f))
			w->read.v[n++] = *f;
	w->read.n = n;
	vec_push(&w->read, mine);
}

/* Names in BTF begin at the project's folder, or below the root of the file system. */
static void add_finish(const struct compile *c, struct work *ret)
{
	_cleanup_free_ char *here = xasprintf(WORK_UNHASHED "%s=", c->build->directory);

	work_add_builtin(ret, builtin_finish, "finish", RAW_OBJECT, WORK_OUTPUT,
			 c->keep_debug ? "debug" : "plain", here, "/=", NULL);
}

static int prepare(struct step *s, struct work *ret)
{
	const struct compile *c = s->data;
	_cleanup_walk_ struct walk w = {0};
	struct command *clang;
	bool overlay;

	if (!file_exists(c->source))
		return message_error(-ENOENT, "compile: %s: no such file", c->source);
	find_inputs(s, c, &w);
	strv_add_all(&ret->env, &c->build->compiler_env);
	/* The path of the compiler may differ where its version is the same. */
	strv_add(&ret->params, c->build->compiler.version);
	if (c->types && w.wants_types)
		replace_types(c, &w, ret);
	overlay = ret->commands.n > 0;
	clang = work_add_command(ret);
	strv_addf(&clang->argv, WORK_UNHASHED "%s", c->build->compiler.path);
	if (c->build->compiler.no_default_config)
		strv_add(&clang->argv, "--no-default-config");
	if (c->build->color)
		strv_add(&clang->argv, WORK_UNHASHED "-fcolor-diagnostics");
	/* Its names for temporaries are not ours, and nobody would remove them after kill -9. */
	strv_add(&clang->argv, WORK_UNHASHED "-fno-temp-file");
	for (size_t i = 0; i < c->unhashed.n; i++)
		strv_addf(&clang->argv, WORK_UNHASHED "%s", c->unhashed.v[i]);
	if (overlay) {
		strv_add(&clang->argv, "-ivfsoverlay");
		strv_add(&clang->argv, OVERLAY);
	}
	for (const char *const *p =
		     (const char *const[]){"-fno-crash-diagnostics", "-MD", "-MF", DEPENDENCIES,
					   "-MT", "unit", "-o", RAW_OBJECT, NULL};
	     *p; p++)
		strv_add(&clang->argv, *p);
	add_flags(c, &clang->argv);
	add_finish(c, ret);
	add_files(&ret->inputs, &w.read);
	add_files(&ret->absent, &w.absent);
	if (w.volatile_)
		ret->never_keep = "it uses __DATE__, __TIME__, .incbin or a computed __has_include";
	return 0;
}

/* The compiler's list shows every backslash as a slash. */
static bool is_listed_as(const struct file *f, const char *listed)
{
	_cleanup_free_ char *name = strchr(f->path, '\\') ? xstrdup(f->path) : NULL;

	for (char *p = name; p && (p = strchr(p, '\\'));)
		*p = '/';
	return name && str_eq(path_tidy(name), listed);
}

/* Compares the files clang read with those the walk found; new ones are inputs from now on. */
static int complete(struct step *s, struct work *w)
{
	const struct compile *c = s->data;
	_cleanup_strv_ struct strv read = {0};
	int err = depfile_read(w->scratch[1], &read);

	if (err < 0)
		return message_error(err, "compile: %s: the compiler's list of files: %s",
				     c->source, strerror(-err));
	for (size_t i = 0; i < read.n; i++) {
		struct file *f = files_get(c->build->files, read.v[i]);
		bool known = false;

		for (size_t k = 0; k < w->inputs.n && !known; k++)
			known = w->inputs.v[k] == f || is_listed_as(w->inputs.v[k], read.v[i]);
		/* The overlay shows our types under another header's name. */
		if (known || str_eq(path_base(f->path), TYPES_HEADER))
			continue;
		if (!strv_has(&s->extra, read.v[i]))
			strv_add(&s->extra, read.v[i]);
		w->never_keep = "it read a file that was not foreseen";
	}
	return 0;
}

static void release(void *data)
{
	struct compile *c = data;

	free(c->source);
	free(c->types);
	strv_free(&c->flags);
	strv_free(&c->unhashed);
	strv_free(&c->roots);
	strv_free(&c->flag_files);
	free(c);
}

static const struct step_kind kind = {
	.name = "compile",
	.revision = 1,
	.prepare = prepare,
	.complete = complete,
	.hint = step_hint,
	.noise = step_noise,
	.free = release,
};

struct step *step_add_compile(struct graph *g, struct compile *c, const char *output)
{
	struct step *s = graph_add(g, &kind, c, output, c->source);

	s->cost = COMPILE_COST_MS;
	return s;
}

void step_compile_argv(const struct step *s, struct strv *ret)
{
	const struct compile *c = s->data;

	strv_add(ret, c->build->compiler.path);
	add_flags(c, ret);
	strv_add(ret, "-o");
	strv_add(ret, s->output);
}
