#include "project/manifest_value.h"

#include <stddef.h>

#include "project/manifest_schema.h"

#define MAX_SECONDS 86400

/* --- What a loader sets: a mapping of names to values */

static void check_pair(struct manifest_report *r, const struct manifest_key *key,
		       const struct node *member)
{
	const char *name = member->key->text;

	if (!*name || strchr(name, '='))
		manifest_error(r, member->key, "'%.60s' is no name that '%s' could give a value",
			       name, key->name);
	else if (member->kind != NODE_TEXT || node_is_null(member))
		value_report_kind(r, key, member, "a text or a number for each name");
	else if (!*member->text)
		manifest_error(r, member, "'%s' gives '%.60s' no value", key->name, name);
}

static void check_pairs(struct manifest_report *r, const struct manifest_key *key,
			const struct node *value)
{
	if (value->kind != NODE_MAPPING) {
		value_report_kind(r, key, value, "a mapping of names to values");
		return;
	}
	for (const struct node *member = value->first; member; member = member->next)
		check_pair(r, key, member);
}

/* The same as of macros: by name over those before. */
static void apply_pairs(const struct manifest_key *key, const struct node *value, void *to)
{
	value_defines.apply(key, value, to);
}

static void check_sizes(struct manifest_report *r, const struct manifest_key *key,
			const struct node *value)
{
	unsigned long n;

	check_pairs(r, key, value);
	if (value->kind != NODE_MAPPING)
		return;
	for (const struct node *member = value->first; member; member = member->next)
		if (member->kind == NODE_TEXT && *member->text && !node_is_null(member) &&
		    (!str_to_ulong(member->text, UINT32_MAX, &n) || !n))
			manifest_error(r, member, "'%s' takes numbers of entries, not '%.60s'",
				       key->name, member->text);
}

static const struct value_kind value_pairs = {check_pairs, apply_pairs};
static const struct value_kind value_sizes = {check_sizes, apply_pairs};

/* The offset is that of the values. */
#define VALUE_KEYS(at)                                                                        \
	{"set", &value_pairs, 0, (at) + offsetof(struct verify_values, globals)},             \
		{"target", &value_pairs, 0, (at) + offsetof(struct verify_values, targets)},  \
		{"type", &value_pairs, 0, (at) + offsetof(struct verify_values, types)},      \
	{                                                                                     \
		"map_size", &value_sizes, 0, (at) + offsetof(struct verify_values, map_sizes) \
	}

/* --- Presets: the same under a name */

static const struct manifest_key preset_keys[] = {
	VALUE_KEYS(offsetof(struct verify_preset, values)),
};

static void check_preset(struct manifest_report *r, const struct node *preset)
{
	if (!*preset->key->text)
		manifest_error(r, preset->key, "a preset needs a name");
	else if (preset->kind != NODE_MAPPING || !preset->n)
		manifest_error(r, preset,
			       "preset '%.60s' takes a mapping of settings, such as {set: {VAR: "
			       "1}}",
			       preset->key->text);
	else
		value_check_members(r, preset, preset_keys, ARRAY_SIZE(preset_keys));
}

static void check_presets(struct manifest_report *r, const struct manifest_key *key,
			  const struct node *value)
{
	value_mapping.check(r, key, value);
	if (value->kind != NODE_MAPPING)
		return;
	for (const struct node *preset = value->first; preset; preset = preset->next)
		check_preset(r, preset);
}

static void apply_presets(const struct manifest_key *key, const struct node *value, void *to)
{
	struct verify_options *o = (void *)((char *)to + key->offset);

	for (const struct node *m = value->first; m; m = m->next) {
		struct verify_preset *p = NULL;

		vec_foreach (known, &o->presets)
			if (str_eq(known->name, m->key->text))
				p = known;
		if (!p) {
			vec_push(&o->presets,
				 ((struct verify_preset){.name = xstrdup(m->key->text)}));
			p = &o->presets.v[o->presets.n - 1];
		}
		value_apply_members(m, preset_keys, ARRAY_SIZE(preset_keys), p);
	}
}

static const struct value_kind value_presets = {check_presets, apply_presets};

/* --- Programs that a loader switches on and off */

static void check_pattern(struct manifest_report *r, const struct manifest_key *key,
			  const struct node *value, const char *expected)
{
	const char *problem;

	if (!value_check_text(r, key, value, expected))
		return;
	problem = verify_pattern_problem(value->text);
	if (problem)
		manifest_error(r, value, "'%.200s' does not name programs: %s", value->text,
			       problem);
}

