#include "btf/compare_parts.h"

static void collect_functions(struct compare *c, int side, struct compare_items *ret)
{
	const struct canonical_types *t = &c->sides[side].types;

	for (uint32_t id = 1; id <= t->n; id++)
		if (btf_view_kind(&t->view, id) == BTF_KIND_FUNC)
			compare_add(ret, id, "function %s", canonical_name(t, id));
}

static void visit_direct(struct compare *c, const char *key, uint32_t a, uint32_t b)
{
	compare_types(c, key, a, b, COMPARE_DIRECT);
}

/* Variables of the section .maps, or all others: of sections, their entries. */
static void collect_placed(struct compare *c, int side, bool maps, struct compare_items *ret)
{
	const struct canonical_types *t = &c->sides[side].types;

	vec_foreach (d, &t->datasecs)
		for (uint32_t i = d->first; i < d->first + d->n; i++)
			if (str_eq(d->name, ".maps") == maps)
				compare_add(ret, i, "%s%s%s%s", maps ? "map " : "section ",
					    maps ? "" : d->name, maps ? "" : ": ",
					    canonical_name(t, t->entries.v[i].type));
}

static void collect_maps(struct compare *c, int side, struct compare_items *ret)
{
	collect_placed(c, side, true, ret);
}

static void collect_variables(struct compare *c, int side, struct compare_items *ret)
{
	collect_placed(c, side, false, ret);
}

/* Gives the variables' types. */
static void compare_places(struct compare *c, const char *key, uint32_t ids[2])
{
	const struct canonical_entry *y = &c->sides[0].types.entries.v[ids[0]];
	const struct canonical_entry *z = &c->sides[1].types.entries.v[ids[1]];

	ids[0] = y->type;
	ids[1] = z->type;
	if (y->place != z->place || y->size != z->size)
		compare_differ(c, "%s: %u bytes at %llu in %s and %u bytes at %llu in %s", key,
			       y->size, (unsigned long long)y->place, c->sides[0].name, z->size,
			       (unsigned long long)z->place, c->sides[1].name);
}

static void visit_map(struct compare *c, const char *key, uint32_t a, uint32_t b)
{
	uint32_t ids[2] = {a, b};

	compare_places(c, key, ids);
	compare_types(c, key, ids[0], ids[1], COMPARE_MAP);
}

static void visit_variable(struct compare *c, const char *key, uint32_t a, uint32_t b)
{
	uint32_t ids[2] = {a, b};

	compare_places(c, key, ids);
	visit_direct(c, key, ids[0], ids[1]);
}

static void collect_unplaced(struct compare *c, int side, struct compare_items *ret)
{
	const struct canonical_types *t = &c->sides[side].types;
	_cleanup_free_ bool *placed = xcalloc((size_t)t->n + 1, sizeof(*placed));

	vec_foreach (y, &t->entries)
		placed[y->type] = true;
	for (uint32_t id = 1; id <= t->n; id++)
		if (btf_view_kind(&t->view, id) == BTF_KIND_VAR && !placed[id])
			compare_add(ret, id, "variable %s", canonical_name(t, id));
}

/*
 * Whether the object defines a struct, union or typedef of this name. One that only the other
 * object defines is known by name alone here, and so was looked at: its tags mean nothing.
 */
static bool defines(const struct canonical_types *t, const char *name)
{
	for (uint32_t id = 1; id <= t->n; id++) {
		uint8_t kind = btf_view_kind(&t->view, id);

		if ((kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION ||
		     kind == BTF_KIND_TYPEDEF) &&
		    str_eq(canonical_name(t, id), name))
			return true;
	}
	return false;
}

static bool is_variable_or_function(const struct canonical_types *t, uint32_t id)
{
	uint8_t kind = btf_view_kind(&t->view, id);

	return kind == BTF_KIND_VAR || kind == BTF_KIND_FUNC;
}

static void collect_tags(struct compare *c, int side, struct compare_items *ret)
{
	const struct canonical_types *t = &c->sides[side].types;

	for (uint32_t id = 1; id <= t->n; id++) {
		struct btf_record r = btf_view_type(&t->view, id);
		uint32_t of = r.size_or_type, part;
		_cleanup_free_ char *whose = NULL;

		if (r.kind != BTF_KIND_DECL_TAG || !of)
			continue;
		if (!is_variable_or_function(t, of) &&
		    !defines(&c->sides[!side].types, canonical_name(t, of)))
			continue;
		whose = compare_describe(t, of);
		part = btf_view_u32(&t->view, btf_record_entry(&r, 0));
		if (part == UINT32_MAX)
			compare_add(ret, id, "tag \"%s\" of %s", canonical_name(t, id), whose);
		else
			compare_add(ret, id, "tag \"%s\" of part %u of %s", canonical_name(t, id),
				    part + 1, whose);
	}
}

/* Variables and functions were compared before, with all that they lead to. */
static void visit_tag(struct compare *c, const char *key, uint32_t a, uint32_t b)
{
	uint32_t of = btf_view_type(&c->sides[0].types.view, a).size_or_type;

	if (!is_variable_or_function(&c->sides[0].types, of))
		compare_types(c, key, a, b, COMPARE_MEMBER);
}

void compare_decls(struct compare *c)
{
	if (!c->sides[0].types.n != !c->sides[1].types.n) {
		compare_differ(c, "types: only in %s", c->sides[!c->sides[0].types.n].name);
		return;
	}
	compare_match(c, collect_functions, visit_direct);
	compare_match(c, collect_maps, visit_map);
	compare_match(c, collect_variables, visit_variable);
	compare_match(c, collect_unplaced, visit_direct);
	compare_match(c, collect_tags, visit_tag);
}
