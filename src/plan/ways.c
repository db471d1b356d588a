/* How units are compiled: flags, and where these make the compiler look. */
#include "plan/plan_parts.h"

#include "base/path.h"
#include "kernel/cpu.h"

/* The search path for flags, with a types folder as its first or last, or NULL. */
static int find_search(struct planner *p, const struct compile_way *w, const char *types_dir,
		       bool first, struct search **ret)
{
	_cleanup_strv_ struct strv flags = {0};
	_cleanup_buf_ struct buf key = {0};
	struct search *s;
	int err;

	flags_for_search(w, &flags);
	for (size_t i = 0; i < flags.n; i++)
		buf_printf(&key, "%s\n", flags.v[i]);
	for (size_t i = 0; i < w->arch.system_dirs.n; i++)
		buf_printf(&key, "%s\n", w->arch.system_dirs.v[i]);
	buf_printf(&key, "%d%s", first, types_dir ? types_dir : "");
	*ret = map_get(&p->searches, key.v);
	if (*ret)
		return 0;
	s = xcalloc(1, sizeof(*s));
	err = p->options->prebuilt ? 0
				   : compiler_search(&p->build->compiler, flags_host_target(),
						     &flags, &p->options->memory, s);
	if (err < 0) {
		free(s);
		return err;
	}
	flags_add_system_dirs(w, s);
	if (types_dir) {
		strv_add(&s->dirs, types_dir);
		if (first) {
			char *dir = s->dirs.v[s->dirs.n - 1];

			memmove(s->dirs.v + s->n_quote + 1, s->dirs.v + s->n_quote,
				(s->dirs.n - 1 - s->n_quote) * sizeof(dir));
			s->dirs.v[s->n_quote] = dir;
		}
	}
	vec_push(&p->plan->searches, s);
	strv_take(&p->keys, buf_steal(&key));
	map_put(&p->searches, p->keys.v[p->keys.n - 1], s);
	*ret = s;
	return 0;
}

static int resolve_cpu(struct planner *p, const char *wanted, const char **ret)
{
	int err;

	*ret = wanted;
	if (!str_eq(wanted, "probe") || p->options->prebuilt)
		return 0;
	err = p->probed_cpu ? 0 : kernel_probe_cpu(&p->probed_cpu);
	*ret = p->probed_cpu;
	return err;
}

/* One that reads the system headers of that architecture. */
static int make_way(struct planner *p, const struct target *t, const struct types_steps *types,
		    const struct arch *headers, struct compile_way **ret)
{
	const char *source = flags_types_source(&t->compile, p->arch), *cpu;
	_cleanup_free_ char *dir = types ? path_dir(types->header->output) : NULL;
	struct compile_way *w;
	int err = resolve_cpu(p, t->compile.cpu, &cpu);

	if (err < 0)
		return err;
	w = xcalloc(1, sizeof(*w));
	vec_push(&p->plan->ways, w);
	flags_for(&t->compile, p->arch, headers, cpu, p->build->directory, w);
	flags_add_source(w, source);
	err = find_search(p, w, dir, types && source, &w->search);
	if (err < 0)
		return err;
	if (types) {
		flags_add_types_dir(w, dir, source != NULL);
		w->types = xstrdup(types->header->output);
	}
	*ret = w;
	return 0;
}

/*
 * Another architecture's own system headers are for units that need them, where they are installed:
 * those that are neutral read this machine's everywhere, so that they are the same step with and
 * without. steps/neutral.c sees to it that only what is alike is taken from these.
 */
int plan_make_way(struct planner *p, const struct target *t, const struct types_steps *types,
		  struct compile_way **ret)
{
	const struct arch *arch = p->arch->arch, *host = arch_host();
	_cleanup_strv_ struct strv dirs = {0};
	bool has_own = arch != host && flags_find_system_dirs(arch, &dirs);
	int err;

	if (has_own && p->build->separate_arch)
		return make_way(p, t, types, arch, ret);
	err = make_way(p, t, types, host, ret);
	return err == 0 && has_own ? make_way(p, t, types, arch, &(*ret)->own) : err;
}

int plan_find_ways(struct planner *p, const struct target *t, struct ways **ret)
{
	_cleanup_free_ char *own = flags_describe(&t->compile, p->arch, false);
	_cleanup_free_ char *neutral = flags_describe(&t->compile, p->arch, true);
	_cleanup_free_ char *key = xasprintf("%s\n%s", own, neutral);
	struct compile_way *plain;
	int err;

	*ret = map_get(&p->ways, key);
	if (*ret)
		return 0;
	err = plan_make_way(p, t, NULL, &plain);
	if (err < 0)
		return err;
	*ret = xcalloc(1, sizeof(**ret));
	(*ret)->plain = plain;
	strv_take(&p->keys, steal(&key));
	map_put(&p->ways, p->keys.v[p->keys.n - 1], *ret);
	return 0;
}
