#include "steps/steps.h"

#include <errno.h>

#include "base/message.h"
#include "base/path.h"
#include "steps/neutral.h"

#define RAW_OBJECT WORK_SCRATCH "0"
#define DEPENDENCIES WORK_SCRATCH "1"
#define OVERLAY WORK_SCRATCH "2"
#define OVERLAY_INDEX 2
#define SLICE_INDEX 3

/* A guess until it has run once: the start of clang, and so many bytes of source in a millisecond.
 */
#define COMPILE_COST_MS 30
#define COMPILE_BYTES_PER_MS 300

/* A compile step: what was planned, and what its inputs make of that. */
struct compiling {
	struct compile *plan;
	const struct compile_way *first; /* way to try */
	struct slicing slicing;
	struct neutral neutral;
	file_list files; /* what the unit may read, less the header that is sliced */
	bool whole;	 /* it sees all of the header instead */
	/* Files in whose place the compiler sees the slice or, without one, the types. */
	struct strv hidden;
};

static void add_files(file_list *list, const file_list *more)
{
	for (size_t i = 0; i < more->n; i++)
		vec_push(list, more->v[i]);
}

/* Whether a flag is there for something that the compiler does not get to see, or that makes no
 * difference to this unit. */
static bool is_beside(const struct compiling *x, size_t flag)
{
	const struct compile *c = x->plan;

	/* Nothing is read where a slice hides the header, and nothing names it. */
	if (x->slicing.use && !x->slicing.has_lines && c->way->types && flag == c->way->types_flag)
		return true;
	return x->neutral.yes && strv_has(&c->way->arch.flags, c->way->flags.v[flag]);
}

const char *compile_dot(const struct compile *c)
{
	return *c->source == '-' || *c->source == '@' ? "./" : "";
}

static void add_flags(const struct compiling *x, struct strv *argv)
{
	const struct compile *c = x->plan;

	for (size_t i = 0; i < c->way->flags.n; i++) {
		if (is_beside(x, i))
			strv_add_joined(argv, WORK_UNHASHED, c->way->flags.v[i]);
		else
			strv_add(argv, c->way->flags.v[i]);
	}
	strv_add(argv, "-c");
	strv_add_joined(argv, compile_dot(c), c->source);
}

/* Inputs found by the walk, those learnt from the compiler last time, and files flags name. */
static void find_inputs(const struct step *s, const struct compile *c,
			const struct compile_way *way, struct walk *w)
{
	walk_from(c->build->scanner, way->search, c->source, &way->before, w);
	for (size_t i = 0; i < s->extra.n; i++)
		walk_add_extra(c->build->scanner, way->search, s->extra.v[i], w);
	for (size_t i = 0; i < way->flag_files.n; i++)
		walk_add_extra(c->build->scanner, way->search, way->flag_files.v[i], w);
}

static bool has_file(const file_list *list, const struct file *file)
{
	vec_foreach (f, list)
		if (*f == file)
			return true;
	return false;
}

/* The header that the unit is to see as vmlinux.h, whole or a slice of it. */
static struct file *types_header(const struct compile *c)
{
	return files_get(c->build->files, c->way->types ? c->way->types : c->sliced);
}

/*
 * Headers in whose place the compiler is to see another file, by way of its virtual file system:
 * the one of which a slice is enough, and, when vmlinux.h was named, those that the search path has
 * (beside the source, say).
 */
static void find_hidden(const struct compile *c, const struct walk *w, file_list *ret)
{
	struct file *mine = types_header(c);

	vec_foreach (f, &w->types)
		if (c->way->types && *f != mine)
			vec_push(ret, *f);
	if (ret->n || (c->sliced && (c->way->types || has_file(&w->read, mine))))
		vec_push(ret, mine);
}

/* The files that are read when those are hidden. */
static void leave_out(const struct walk *w, const file_list *hidden, file_list *ret)
{
	ret->n = 0;
	vec_foreach (f, &w->read)
		if (!has_file(hidden, *f))
			vec_push(ret, *f);
}

static bool can_overlay(const struct compile *c, const struct step *s, const file_list *hidden)
{
	if (!overlay_can_name(c->build->directory))
		return false;
	vec_foreach (f, hidden)
		if (!overlay_can_name((*f)->path))
			return false;
	return overlay_can_name(s->output);
}

