#include "project/target.h"

#include <errno.h>

#include "base/message.h"
#include "base/path.h"

/* NAME.skel.h must fit into the 255 bytes of a file name, and so must what is made beside it. */
#define MAX_NAME 240
#define MAX_MESSAGES 10

struct target *target_add(struct project *p, char *name, char *origin)
{
	struct target t = {
		.name = name,
		.origin = origin,
		.compile = {.cpu = xstrdup("v3"),
			    .optimize = xstrdup("2"),
			    .types = xstrdup("needed"),
			    .link = xstrdup("elf")},
		.skeleton = true,
	};

	if (p->n == p->cap)
		p->targets = mem_grow(p->targets, &p->cap, p->n + 1, sizeof(*p->targets));
	p->targets[p->n] = t;
	return &p->targets[p->n++];
}

void target_free(struct target *t)
{
	free(t->name);
	strv_free(&t->sources);
	free(t->compile.cpu);
	free(t->compile.optimize);
	strv_free(&t->compile.cflags);
	strv_free(&t->compile.defines);
	strv_free(&t->compile.include);
	free(t->compile.vmlinux);
	vec_foreach (f, &t->compile.vmlinux_for)
		free(f->path);
	vec_free(&t->compile.vmlinux_for);
	free(t->compile.types);
	free(t->compile.link);
	free(t->skeleton_name);
	verify_options_free(&t->verify);
	free((char *)t->origin);
}

const char *target_name_problem(const char *name)
{
	if (!*name)
		return "it is empty";
	if (*name == '.')
		return "it starts with a dot";
	if (strchr(name, '/'))
		return "it contains a slash";
	if (strlen(name) > MAX_NAME)
		return "it is longer than 240 bytes";
	return NULL;
}

char *target_stem(const char *source)
{
	const char *base = path_base(source), *dot = strrchr(base, '.');

	if (str_ends(base, ".bpf.c"))
		return xstrndup(base, strlen(base) - strlen(".bpf.c"));
	return dot ? xstrndup(base, (size_t)(dot - base)) : xstrdup(base);
}

/* By name, then as they came: addresses are in the order of the list. */
static int compare_targets(const void *a, const void *b)
{
	const struct target *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name) ?: (*x > *y) - (*x < *y);
}

static void report_same_name(const struct target *a, const struct target *b)
{
	if (str_eq(a->origin, a->sources.v[0]))
		message_error(-EEXIST,
			      "two sources make an object called '%s': %s and %s; rename one, or "
			      "list them with names in %s",
			      a->name, a->origin, b->origin, PROJECT_MANIFEST);
	else if (!str_eq(a->origin, b->origin))
		message_error(-EEXIST,
			      "%s: an object called '%s' comes from %s already; give one of them "
			      "another name",
			      b->origin, b->name, a->origin);
	else if (!str_eq(a->sources.v[0], b->sources.v[0]))
		message_error(
			-EEXIST,
			"%s: %s and %s both make an object called '%s'; list them apart, each "
			"with a name",
			a->origin, a->sources.v[0], b->sources.v[0], a->name);
	else
		message_error(-EEXIST,
			      "%s: several combinations of the matrix make an object called '%s'; "
			      "put every axis into 'name', as in {axis}",
			      a->origin, a->name);
}

int target_sort_unique(struct project *p)
{
	struct target **order = xcalloc(p->n, sizeof(*order));
	struct target *sorted = xcalloc(p->n, sizeof(*sorted));
	unsigned same = 0;

	for (size_t i = 0; i < p->n; i++)
		order[i] = &p->targets[i];
	qsort(order, p->n, sizeof(*order), compare_targets);
	for (size_t i = 0; i + 1 < p->n && same < MAX_MESSAGES; i++) {
		if (!str_eq(order[i]->name, order[i + 1]->name))
			continue;
		report_same_name(order[i], order[i + 1]);
		same++;
	}
	for (size_t i = 0; i < p->n; i++)
		sorted[i] = *order[i];
	free(order);
	free(p->targets);
	p->targets = sorted;
	p->cap = p->n;
	return same ? -EEXIST : 0;
}
