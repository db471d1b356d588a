#include "btf/compare.h"

#include "btf/compare_parts.h"

void compare_differ(struct compare *c, const char *fmt, ...)
{
	struct buf b = {0};
	va_list ap;

	if (c->n_differences++ >= COMPARE_DIFFERENCES_MAX)
		return;
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	strv_take(c->differences, buf_steal(&b));
}

void compare_add(struct compare_items *items, uint32_t index, const char *fmt, ...)
{
	struct buf b = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	vec_push(&items->v, ((struct compare_item){buf_steal(&b), index}));
}

static int compare_items(const void *pa, const void *pb)
{
	const struct compare_item *a = pa, *b = pb;
	int c = strcmp(a->key, b->key);

	return c ? c : a->index < b->index ? -1 : a->index > b->index;
}

static void sort_items(struct compare_items *items)
{
	if (items->v.n)
		qsort(items->v.v, items->v.n, sizeof(*items->v.v), compare_items);
}

static void free_items(struct compare_items *items)
{
	vec_foreach (i, &items->v)
		free(i->key);
	vec_free(&items->v);
}

void compare_match(struct compare *c,
		   void (*collect)(struct compare *c, int side, struct compare_items *ret),
		   void (*visit)(struct compare *c, const char *key, uint32_t a, uint32_t b))
{
	_cleanup_(free_items) struct compare_items a = {0}, b = {0};
	size_t i = 0, j = 0;

	collect(c, 0, &a);
	collect(c, 1, &b);
	sort_items(&a);
	sort_items(&b);
	while (i < a.v.n || j < b.v.n) {
		int order = i == a.v.n ? 1 : j == b.v.n ? -1 : strcmp(a.v.v[i].key, b.v.v[j].key);

		if (order == 0)
			visit(c, a.v.v[i].key, a.v.v[i].index, b.v.v[j].index);
		else
			compare_differ(c, "%s: only in %s", order < 0 ? a.v.v[i].key : b.v.v[j].key,
				       c->sides[order > 0].name);
		i += order <= 0;
		j += order >= 0;
	}
}

static int open_side(struct compare_side *s, const void *data, size_t size, const char *name)
{
	int err;

	s->name = name;
	err = canonical_elf_read(data, size, name, &s->elf);
	return err < 0 ? err : canonical_debug_open(&s->elf, &s->types, &s->ext);
}

static void close_compare(struct compare *c)
{
	compare_types_end(c);
	for (int i = 0; i < 2; i++) {
		canonical_ext_close(&c->sides[i].ext);
		canonical_types_close(&c->sides[i].types);
		canonical_elf_free(&c->sides[i].elf);
	}
}

static void compare_all(struct compare *c)
{
	if (c->sides[0].elf.swap != c->sides[1].elf.swap) {
		compare_differ(c, "the byte orders of %s and %s differ", c->sides[0].name,
			       c->sides[1].name);
		return;
	}
	if (c->sides[0].elf.h.e_flags != c->sides[1].elf.h.e_flags)
		compare_differ(c, "the file's flags are 0x%x in %s and 0x%x in %s",
			       c->sides[0].elf.h.e_flags, c->sides[0].name,
			       c->sides[1].elf.h.e_flags, c->sides[1].name);
	compare_sections(c);
	compare_symbols(c);
	compare_decls(c);
	compare_ext(c);
	if (c->too_many)
		compare_differ(c, "the types of %s and %s are too many to compare",
			       c->sides[0].name, c->sides[1].name);
}

int object_compare(const void *a, size_t a_size, const char *a_name, const void *b, size_t b_size,
		   const char *b_name, struct strv *ret_differences)
{
	_cleanup_(close_compare) struct compare c = {.differences = ret_differences};
	int err = open_side(&c.sides[0], a, a_size, a_name);

	err = err < 0 ? err : open_side(&c.sides[1], b, b_size, b_name);
	if (err < 0)
		return err;
	compare_all(&c);
	if (c.n_differences > COMPARE_DIFFERENCES_MAX)
		strv_addf(ret_differences, "and %zu more differences",
			  c.n_differences - COMPARE_DIFFERENCES_MAX);
	return 0;
}