/* The slice as an input: with the header's whole name where an object may tell it. */
static void add_slice(const struct compile *c, const struct slicing *slicing, struct work *ret)
{
	_cleanup_free_ char *name = xasprintf(
		"what it needs of %s", slicing->has_lines ? c->sliced : path_base(c->sliced));

	work_add_made(ret, name, &slicing->digest, slicing->size);
}

/* Whether the unit is the same for other architectures. */
static int decide_neutral(struct step *s, struct compiling *x, const struct walk *w)
{
	file_list files = {0};
	int err;

	add_files(&files, &x->files);
	if (x->whole)
		vec_push(&files, types_header(x->plan));
	err = neutral_decide(x->plan, s, &files, w->computed, &x->slicing, &x->neutral);
	vec_free(&files);
	return err;
}

static void make_remark(struct step *s, const struct compiling *x)
{
	const struct compile *c = x->plan;
	struct buf b = {0};

	if (x->slicing.why_not)
		buf_printf(&b, "needs the whole of %s: %s", c->sliced, x->slicing.why_not);
	if (c->way->arch.name && x->neutral.why_not)
		buf_printf(&b, "%sis compiled for %s alone: %s", b.n ? "; " : "", c->way->arch.name,
			   x->neutral.why_not);
	free(s->remark);
	s->remark = b.n ? buf_steal(&b) : NULL;
}

/* Where a slice was cut from: of no interest but to those who cannot cut it again. */
static void add_types_source(const struct step *s, const struct compile *c, struct work *ret)
{
	vec_foreach (need, &s->needs) {
		struct file *f = files_get(c->build->files, (*need)->label);

		if (f->exists && *f->path != '/' && !has_file(&ret->inputs, f))
			vec_push(&ret->beside, f);
	}
}

/* Decides what the compiler sees of vmlinux.h, and whether that is for one architecture alone. */
static int decide(struct step *s, struct compiling *x, struct walk *w)
{
	const struct compile *c = x->plan;
	file_list hidden = {0};
	int err = 0;

	slicing_clear(&x->slicing);
	strv_free(&x->hidden);
	find_inputs(s, c, c->way, w);
	if (c->sliced || (c->way->types && w->wants_types))
		find_hidden(c, w, &hidden);
	leave_out(w, &hidden, &x->files);
	if (c->sliced && hidden.n)
		err = slicer_decide(c, s, &x->files, w->computed, &x->slicing);
	if (err == 0 && x->slicing.use && !can_overlay(c, s, &hidden)) {
		slicing_clear(&x->slicing);
		x->slicing.why_not = xstrdup("a name on the way to it is not UTF-8");
	}
	if (err == 0 && !x->slicing.use && c->index && c->way->types && hidden.n &&
	    !c->build->dry_run)
		err = slicer_need_header(c);
	x->whole = hidden.n && !x->slicing.use;
	vec_foreach (f, &hidden)
		if (x->slicing.use || *f != types_header(c))
			strv_add(&x->hidden, (*f)->path);
	vec_free(&hidden);
	return err < 0 ? err : decide_neutral(s, x, w);
}

/* Whether the architecture's own system headers, were they read, are such as others have, too. */
static bool can_borrow(const struct step *s, const struct compiling *x)
{
	_cleanup_walk_ struct walk w = {0};

	find_inputs(s, x->plan, x->first->own, &w);
	return neutral_can_borrow(&x->first->own->arch, &w.read);
}

/* A unit for another architecture that is neutral with this machine's system headers gets them. */
static int choose_way(struct step *s, struct compiling *x, struct walk *w)
{
	int err;

	x->plan->way = x->first;
	err = decide(s, x, w);
	if (err < 0 || !x->first->own || (x->neutral.yes && can_borrow(s, x)))
		return err;
	walk_free(w);
	*w = (struct walk){0};
	x->plan->way = x->first->own;
	return decide(s, x, w);
}

static void add_inputs(const struct step *s, const struct compiling *x, struct work *ret)
{
	const struct compile *c = x->plan;

	if (x->slicing.use)
		add_slice(c, &x->slicing, ret);
	if (x->whole)
		vec_push(&ret->inputs, types_header(c));
	vec_foreach (f, &x->files)
		if (!has_file(&x->neutral.beside, *f))
			vec_push(&ret->inputs, *f);
	add_files(&ret->beside, &x->neutral.beside);
	if (x->slicing.use)
		add_types_source(s, c, ret);
}