static void check_optional(struct manifest_report *r, const struct manifest_key *key,
			   const struct node *value)
{
	bool is_list = value->kind == NODE_LIST;

	for (const struct node *p = is_list ? value->first : value; p; p = is_list ? p->next : NULL)
		check_pattern(r, key, p,
			      is_list ? "only patterns in its list"
				      : "a pattern of programs or a list of them");
}

static void check_group(struct manifest_report *r, const struct manifest_key *key,
			const struct node *group)
{
	if (group->kind != NODE_LIST || group->n < 2) {
		manifest_error(r, group,
			       "a group of '%s' is a list of two programs or more, such as "
			       "[[fentry_a, kprobe_a], [fentry_b, kprobe_b]]",
			       key->name);
		return;
	}
	for (const struct node *p = group->first; p; p = p->next)
		check_pattern(r, key, p, "only patterns in its groups");
}

static void check_groups(struct manifest_report *r, const struct manifest_key *key,
			 const struct node *value)
{
	value_list.check(r, key, value);
	if (value->kind != NODE_LIST)
		return;
	for (const struct node *group = value->first; group; group = group->next)
		check_group(r, key, group);
}

static void apply_groups(const struct manifest_key *key, const struct node *value, void *to)
{
	verify_groups *groups = (void *)((char *)to + key->offset);

	for (const struct node *group = value->first; group; group = group->next) {
		struct strv patterns = {0};

		for (const struct node *p = group->first; p; p = p->next)
			strv_add(&patterns, p->text);
		vec_push(groups, patterns);
	}
}

static void apply_optional(const struct manifest_key *key, const struct node *value, void *to)
{
	value_texts.apply(key, value, to);
}

static const struct value_kind value_optional = {check_optional, apply_optional};
static const struct value_kind value_groups = {check_groups, apply_groups};

/* --- Kernels, and how long they get */

static void check_kernels(struct manifest_report *r, const struct manifest_key *key,
			  const struct node *value)
{
	if (value->kind == NODE_LIST)
		value_list.check(r, key, value);
	value_texts.check(r, key, value);
}

/* Those of the inner place instead of the outer ones: what is not wanted could not be said. */
static void apply_kernels(const struct manifest_key *key, const struct node *value, void *to)
{
	strv_free((void *)((char *)to + key->offset));
	value_texts.apply(key, value, to);
}

static void check_seconds(struct manifest_report *r, const struct manifest_key *key,
			  const struct node *value)
{
	unsigned long n;

	if (value_check_text(r, key, value, "a number of seconds") &&
	    (!str_to_ulong(value->text, MAX_SECONDS, &n) || !n))
		manifest_error(r, value, "'%s' takes a number of seconds from 1 to %d, not '%.60s'",
			       key->name, MAX_SECONDS, value->text);
}

static void apply_seconds(const struct manifest_key *key, const struct node *value, void *to)
{
	str_to_ulong(value->text, MAX_SECONDS, (void *)((char *)to + key->offset));
}

static const struct value_kind value_kernels = {check_kernels, apply_kernels};
static const struct value_kind value_seconds = {check_seconds, apply_seconds};

/* --- All of it */

#define IN_VERIFY(field) offsetof(struct verify_options, field)

/* Only a project says the last one: kernels get one time for all objects. */
static const struct manifest_key keys[] = {
	{"kernels", &value_kernels, 0, IN_VERIFY(kernels)},
	{"optional", &value_optional, 0, IN_VERIFY(optional)},
	{"one_of", &value_groups, 0, IN_VERIFY(one_of)},
	VALUE_KEYS(IN_VERIFY(values)),
	{"presets", &value_presets, 0, 0},
	{"timeout", &value_seconds, 0, IN_VERIFY(seconds)},
};

static void check(struct manifest_report *r, const struct manifest_key *key,
		  const struct node *value, size_t n)
{
	value_mapping.check(r, key, value);
	if (value->kind == NODE_MAPPING)
		value_check_members(r, value, keys, n);
}

static void check_of_project(struct manifest_report *r, const struct manifest_key *key,
			     const struct node *value)
{
	check(r, key, value, ARRAY_SIZE(keys));
}

static void check_of_object(struct manifest_report *r, const struct manifest_key *key,
			    const struct node *value)
{
	check(r, key, value, ARRAY_SIZE(keys) - 1);
}

static void apply(const struct manifest_key *key, const struct node *value, void *to)
{
	value_apply_members(value, keys, ARRAY_SIZE(keys), (char *)to + key->offset);
}

const struct value_kind value_verify = {check_of_project, apply};
const struct value_kind value_verify_object = {check_of_object, apply};
