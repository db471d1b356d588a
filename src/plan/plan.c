#include "plan/plan.h"

#include <errno.h>
#include <unistd.h>

#include "base/message.h"
#include "base/path.h"
#include "btf/source.h"
#include "plan/plan_parts.h"

/* What names a path's things in our own folders. Caller frees. */
static char *short_name(const char *path)
{
	struct digest digest = digest_of(path, strlen(path));
	char hex[DIGEST_HEX_SIZE];

	digest_hex(&digest, hex);
	return xstrndup(hex, 12);
}

/* One pair for each source. */
static struct types_steps *types_steps(struct planner *p, const char *source)
{
	struct types_steps *t = map_get(&p->types_steps, source);
	_cleanup_free_ char *name = NULL, *dir = NULL, *index = NULL, *header = NULL;

	if (t)
		return t;
	name = str_eq(source, BTF_SOURCE_KERNEL) ? xstrdup("kernel") : short_name(source);
	dir = xasprintf("%s/types/%s", p->build->dir_private, name);
	index = path_join(dir, "index");
	header = path_join(dir, TYPES_HEADER);
	t = xcalloc(1, sizeof(*t));
	t->index = step_add_types(&p->plan->graph, p->build, source, index);
	t->header = step_add_header(&p->plan->graph, p->build, t->index, header);
	strv_add(&p->keys, source);
	map_put(&p->types_steps, p->keys.v[p->keys.n - 1], t);
	return t;
}

/*
 * Smaller headers are compiled as they are: with a few thousand lines there is nothing to gain.
 */
#define MIN_SLICED_SIZE ((size_t)128 << 10)

static bool is_large(struct planner *p, const char *path)
{
	const struct file *f = files_get(p->build->files, path);

	return f->exists && f->stamp.size >= MIN_SLICED_SIZE;
}

/* The header with a kernel's types: vmlinux.h itself, or vmlinux_6.1.h that it includes. */
static char *find_sliceable(struct planner *p, const struct target *t, const struct compile *c,
			    const struct walk *w)
{
	const char *source = flags_types_source(&t->compile, p->arch), *found = NULL;

	if (c->way->types)
		return source && str_ends(source, ".h") && !is_large(p, source)
			       ? NULL
			       : xstrdup(c->way->types);
	vec_foreach (f, &w->read) {
		const char *base = path_base((*f)->path);

		if (!str_starts(base, "vmlinux") || !str_ends(base, ".h") ||
		    !is_large(p, (*f)->path))
			continue;
		/* One for each architecture, say: which of them counts only the compiler knows. */
		if (found)
			return NULL;
		found = (*f)->path;
	}
	return found ? xstrdup(found) : NULL;
}

/* The step that makes the index of a header that is there. */
static struct step *index_step(struct planner *p, const char *header)
{
	struct step *s = map_get(&p->index_steps, header);
	_cleanup_free_ char *name = NULL, *output = NULL;

	if (s)
		return s;
	name = short_name(header);
	output = xasprintf("%s/index/%s", p->build->dir_private, name);
	s = step_add_index(&p->plan->graph, p->build, header, output);
	strv_add(&p->keys, header);
	map_put(&p->index_steps, p->keys.v[p->keys.n - 1], s);
	return s;
}

/* types: the steps that make the header, or NULL. */
static void choose_index(struct planner *p, const struct target *t, struct compile *c,
			 const struct walk *w, const struct types_steps *types, struct step **ret)
{
	c->sliced = str_eq(t->compile.types, "full") ? NULL : find_sliceable(p, t, c, w);
	if (!c->sliced)
		return;
	*ret = types ? types->index : index_step(p, c->sliced);
	c->index = xstrdup((*ret)->output);
}

/*
 * Decides where vmlinux.h comes from, in this order: the one that was named; one on the search
 * path; the running kernel's types. And whether all of it is compiled, or a slice. *ret gets the
 * steps that the unit waits for: those that are left NULL are not needed.
 */
static int choose_types(struct planner *p, const struct target *t, struct compile *c,
			struct types_steps *ret)
{
	const char *source = flags_types_source(&t->compile, p->arch);
	_cleanup_walk_ struct walk w = {0};
	struct ways *ways;
	int err = plan_find_ways(p, t, &ways);

	if (err < 0)
		return err;
	c->way = ways->plain;
	if (p->options->prebuilt)
		return 0;
	walk_from(p->build->scanner, c->way->search, c->source, &c->way->before, &w);
	if (!w.wants_types || (w.types.n && !source)) {
		choose_index(p, t, c, &w, NULL, &ret->index);
		return 0;
	}
	if (!ways->typed) {
		ways->types = types_steps(p, source ? source : BTF_SOURCE_KERNEL);
		err = plan_make_way(p, t, ways->types, &ways->typed);
	}
	if (err < 0)
		return err;
	c->way = ways->typed;
	ret->header = ways->types->header;
	choose_index(p, t, c, &w, ways->types, &ret->index);
	return 0;
}

/* A unit that is sliced waits for the index only: the header it may never need is made meanwhile.
 */
