#include "project/project.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/message.h"
#include "project/discover.h"
#include "project/manifest.h"
#include "project/target.h"

static bool is_there(const char *path)
{
	struct stat st;

	/* A link that leads nowhere is there, and reading it will say what is wrong. */
	return lstat(path, &st) == 0 || errno != ENOENT;
}

static int load(const char *path, struct finder *f, struct project *p)
{
	if (path || is_there(PROJECT_MANIFEST))
		return manifest_load(path ? path : PROJECT_MANIFEST, f, p);
	if (is_there("skep.yml"))
		return message_error(-EINVAL, "skep.yml: a manifest is called %s; rename it",
				     PROJECT_MANIFEST);
	return discover_targets(f, p);
}

int project_load(const char *path, const char *output_dir, struct project *ret)
{
	_cleanup_finder_ struct finder f;
	struct project p = {0};
	int err;

	finder_init(&f);
	finder_skip(&f, output_dir);
	err = load(path, &f, &p);
	err = err ?: target_sort_unique(&p);
	if (err) {
		project_free(&p);
		return err;
	}
	*ret = p;
	return 0;
}

static void project_arch_free(struct project_arch *a)
{
	free(a->name);
	strv_free(&a->defines);
	strv_free(&a->include);
	free(a->vmlinux);
}

void project_free(struct project *p)
{
	for (size_t i = 0; i < p->n; i++)
		target_free(&p->targets[i]);
	free(p->targets);
	free(p->manifest);
	free(p->output);
	free(p->clang);
	vec_foreach (a, &p->archs)
		project_arch_free(a);
	vec_free(&p->archs);
	free(p->cache);
	free(p->remote);
	verify_options_free(&p->verify);
	*p = (struct project){0};
}

static void set_vmlinux_for_all(struct compile_options *o, char *path)
{
	vec_foreach (f, &o->vmlinux_for)
		free(f->path);
	vec_free(&o->vmlinux_for);
	free(o->vmlinux);
	o->vmlinux = path;
}

void project_set_vmlinux(struct compile_options *o, const struct arch *arch, char *path)
{
	if (!arch) {
		set_vmlinux_for_all(o, path);
		return;
	}
	vec_foreach (f, &o->vmlinux_for) {
		if (f->arch != arch)
			continue;
		free(f->path);
		f->path = path;
		return;
	}
	vec_push(&o->vmlinux_for, ((struct arch_file){arch, path}));
}
