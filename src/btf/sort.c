#include "btf/sort.h"

#include <bpf/btf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/*
 * bpftool's order, which puts the types of two similar kernels at similar places: by rank, by the
 * name at the end of the chain of references, by the type's own name, by a hash of what it
 * consists of, and last by id.
 */
enum rank {
	RANK_ANON_ENUM,
	RANK_ENUM,
	RANK_NUMBER,
	RANK_STRUCT,
	RANK_PROTOTYPE,
	RANK_LAST = 10,
};

struct item {
	uint64_t key; /* rank and the first bytes of the name: decides most comparisons */
	uint32_t id;
	bool hashed;
	uint64_t hash;
	const char *name; /* of the type at the end of the references; both are libbpf's */
	const char *own_name;
};

/* The type that one of these kinds refers to; false for other kinds. */
static bool follow(const struct btf_type *t, uint32_t *ret)
{
	switch (btf_kind(t)) {
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
	case BTF_KIND_DECL_TAG:
		*ret = t->type;
		return true;
	case BTF_KIND_ARRAY:
		*ret = btf_array(t)->type;
		return true;
	default:
		return false;
	}
}

/* Types without a name on the way to what they are come last. */
static enum rank rank_of(const struct btf_type *end, bool named)
{
	switch (btf_kind(end)) {
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return named ? RANK_ENUM : RANK_ANON_ENUM;
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
		return RANK_NUMBER;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return named ? RANK_STRUCT : RANK_LAST;
	case BTF_KIND_FUNC_PROTO:
		return named ? RANK_PROTOTYPE : RANK_LAST;
	default:
		return RANK_LAST;
	}
}

static uint32_t first_value_name(const struct btf_type *t)
{
	if (btf_is_any_enum(t) && btf_vlen(t))
		return btf_is_enum(t) ? btf_enum(t)->name_off : btf_enum64(t)->name_off;
	return 0;
}

static uint64_t sort_key(enum rank rank, const char *name)
{
	uint64_t key = rank;

	for (int i = 0; i < 7; i++)
		key = key << 8 | (unsigned char)(*name ? *name++ : 0);
	return key;
}

/*
 * Whether printing the type by itself does nothing: functions and variables are no types in C, and
 * a bare reference such as a pointer comes last, when everything that has a name is printed.
 */
static bool is_silent(const struct btf_type *t, const struct btf_type *end, bool nameless)
{
	switch (btf_kind(end)) {
	case BTF_KIND_VAR:
	case BTF_KIND_DATASEC:
	case BTF_KIND_FUNC:
		return t == end;
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
		return nameless;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return nameless && end->name_off;
	default:
		return false;
	}
}

/* False when the type need not be printed by itself. */
static bool make_item(const struct btf *btf, uint32_t id, struct item *ret)
{
	const struct btf_type *own = btf__type_by_id(btf, id), *t = own;
	struct item it = {.id = id, .own_name = btf__name_by_offset(btf, t->name_off)};
	uint32_t name = t->name_off ? t->name_off : first_value_name(t);
	bool nameless = false, named = t->name_off != 0;
	enum rank rank;

	/* A reference that nothing named led to is of the last rank, whatever it ends in. */
	while (follow(t, &id)) {
		nameless |= !named;
		t = btf__type_by_id(btf, id);
		name = t->name_off;
		named |= t->name_off != 0;
	}
	if (is_silent(own, t, nameless))
		return false;
	rank = nameless ? RANK_LAST : rank_of(t, named);
	it.name = btf__name_by_offset(btf, name);
	it.key = sort_key(rank, it.name);
	*ret = it;
	return true;
}

static uint64_t hash_name(uint64_t hash, const struct btf *btf, uint32_t name)
{
	uint64_t h = 0;

	if (!name)
		return hash;
	for (const char *s = btf__name_by_offset(btf, name); *s; s++)
		h = h * 31 + (uint64_t)(signed char)*s;
	return hash * 31 + h;
}

static uint64_t hash_type(const struct btf *btf, uint32_t id, bool members)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	uint64_t hash = hash_name(0, btf, t->name_off);
	uint32_t to;

	if (btf_is_array(t))
		hash = hash * 31 + btf_array(t)->nelems;
	if (follow(t, &to))
		return hash * 31 + hash_type(btf, to, members);
	for (unsigned i = 0; btf_is_any_enum(t) && i < btf_vlen(t); i++)
		hash = hash_name(hash, btf,
				 btf_is_enum(t) ? btf_enum(t)[i].name_off
						: btf_enum64(t)[i].name_off);
	for (unsigned i = 0; members && btf_is_composite(t) && i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];

		hash = hash_name(hash, btf, m->name_off);
		hash = hash * 31 + hash_type(btf, m->type, false);
	}
	return hash;
}

static uint64_t hash_of(const struct btf *btf, struct item *it)
{
	/* Few comparisons get this far, so most types need no hash. */
	if (!it->hashed)
		it->hash = hash_type(btf, it->id, true);
	it->hashed = true;
	return it->hash;
}

static int compare_items(const void *a, const void *b, void *btf)
{
	struct item *x = (struct item *)a, *y = (struct item *)b;
	uint64_t hx, hy;
	int r;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	r = strcmp(x->name, y->name);
	r = r ? r : strcmp(x->own_name, y->own_name);
	if (r)
		return r;
	hx = hash_of(btf, x);
	hy = hash_of(btf, y);
	if (hx != hy)
		return hx < hy ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

uint32_t *btf_sort_for_header(const struct btf *btf, uint32_t n_types, uint32_t *ret_n)
{
	struct item *items = xreallocarray(NULL, n_types, sizeof(*items));
	uint32_t n = 0;
	uint32_t *order;

	for (uint32_t id = 0; id < n_types; id++)
		n += make_item(btf, id, &items[n]);
	qsort_r(items, n, sizeof(*items), compare_items, (void *)btf);
	order = xreallocarray(NULL, n, sizeof(*order));
	/* bpftool takes the first of the order for void and does not print it: print it last. */
	*ret_n = 0;
	for (uint32_t i = 1; i <= n; i++)
		if (items[i % n].id)
			order[(*ret_n)++] = items[i % n].id;
	free(items);
	return order;
}