static void add_types_needs(struct planner *p, struct step *s, const struct types_steps *types)
{
	struct step *header = types->header;
	const char *source;

	if (types->index || header)
		step_add_need(s, types->index ? types->index : header);
	if (!header)
		return;
	source = header->needs.v[0]->label;
	vec_push(&p->plan->headers, ((struct planned_header){header, s}));
	if (!files_get(p->build->files, source)->exists)
		vec_push(&p->plan->typeless, ((struct planned_typeless){s, source}));
}

static int plan_compile(struct planner *p, const struct target *t, const char *source,
			const char *output, struct step **ret)
{
	struct compile *c = xcalloc(1, sizeof(*c));
	struct types_steps types = {0};
	struct step *s;
	int err;

	c->build = p->build;
	c->source = path_tidy(xstrdup(source));
	err = choose_types(p, t, c, &types);
	if (err < 0) {
		compile_clear(c);
		free(c);
		return err;
	}
	s = step_add_compile(&p->plan->graph, c, output);
	add_types_needs(p, s, &types);
	vec_push(&p->plan->compiles, s);
	*ret = s;
	return 0;
}

/* The place of what becomes of one unit when it is linked: its source's path in one component. */
static char *unit_output(const struct planner *p, const struct target *t, const char *source)
{
	_cleanup_buf_ struct buf name = {0};

	for (const char *s = source; *s; s++) {
		if (*s == '/' || *s == '%')
			buf_printf(&name, "%%%02X", *s);
		else
			buf_putc(&name, *s);
	}
	if (name.n > 200) {
		struct digest d = digest_of(name.v, name.n);
		char hex[DIGEST_HEX_SIZE];

		digest_hex(&d, hex);
		name.n = 0;
		buf_puts(&name, hex);
	}
	return xasprintf("%s/units/%s%s%s/%s.%s", p->build->dir_private,
			 p->arch->name ? p->arch->name : "", p->arch->name ? "/" : "", t->name,
			 name.v, flags_want_bitcode(&t->compile) ? "bc" : "o");
}

static struct step *link_units(struct planner *p, const struct target *t, struct step *const *units,
			       size_t n, const char *output)
{
	struct plan *plan = p->plan;
	struct step *s;

	if (!flags_want_bitcode(&t->compile))
		return step_add_link(&plan->graph, p->build, units, n, output, t->compile.debug);
	s = step_add_lto(&plan->graph, p->build, units, n, output, &plan->llvm);
	vec_push(&plan->ltos, s);
	return s;
}

static int plan_object(struct planner *p, const struct target *t, const char *output,
		       struct step **ret)
{
	VEC(struct step *) units = {0};
	int err = 0;

	if (t->sources.n == 1 && !flags_want_bitcode(&t->compile))
		return plan_compile(p, t, t->sources.v[0], output, ret);
	for (size_t i = 0; i < t->sources.n && err == 0; i++) {
		_cleanup_free_ char *unit = unit_output(p, t, t->sources.v[i]);
		struct step *s;

		err = plan_compile(p, t, t->sources.v[i], unit, &s);
		if (err == 0)
			vec_push(&units, s);
	}
	if (err == 0) {
		*ret = link_units(p, t, units.v, units.n, output);
		(*ret)->variant = p->arch->name;
	}
	vec_free(&units);
	return err;
}

/* For several architectures each has a folder. */
static char *output_dir(const struct planner *p)
{
	return p->arch->name ? path_join(p->options->output_dir, p->arch->name)
			     : xstrdup(p->options->output_dir);
}

static int plan_target(struct planner *p, const struct target *t)
{
	_cleanup_free_ char *object_name = xasprintf("%s.bpf.o", t->name);
	_cleanup_free_ char *dir = output_dir(p), *object = path_join(dir, object_name);
	struct planned_target planned = {.target = t, .arch = p->arch->arch};
	int err = plan_object(p, t, object, &planned.object);

	if (err < 0)
		return err;
	if (t->skeleton) {
		_cleanup_free_ char *header_name = xasprintf("%s.skel.h", t->name);
		_cleanup_free_ char *header = path_join(dir, header_name);

		planned.skeleton = step_add_skeleton(&p->plan->graph, p->build, planned.object,
						     t->skeleton_name, header);
		planned.skeleton->variant = p->arch->name;
	}
	vec_push(&p->plan->targets, planned);
	return 0;
}

/* The macros in which architectures differ: theirs, and those that the project defines for one. */
static void find_arch_macros(const struct project *project, struct plan *ret)
{
	struct buf all = {0};

	arch_macros(&ret->arch_macros);
	vec_foreach (a, &project->archs) {
		/* One of which nothing is said is no more than others that were not named. */
		if (!a->defines.n && !a->include.n && !a->vmlinux)
			continue;
		buf_printf(&all, " %s:", a->arch->name);
		flags_describe_arch(a, &all);
		for (size_t i = 0; i < a->defines.n; i++) {
			const char *define = a->defines.v[i];

			strv_take(&ret->arch_macros, xstrndup(define, strcspn(define, "=(")));
		}
	}
	ret->arch_all = all.n ? buf_steal(&all) : NULL;
}

