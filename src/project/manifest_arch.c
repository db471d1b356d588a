#include "project/manifest_value.h"

#include <stddef.h>

#include "base/path.h"
#include "project/manifest_schema.h"

/* What can be said for one architecture alone. */
static const struct manifest_key arch_keys[] = {
	{"defines", &value_defines, 0, offsetof(struct project_arch, defines)},
	{"include", &value_paths, 0, offsetof(struct project_arch, include)},
	{"vmlinux", &value_path, 0, offsetof(struct project_arch, vmlinux)},
};

/* The architectures that a value has named so far, each once, and where. */
struct named {
	const struct arch *arch;
	const struct node *name;
};

typedef VEC(struct named) named_list;

static void add_words(struct strv *list, const char *words)
{
	while (*words) {
		size_t size = strcspn(words, " ");

		strv_take(list, xstrndup(words, size));
		words += size + (words[size] == ' ');
	}
}

/* Any of an architecture's names may have been meant; one of each is enough to list. */
static void report_arch(struct manifest_report *r, const struct node *name)
{
	_cleanup_strv_ struct strv known = {0}, all = {0};

	if (manifest_shows_more(r))
		arch_names(&known);
	for (size_t i = 0; i < known.n; i++) {
		strv_add(&all, known.v[i]);
		add_words(&all, arch_find(known.v[i])->aliases);
	}
	value_report_unmeant(r, name, "architecture", name->text, strv_nearest(&all, name->text),
			     &known);
}

static void report_again(struct manifest_report *r, const struct node *name,
			 const struct node *before)
{
	if (str_eq(name->text, before->text))
		manifest_error(r, name, "'%s' is given twice, first in line %u", name->text,
			       before->line);
	else
		manifest_error(r, name, "'%s' is the same architecture as '%s' in line %u",
			       name->text, before->text, before->line);
}

static void check_name(struct manifest_report *r, const struct node *name, bool is_key,
		       named_list *seen)
{
	struct named named = {arch_find(name->text), name};

	if (!named.arch) {
		report_arch(r, name);
		return;
	}
	vec_foreach (before, seen) {
		if (before->arch != named.arch)
			continue;
		/* Keys that are spelled alike were reported when they were read. */
		if (!is_key || !str_eq(name->text, before->name->text))
			report_again(r, name, before->name);
		return;
	}
	vec_push(seen, named);
}

static void check_settings(struct manifest_report *r, const struct node *value)
{
	if (value->kind == NODE_MAPPING)
		value_check_members(r, value, arch_keys, ARRAY_SIZE(arch_keys));
	else if (!node_is_null(value))
		manifest_error(r, value, "architecture '%.60s' takes a mapping of settings, not %s",
			       value->key->text, node_describe(value));
}

static void check_archs(struct manifest_report *r, const struct manifest_key *key,
			const struct node *value)
{
	named_list seen = {0};

	if (!value_first(value))
		manifest_error(r, value, "'%s' names no architecture", key->name);
	for (const struct node *member = value_first(value); member;
	     member = value_next(value, member)) {
		if (value->kind == NODE_MAPPING) {
			check_name(r, member->key, true, &seen);
			check_settings(r, member);
		} else if (value_check_text(r, key, member,
					    member == value ? "an architecture, or a list or "
							      "mapping of them"
							    : "only names in its list")) {
			check_name(r, member, false, &seen);
		}
	}
	vec_free(&seen);
}

static void apply_archs(const struct manifest_key *key, const struct node *value, void *to)
{
	struct project *p = to;

	(void)key;
	for (const struct node *member = value_first(value); member;
	     member = value_next(value, member)) {
		const char *name = value->kind == NODE_MAPPING ? member->key->text : member->text;
		struct project_arch arch = {.arch = arch_find(name), .name = xstrdup(name)};

		if (member->kind == NODE_MAPPING)
			value_apply_members(member, arch_keys, ARRAY_SIZE(arch_keys), &arch);
		vec_push(&p->archs, arch);
	}
}

static void check_vmlinux(struct manifest_report *r, const struct manifest_key *key,
			  const struct node *value)
{
	named_list seen = {0};

	if (value->kind != NODE_MAPPING) {
		value_check_text(r, key, value, "a path, or a mapping of architectures to paths");
		return;
	}
	if (!value->n)
		manifest_error(r, value, "'%s' names no architecture", key->name);
	for (const struct node *member = value->first; member; member = member->next) {
		check_name(r, member->key, true, &seen);
		value_check_text(r, key, member, "a path for each architecture");
	}
	vec_free(&seen);
}

/* A path goes over everything outer, a mapping over what it names. */
static void apply_vmlinux(const struct manifest_key *key, const struct node *value, void *to)
{
	struct compile_options *c = &((struct target *)to)->compile;

	(void)key;
	for (const struct node *m = value_first(value); m; m = value_next(value, m))
		project_set_vmlinux(c, value->kind == NODE_MAPPING ? arch_find(m->key->text) : NULL,
				    path_tidy(xstrdup(m->text)));
}

const struct value_kind value_archs = {check_archs, apply_archs};
const struct value_kind value_vmlinux = {check_vmlinux, apply_vmlinux};