/*
 * Names in BTF begin at the project's folder, or below the root of the file system. Bitcode is as
 * it shall be.
 */
static void add_finish(const struct compile *c, struct work *ret)
{
	_cleanup_free_ char *here = xasprintf(WORK_UNHASHED "%s=", c->build->directory);

	if (c->way->bitcode)
		return;
	work_add_builtin(ret, builtin_finish, "finish", RAW_OBJECT, WORK_OUTPUT,
			 c->way->keep_debug ? "debug" : "plain", here, "/=", NULL);
}

static int prepare(struct step *s, struct work *ret)
{
	struct compiling *x = s->data;
	const struct compile *c = x->plan;
	_cleanup_walk_ struct walk w = {0};
	struct command *clang;
	int err;

	if (!files_get(c->build->files, c->source)->exists)
		return message_error(-ENOENT, "compile: %s: no such file", c->source);
	err = choose_way(s, x, &w);
	if (err < 0)
		return err;
	make_remark(s, x);
	ret->env = &c->build->compiler_env;
	/* The path of the compiler may differ where its version is the same. */
	strv_add(&ret->params, c->build->compiler.version);
	add_inputs(s, x, ret);
	clang = work_add_command(ret);
	strv_add_joined(&clang->argv, WORK_UNHASHED, c->build->compiler.path);
	if (c->build->compiler.no_default_config)
		strv_add(&clang->argv, "--no-default-config");
	if (c->build->color)
		strv_add(&clang->argv, WORK_UNHASHED "-fcolor-diagnostics");
	/* Its names for temporaries are not ours, and nobody would remove them after kill -9. */
	strv_add(&clang->argv, WORK_UNHASHED "-fno-temp-file");
	for (size_t i = 0; i < c->way->unhashed.n; i++)
		strv_add_joined(&clang->argv, WORK_UNHASHED, c->way->unhashed.v[i]);
	if (x->hidden.n) {
		strv_add(&clang->argv, "-ivfsoverlay");
		strv_add(&clang->argv, OVERLAY);
	}
	for (const char *const *p =
		     (const char *const[]){"-fno-crash-diagnostics", "-MD", "-MF", DEPENDENCIES,
					   "-MT", "unit", "-o",
					   c->way->bitcode ? WORK_OUTPUT : RAW_OBJECT, NULL};
	     *p; p++)
		strv_add(&clang->argv, *p);
	add_flags(x, &clang->argv);
	add_finish(c, ret);
	/* Its own header may be made meanwhile. */
	vec_foreach (f, &w.absent)
		if (!c->way->types || !str_eq((*f)->path, c->way->types))
			vec_push(&ret->absent, *f);
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

static bool is_foreseen(const struct compile *c, const struct work *w, const char *read)
{
	struct file *f = files_get(c->build->files, read);

	for (size_t i = 0; i < w->inputs.n; i++)
		if (w->inputs.v[i] == f || is_listed_as(w->inputs.v[i], read))
			return true;
	if (has_file(&w->beside, f))
		return true;
	/* The overlay shows our types under another header's name. */
	return str_eq(path_base(f->path), TYPES_HEADER) ||
	       (c->sliced && str_eq(f->path, c->sliced));
}

static int read_list(const struct compile *c, const struct work *w, struct strv *ret)
{
	int err = depfile_read(w->scratch[1], ret);

	if (err < 0)
		return message_error(err, "compile: %s: the compiler's list of files: %s",
				     c->source, strerror(-err));
	return 0;
}

/* Files clang read that the walk did not find. */
static int find_unforeseen(const struct compile *c, const struct work *w, struct strv *ret)
{
	_cleanup_strv_ struct strv read = {0};
	int err = read_list(c, w, &read);

	for (size_t i = 0; i < read.n; i++)
		if (!is_foreseen(c, w, read.v[i]))
			strv_add(ret, read.v[i]);
	return err;
}

/* Those are inputs from now on. */
static int complete(struct step *s, struct work *w)
{
	const struct compiling *x = s->data;
	_cleanup_strv_ struct strv unforeseen = {0}, read = {0};
	int err = find_unforeseen(x->plan, w, &unforeseen);

	if (err == 0 && x->plan->way->arch.borrows)
		err = read_list(x->plan, w, &read);
	err = err < 0 ? err : neutral_check_borrowed(x->plan, &read);

	for (size_t i = 0; i < unforeseen.n; i++)
		if (!strv_has(&s->extra, unforeseen.v[i]))
			strv_add(&s->extra, unforeseen.v[i]);
	if (unforeseen.n)
		w->never_keep = "it read a file that was not foreseen";
	return err;
}

static int begin(struct step *s, struct work *w)
{
	struct compiling *x = s->data;
	const char *slice = w->scratch[SLICE_INDEX];
	int err = 0;

	if (x->slicing.use)
		err = slicer_write(x->plan, &x->files, &x->slicing, slice);
	if (err == 0 && x->hidden.n)
		err = overlay_write(w->scratch[OVERLAY_INDEX],
				    x->slicing.use ? slice : x->plan->way->types, &x->hidden);
	return err;
}

static void end(struct step *s)
{
	struct compiling *x = s->data;

	buf_free(&x->slicing.text);
}

/* The first error among what the compiler said, without the place. */
static char *first_error(const char *said)
{
	const char *error = strstr(said, "error: ");

	if (!error)
		return xstrdup("it does not compile with what it seems to need");
	error += strlen("error: ");
	return xstrndup(error, strcspn(error, "\n\033"));
}

/*
 * A slice is a guess, though a good one: what fails with it, or complains about what it shows, is
 * compiled with the whole header, and only that counts.
 */
static bool reconsider(struct step *s, struct work *w, const char *said, bool failed)
{
	struct compiling *x = s->data;
	const struct compile *c = x->plan;
	_cleanup_strv_ struct strv unforeseen = {0};
	_cleanup_free_ char *why = NULL;

	if (!x->slicing.use)
		return false;
	if (failed)
		why = first_error(said);
	else if (strstr(said, path_base(c->sliced)))
		why = xstrdup("the compiler has something to say about it");
	else if (find_unforeseen(c, w, &unforeseen) == 0 && unforeseen.n)
		why = xasprintf("it read %s, which was not foreseen", unforeseen.v[0]);
	if (why)
		slicer_give_up(c, s, &x->slicing, why);
	return why;
}

void compile_way_clear(struct compile_way *w)
{
	free(w->options);
	free(w->options_neutral);
	free(w->types);
	strv_free(&w->flags);
	strv_free(&w->unhashed);
	strv_free(&w->before);
	strv_free(&w->flag_files);
	strv_free(&w->arch.flags);
	strv_free(&w->arch.dirs);
	strv_free(&w->arch.system_dirs);
	*w = (struct compile_way){0};
}

void compile_clear(struct compile *c)
{
	free(c->source);
	free(c->sliced);
	free(c->index);
	*c = (struct compile){0};
}

static void release(void *data)
{
	struct compiling *x = data;

	slicing_clear(&x->slicing);
	neutral_clear(&x->neutral);
	strv_free(&x->hidden);
	vec_free(&x->files);
	compile_clear(x->plan);
	free(x->plan);
	free(x);
}

static char *options(const struct step *s)
{
	const struct compiling *x = s->data;

	return xstrdup(x->neutral.yes ? x->plan->way->options_neutral : x->plan->way->options);
}

static bool accepts(const struct step *s, const char *said)
{
	const struct compile *c = ((const struct compiling *)s->data)->plan;

	return str_eq(said, c->way->options) || str_eq(said, c->way->options_neutral);
}

static const struct step_kind kind = {
	.name = "compile",
	.revision = 1,
	.prepare = prepare,
	.options = options,
	.accepts = accepts,
	.begin = begin,
	.reconsider = reconsider,
	.complete = complete,
	.end = end,
	.hint = step_hint_compile,
	.noise = step_noise,
	.free = release,
};

struct step *step_add_compile(struct graph *g, struct compile *c, const char *output)
{
	struct compiling *x = xcalloc(1, sizeof(*x));
	struct step *s = graph_add(g, &kind, x, output, c->source);

	x->plan = c;
	x->first = c->way;
	s->variant = c->way->arch.name;
	s->cost = COMPILE_COST_MS +
		  files_get(c->build->files, c->source)->stamp.size / COMPILE_BYTES_PER_MS;
	return s;
}

const struct compile *step_compile_of(const struct step *s)
{
	return ((const struct compiling *)s->data)->plan;
}

void step_compile_argv(const struct compile *c, struct strv *ret)
{
	const struct compile_way *way = c->way->own ?: c->way;

	strv_add(ret, c->build->compiler.path);
	strv_add_all(ret, &way->flags);
	strv_add(ret, "-c");
}