static void add_arch(struct plan *p, const struct arch *arch, const char *name,
		     const struct project_arch *own)
{
	struct flags_arch *a = xcalloc(1, sizeof(*a));

	if (name)
		strv_add(&p->folders, name);
	*a = (struct flags_arch){arch, name, own, &p->arch_macros, p->arch_all};
	vec_push(&p->archs, a);
}

/* Those that are built for; a single one has no folder and no name. */
static void choose_archs(const struct project *project, struct plan *ret)
{
	size_t n = 0;

	vec_foreach (a, &project->archs)
		n += !a->left_out;
	find_arch_macros(project, ret);
	vec_foreach (a, &project->archs)
		if (!a->left_out)
			add_arch(ret, a->arch, n > 1 ? a->name : NULL, a);
	if (n == 0)
		add_arch(ret, arch_host(), NULL, NULL);
}

const char *plan_first_flags(const struct project *project, const struct build *build,
			     struct strv *ret)
{
	const struct target *t = project->n ? &project->targets[0] : NULL;
	_cleanup_(compile_way_clear) struct compile_way w = {0};
	_cleanup_plan_ struct plan p = {0};

	if (t) {
		choose_archs(project, &p);
		flags_for(&t->compile, p.archs.v[0], arch_host(), t->compile.cpu, build->directory,
			  &w);
		flags_add_source(&w, flags_types_source(&t->compile, p.archs.v[0]));
		flags_for_search(&w, ret);
	}
	return flags_host_target();
}

/* A macro that names one architecture for all of them makes wrong objects of the others. */
static int check_arch_macros(const struct planner *p, const struct target *t)
{
	const char *macro = flags_arch_macro(&t->compile);

	if (p->plan->archs.n == 1 || !macro)
		return 0;
	return message_error(-EINVAL,
			     "%s: %s: %s is defined for all architectures, and there are %zu; "
			     "leave it out: each gets its own",
			     t->origin, t->name, macro, p->plan->archs.n);
}

/* One program for all architectures, then the next: what they share is then at hand. */
static int plan_targets(struct planner *p)
{
	int err = 0;

	for (size_t i = 0; i < p->project->n && err == 0; i++) {
		const struct target *t = &p->project->targets[i];

		err = check_arch_macros(p, t);
		for (size_t k = 0; k < p->plan->archs.n && err == 0; k++) {
			p->arch = p->plan->archs.v[k];
			err = plan_target(p, t);
		}
	}
	return err;
}

int plan_project(const struct project *project, const struct build *build,
		 const struct plan_options *options, struct plan *ret)
{
	struct planner p = {.project = project, .build = build, .options = options, .plan = ret};
	int err;

	*ret = (struct plan){0};
	choose_archs(project, ret);
	err = plan_targets(&p);
	map_free(&p.searches);
	for (size_t i = 0; i < p.ways.n; i++)
		free(p.ways.entries[i].value);
	map_free(&p.ways);
	for (size_t i = 0; i < p.types_steps.n; i++)
		free(p.types_steps.entries[i].value);
	map_free(&p.types_steps);
	map_free(&p.index_steps);
	strv_free(&p.keys);
	if (err < 0)
		plan_free(ret);
	return err;
}

void plan_want_headers(struct plan *p)
{
	vec_foreach (h, &p->headers)
		if (h->compile->wanted)
			step_want(h->header);
}

int plan_check_types(const struct plan *p)
{
	vec_foreach (s, &p->typeless) {
		const char *source = s->source;

		if (!s->compile->wanted)
			continue;
		if (str_eq(source, BTF_SOURCE_KERNEL))
			return message_error(
				-ENOENT,
				"types: %s includes " TYPES_HEADER
				", which is not on its include path, and the running kernel "
				"offers no BTF (%s); give a " TYPES_HEADER ", raw BTF, or an ELF "
				"file with BTF: --vmlinux FILE, or vmlinux: in " PROJECT_MANIFEST,
				s->compile->label, source);
		return message_error(-ENOENT,
				     "types: %s: %s; --vmlinux and vmlinux: take raw BTF, an ELF "
				     "file with BTF, or a header",
				     source,
				     access(source, F_OK) == 0 ? "is not a file" : "no such file");
	}
	return 0;
}

void plan_free(struct plan *p)
{
	vec_free(&p->typeless);
	vec_free(&p->headers);
	graph_free(&p->graph);
	vec_free(&p->targets);
	vec_free(&p->compiles);
	vec_foreach (w, &p->ways) {
		compile_way_clear(*w);
		free(*w);
	}
	vec_free(&p->ways);
	vec_foreach (s, &p->searches) {
		search_free(*s);
		free(*s);
	}
	vec_free(&p->searches);
	vec_free(&p->ltos);
	free(p->llvm.path);
	free(p->llvm.identity);
	vec_foreach (a, &p->archs)
		free(*a);
	vec_free(&p->archs);
	strv_free(&p->arch_macros);
	strv_free(&p->folders);
	free(p->arch_all);
	*p = (struct plan){0};
}
