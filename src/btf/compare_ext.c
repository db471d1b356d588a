#include "btf/compare_parts.h"

#include <linux/bpf.h>

/* A record and the section it belongs to. */
struct place {
	const char *section;
	const struct canonical_record *r;
};

typedef VEC(struct place) place_list;

static bool is_type_id(const struct canonical_record *r)
{
	return r->words[3] == BPF_CORE_TYPE_ID_LOCAL || r->words[3] == BPF_CORE_TYPE_ID_TARGET;
}

/* Whether one of a group's records, which are sorted, is that of a type id at an offset. */
static bool has_type_id(const struct canonical_record *r, uint32_t n, uint64_t offset)
{
	uint32_t low = 0, high = n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (r[mid].words[0] < offset)
			low = mid + 1;
		else
			high = mid;
	}
	while (low < n && r[low].words[0] == offset)
		if (is_type_id(&r[low++]))
			return true;
	return false;
}

bool compare_is_type_id(const struct compare_side *s, uint32_t section, uint64_t offset)
{
	vec_foreach (g, &s->ext.lists[CANONICAL_CORE].groups)
		if (g->section == section &&
		    has_type_id(s->ext.lists[CANONICAL_CORE].records.v + g->first, g->n, offset))
			return true;
	return false;
}

static int compare_records(const struct place *a, const struct place *b)
{
	int c = strcmp(a->section, b->section);
	uint32_t i = a->r->words[0], j = b->r->words[0];

	return c ? c : i < j ? -1 : i > j;
}

static int sort_places(const void *pa, const void *pb)
{
	const struct place *a = pa, *b = pb;
	int c = compare_records(a, b);

	return c ? c : a->r->nth < b->r->nth ? -1 : a->r->nth > b->r->nth;
}

static void collect(const struct compare_side *s, enum canonical_list list, place_list *ret)
{
	vec_foreach (g, &s->ext.lists[list].groups)
		for (uint32_t i = 0; i < g->n; i++)
			vec_push(ret,
				 ((struct place){compare_text(s, g->name),
						 s->ext.lists[list].records.v + g->first + i}));
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), sort_places);
}

static void compare_function(struct compare *c, const char *where, const struct canonical_record *a,
			     const struct canonical_record *b)
{
	_cleanup_free_ char *f = compare_describe(&c->sides[0].types, a->words[1]);
	_cleanup_free_ char *g = compare_describe(&c->sides[1].types, b->words[1]);

	if (!str_eq(f, g))
		compare_differ(c, "%s: %s begins in %s and %s in %s", where, f, c->sides[0].name, g,
			       c->sides[1].name);
	else
		compare_types(c, f, a->words[1], b->words[1], COMPARE_DIRECT);
}

static void compare_line(struct compare *c, const char *where, const struct canonical_record *a,
			 const struct canonical_record *b)
{
	const struct compare_side *s = &c->sides[0], *t = &c->sides[1];
	const char *file = compare_text(s, a->words[1]), *other = compare_text(t, b->words[1]);

	if (!str_eq(file, other) || a->words[3] != b->words[3])
		compare_differ(c, "%s: it comes from %s:%u:%u in %s and from %s:%u:%u in %s", where,
			       file, BPF_LINE_INFO_LINE_NUM(a->words[3]),
			       BPF_LINE_INFO_LINE_COL(a->words[3]), s->name, other,
			       BPF_LINE_INFO_LINE_NUM(b->words[3]),
			       BPF_LINE_INFO_LINE_COL(b->words[3]), t->name);
	else if (!str_eq(compare_text(s, a->words[2]), compare_text(t, b->words[2])))
		compare_differ(c, "%s: the text of %s:%u is not the same in %s and %s", where, file,
			       BPF_LINE_INFO_LINE_NUM(a->words[3]), s->name, t->name);
}

static char *describe_core(const struct compare_side *s, const struct canonical_record *r)
{
	bool enumerator =
		r->words[3] == BPF_CORE_ENUMVAL_EXISTS || r->words[3] == BPF_CORE_ENUMVAL_VALUE;

	return compare_describe_access(&s->types, r->words[1], compare_text(s, r->words[2]),
				       enumerator);
}

static void compare_core(struct compare *c, const char *where, const struct canonical_record *a,
			 const struct canonical_record *b)
{
	const struct compare_side *s = &c->sides[0], *t = &c->sides[1];
	_cleanup_free_ char *x = describe_core(s, a), *y = describe_core(t, b);
	_cleanup_free_ char *root = xasprintf("%s: CO-RE relocation of %s", where, x);

	if (a->words[3] != b->words[3])
		compare_differ(c, "%s: the CO-RE relocation of %s is of kind %u in %s and %u in %s",
			       where, x, a->words[3], s->name, b->words[3], t->name);
	else if (!str_eq(x, y) ||
		 !str_eq(compare_text(s, a->words[2]), compare_text(t, b->words[2])))
		compare_differ(c,
			       "%s: the CO-RE relocation is of %s (%s) in %s and of %s (%s) in %s",
			       where, x, compare_text(s, a->words[2]), s->name, y,
			       compare_text(t, b->words[2]), t->name);
	else
		compare_types(c, root, a->words[1], b->words[1], COMPARE_KERNEL);
}

static const struct {
	const char *name;
	void (*compare)(struct compare *c, const char *where, const struct canonical_record *a,
			const struct canonical_record *b);
} lists[CANONICAL_LISTS] = {
	[CANONICAL_FUNCS] = {"function record", compare_function},
	[CANONICAL_LINES] = {"line record", compare_line},
	[CANONICAL_CORE] = {"CO-RE relocation", compare_core},
};

static void compare_place(struct compare *c, enum canonical_list list, const struct place *a,
			  const struct place *b, int order)
{
	const struct place *p = order > 0 ? b : a;
	_cleanup_free_ char *where =
		xasprintf("section %s: instruction %u", p->section, p->r->words[0] / 8);

	if (order == 0)
		lists[list].compare(c, where, a->r, b->r);
	else
		compare_differ(c, "%s: %s only in %s", where, lists[list].name,
			       c->sides[order > 0].name);
}

/* One difference tells enough of a section: where one record is missing, all that follow differ. */
static void compare_list(struct compare *c, enum canonical_list list)
{
	place_list a = {0}, b = {0};
	const char *differs = NULL;
	size_t i = 0, j = 0;

	collect(&c->sides[0], list, &a);
	collect(&c->sides[1], list, &b);
	while (i < a.n || j < b.n) {
		int order = i == a.n ? 1 : j == b.n ? -1 : compare_records(&a.v[i], &b.v[j]);
		const char *section = order > 0 ? b.v[j].section : a.v[i].section;
		size_t before = c->n_differences;

		if (!differs || !str_eq(differs, section))
			compare_place(c, list, order > 0 ? NULL : &a.v[i],
				      order < 0 ? NULL : &b.v[j], order);
		if (c->n_differences > before)
			differs = section;
		i += order <= 0;
		j += order >= 0;
	}
	vec_free(&a);
	vec_free(&b);
}

void compare_ext(struct compare *c)
{
	compare_list(c, CANONICAL_CORE);
	compare_list(c, CANONICAL_FUNCS);
	compare_list(c, CANONICAL_LINES);
}
