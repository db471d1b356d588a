/* Any text as a manifest: no crash, and what is accepted keeps the promises of project.h. */
#include <stdint.h>

#include "../unit/project_room.h"
#include "project/manifest.h"
#include "project/manifest_value.h"
#include "project/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void discard_message(enum message_level level, const char *text, void *arg)
{
	(void)level;
	(void)text;
	(void)arg;
}

static void check(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "a project with %s\n", what);
	abort();
}

static void check_target(const struct target *t)
{
	check(!target_name_problem(t->name), "an impossible name");
	check(t->sources.n > 0, "a target of no sources");
	check(t->compile.cpu && t->compile.optimize, "a missing default");
	for (size_t i = 0; i < t->compile.defines.n; i++) {
		const char *define = t->compile.defines.v[i];

		check(value_is_identifier(define, strcspn(define, "=")), "a bad define");
	}
	vec_foreach (f, &t->compile.vmlinux_for) {
		check(f->arch && *f->path, "a file for no architecture");
		vec_foreach (g, &t->compile.vmlinux_for)
			check(f == g || f->arch != g->arch, "two files for an architecture");
	}
	if (t->skeleton_name)
		check(value_is_identifier(t->skeleton_name, strlen(t->skeleton_name)),
		      "a bad skeleton name");
}

static void check_project(const struct project *p)
{
	vec_foreach (a, &p->archs) {
		check(a->arch && arch_find(a->name) == a->arch, "an unknown architecture");
		check(!strpbrk(a->name, "/ ."), "an architecture that names no folder");
		vec_foreach (b, &p->archs)
			check(a == b || a->arch != b->arch, "an architecture twice");
	}
	check(!p->cache || *p->cache, "an empty path");
	check(!p->remote || strncasecmp(p->remote, "http", 4) == 0, "a remote cache without HTTP");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct project p = {0};
	struct finder f;
	int err;

	message_set_sink(discard_message, NULL);
	finder_init(&f);
	f.find = fixed_find;
	err = manifest_parse("skep.yaml", size ? (const char *)data : "", size, &f, &p);
	err = err ?: target_sort_unique(&p);
	for (size_t i = 0; i < p.n && !err; i++) {
		check_target(&p.targets[i]);
		check(!i || strcmp(p.targets[i - 1].name, p.targets[i].name) < 0, "unsorted names");
	}
	if (!err)
		check_project(&p);
	check(err || p.n > 0, "no targets");
	project_free(&p);
	finder_free(&f);
	return 0;
}
