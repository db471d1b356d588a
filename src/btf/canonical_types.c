#include "btf/canonical_types.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/message.h"

enum canonical_word canonical_word_kind(const struct btf_record *r, uint32_t word)
{
	const struct btf_kind_shape *s = &btf_kind_shapes[r->kind];
	uint32_t at;

	if (word == 0)
		return CANONICAL_NAME;
	if (word < 3)
		return word == 2 && s->refers ? CANONICAL_TYPE : CANONICAL_PLAIN;
	if (r->kind == BTF_KIND_ARRAY)
		return word < 5 ? CANONICAL_TYPE : CANONICAL_PLAIN;
	if (!s->entry)
		return CANONICAL_PLAIN;
	at = (word - 3) * 4 % s->entry;
	if (at == 0 && s->entry_name)
		return CANONICAL_NAME;
	return (int)at == s->entry_type ? CANONICAL_TYPE : CANONICAL_PLAIN;
}

uint32_t canonical_n_words(const struct btf_record *r)
{
	const struct btf_kind_shape *s = &btf_kind_shapes[r->kind];

	return (uint32_t)(sizeof(struct btf_type) + s->fixed + (uint32_t)r->n * s->entry) / 4;
}

static int add_ref(struct canonical_types *t, uint32_t id, uint32_t target, uint32_t *n)
{
	if (target > t->n)
		return canonical_damaged(t->elf, "type %u refers to type %u of %u", id, target,
					 t->n);
	if (target)
		t->refs[(*n)++] = target;
	return 0;
}

static int check_string(const struct canonical_types *t, uint32_t id, uint32_t offset)
{
	if (offset < t->view.strings_size)
		return 0;
	return canonical_damaged(t->elf, "type %u has a name at %u of %u", id, offset,
				 t->view.strings_size);
}

static uint32_t offset_in_section(const struct canonical_types *t, const uint8_t *p)
{
	const uint8_t *start = t->view.types - sizeof(struct btf_header);

	return (uint32_t)(p - start);
}

/* Where a variable lies: what the section says, plus the symbol its relocation names. */
static void resolve_place(const struct canonical_types *t, struct canonical_entry *y)
{
	const struct canonical_symbol *symbol;
	struct canonical_reloc r;

	y->place = y->offset;
	if (!y->reloc)
		return;
	r = canonical_get_reloc(t->elf, t->relocs.section, y->reloc - 1);
	symbol = &t->elf->symbols.v[r.symbol];
	y->symbol = symbol->new_index;
	if (symbol->s.st_shndx != SHN_UNDEF)
		y->place += symbol->s.st_value;
}

static int add_datasec(struct canonical_types *t, uint32_t id, const struct btf_record *r)
{
	struct canonical_datasec d = {.id = id, .first = (uint32_t)t->entries.n, .n = r->n};
	uint32_t section;
	int err = check_string(t, id, r->name);

	for (uint32_t i = 0; err == 0 && i < r->n; i++) {
		const uint8_t *p = btf_record_entry(r, i);
		struct canonical_entry y = {
			.type = btf_view_u32(&t->view, p),
			.offset = btf_view_u32(&t->view, p + 4),
			.size = btf_view_u32(&t->view, p + 8),
		};

		if (!y.type || y.type > t->n)
			return canonical_damaged(t->elf, "type %u refers to type %u of %u", id,
						 y.type, t->n);
		/* Sorting compares names, before the variable's own record may have been read. */
		err = check_string(t, y.type, btf_view_type(&t->view, y.type).name);
		y.reloc = canonical_relocs_take(&t->relocs, offset_in_section(t, p + 4));
		resolve_place(t, &y);
		vec_push(&t->entries, y);
	}
	if (err < 0)
		return err;
	d.name = t->view.strings + r->name;
	section = canonical_find_section(t->elf, d.name);
	d.section = section ? section : UINT32_MAX;
	vec_push(&t->datasecs, d);
	return 0;
}

static int add_record(struct canonical_types *t, uint32_t id, uint32_t *n_refs)
{
	struct btf_record r = btf_view_type(&t->view, id);
	uint32_t n = canonical_n_words(&r);
	int err = 0;

	/* The order of a section's entries means nothing, so they are no references. */
	if (r.kind == BTF_KIND_DATASEC)
		return add_datasec(t, id, &r);
	for (uint32_t i = 0; err == 0 && i < n; i++) {
		enum canonical_word kind = canonical_word_kind(&r, i);
		uint32_t word;

		if (kind == CANONICAL_PLAIN)
			continue;
		word = btf_view_u32(&t->view, r.at + 4 * (size_t)i);
		err = kind == CANONICAL_NAME ? check_string(t, id, word)
					     : add_ref(t, id, word, n_refs);
	}
	return err;
}

static int read_records(struct canonical_types *t)
{
	uint32_t n_refs = 0;
	int err = 0;

	t->n = t->view.end - 1;
	t->first_ref = xcalloc(t->n + 2, sizeof(*t->first_ref));
	t->new_id = xcalloc(t->n + 1, sizeof(*t->new_id));
	t->order = xcalloc(t->n + 1, sizeof(*t->order));
	t->datasec_of = xcalloc(t->n + 1, sizeof(*t->datasec_of));
	/* A reference takes a word of the record. */
	t->refs = xreallocarray(NULL, t->view.types_size / 4 + 1, sizeof(*t->refs));
	for (uint32_t id = 1; err == 0 && id <= t->n; id++) {
		t->first_ref[id] = n_refs;
		err = add_record(t, id, &n_refs);
	}
	t->first_ref[t->n + 1] = n_refs;
	return err;
}

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* By what is known of a variable before anything is numbered: external ones are all at 0. */
static int compare_places(const struct canonical_types *t, const struct canonical_entry *a,
			  const struct canonical_entry *b)
{
	int c = compare(a->place, b->place);

	c = c ? c : strcmp(canonical_name(t, a->type), canonical_name(t, b->type));
	return c ? c : compare(a->size, b->size);
}

static int compare_entries(const void *pa, const void *pb, void *arg)
{
	const struct canonical_types *t = arg;
	const struct canonical_entry *a = pa, *b = pb;
	int c = compare_places(t, a, b);

	/* All 0 as long as nothing is numbered. */
	return c ? c : compare(t->new_id[a->type], t->new_id[b->type]);
}

static int compare_sections(const struct canonical_datasec *a, const struct canonical_datasec *b)
{
	int c = compare(a->section, b->section);

	return c ? c : strcmp(a->name, b->name);
}

static int compare_datasecs(const void *pa, const void *pb, void *arg)
{
	const struct canonical_types *t = arg;
	const struct canonical_datasec *a = pa, *b = pb;
	int c = compare_sections(a, b);

	return c ? c : compare(t->new_id[a->id], t->new_id[b->id]);
}

static void sort_entries(struct canonical_types *t, const struct canonical_datasec *d)
{
	if (d->n)
		qsort_r(&t->entries.v[d->first], d->n, sizeof(t->entries.v[0]), compare_entries, t);
}

static void sort_datasecs(struct canonical_types *t)
{
	if (t->datasecs.n)
		qsort_r(t->datasecs.v, t->datasecs.n, sizeof(t->datasecs.v[0]), compare_datasecs,
			t);
	for (uint32_t i = 0; i < t->datasecs.n; i++) {
		sort_entries(t, &t->datasecs.v[i]);
		t->datasec_of[t->datasecs.v[i].id] = i;
	}
}

int canonical_types_open(const struct canonical_elf *e, uint32_t section,
			 struct canonical_types *ret)
{
	const struct canonical_section *s = &e->sections.v[section];
	struct canonical_types t = {.elf = e};
	int err;

	if (s->h.sh_type != SHT_PROGBITS)
		return canonical_damaged(e, "%s has no content", s->name);
	err = btf_view_open(s->data, s->h.sh_size, 0, 0, e->what, &t.view);
	if (err < 0)
		return err;
	if (t.view.swap != e->swap || t.view.types != s->data + sizeof(struct btf_header))
		err = canonical_damaged(e, "%s has an unknown form", s->name);
	err = err < 0 ? err : canonical_relocs_open(e, section, &t.relocs);
	err = err < 0 ? err : read_records(&t);
	err = err < 0 ? err : canonical_relocs_check(e, &t.relocs);
	if (err < 0) {
		canonical_types_close(&t);
		return err;
	}
	sort_datasecs(&t);
	*ret = t;
	return 0;
}

void canonical_types_close(struct canonical_types *t)
{
	btf_view_close(&t->view);
	canonical_relocs_close(&t->relocs);
	free(t->first_ref);
	free(t->refs);
	free(t->new_id);
	free(t->order);
	free(t->datasec_of);
	vec_free(&t->datasecs);
	vec_free(&t->entries);
	vec_free(&t->stack);
}

static void number(struct canonical_types *t, uint32_t id)
{
	t->new_id[id] = ++t->n_numbered;
	t->order[t->n_numbered] = id;
	vec_push(&t->stack, id);
	vec_push(&t->stack, t->first_ref[id]);
}

void canonical_types_visit(struct canonical_types *t, uint32_t id)
{
	if (!id || t->new_id[id])
		return;
	number(t, id);
	while (t->stack.n) {
		uint32_t *next = &t->stack.v[t->stack.n - 1];
		uint32_t at = t->stack.v[t->stack.n - 2];

		if (*next == t->first_ref[at + 1]) {
			t->stack.n -= 2;
			continue;
		}
		at = t->refs[(*next)++];
		if (!t->new_id[at])
			number(t, at);
	}
}

/*
 * Two sections of one name, or two variables at one place, cannot be told apart by what is known
 * before their types are numbered: they wait for canonical_ties_number.
 */
static bool is_ambiguous_section(const struct canonical_types *t, size_t i)
{
	const struct canonical_datasec *d = &t->datasecs.v[i];

	return (i > 0 && compare_sections(d - 1, d) == 0) ||
	       (i + 1 < t->datasecs.n && compare_sections(d, d + 1) == 0);
}

static bool is_ambiguous_entry(const struct canonical_types *t, const struct canonical_datasec *d,
			       uint32_t i)
{
	const struct canonical_entry *y = &t->entries.v[d->first + i];

	return (i > 0 && compare_places(t, y - 1, y) == 0) ||
	       (i + 1 < d->n && compare_places(t, y, y + 1) == 0);
}

void canonical_types_visit_variables(struct canonical_types *t, const char *section)
{
	for (size_t i = 0; i < t->datasecs.n; i++) {
		const struct canonical_datasec *d = &t->datasecs.v[i];

		if ((section && !str_eq(d->name, section)) || is_ambiguous_section(t, i))
			continue;
		for (uint32_t j = 0; j < d->n; j++)
			if (!is_ambiguous_entry(t, d, j))
				canonical_types_visit(t, t->entries.v[d->first + j].type);
	}
}

void canonical_types_visit_datasecs(struct canonical_types *t)
{
	for (size_t i = 0; i < t->datasecs.n; i++)
		if (!is_ambiguous_section(t, i))
			canonical_types_visit(t, t->datasecs.v[i].id);
}

static void write_entries(const struct canonical_types *t, const struct canonical_datasec *d,
			  struct buf *types, struct buf *relocs)
{
	for (uint32_t i = 0; i < d->n; i++) {
		const struct canonical_entry *y = &t->entries.v[d->first + i];

		canonical_put_u32(t->elf, types, t->new_id[y->type]);
		if (y->reloc) {
			struct canonical_reloc r =
				canonical_get_reloc(t->elf, t->relocs.section, y->reloc - 1);

			r.offset = sizeof(struct btf_header) + types->n;
			canonical_put_reloc(t->elf, relocs, &r);
		}
		canonical_put_u32(t->elf, types, y->offset);
		canonical_put_u32(t->elf, types, y->size);
	}
}

static void write_record(const struct canonical_types *t, uint32_t id, struct buf *types,
			 struct buf *relocs, struct canonical_strings *strings)
{
	struct btf_record r = btf_view_type(&t->view, id);
	bool is_datasec = r.kind == BTF_KIND_DATASEC;
	uint32_t n = is_datasec ? 3 : canonical_n_words(&r);

	for (uint32_t i = 0; i < n; i++) {
		enum canonical_word kind = canonical_word_kind(&r, i);
		uint32_t word = btf_view_u32(&t->view, r.at + 4 * (size_t)i);

		if (kind == CANONICAL_NAME)
			word = canonical_string(strings, word);
		else if (kind == CANONICAL_TYPE)
			word = t->new_id[word];
		canonical_put_u32(t->elf, types, word);
	}
	if (is_datasec)
		write_entries(t, &t->datasecs.v[t->datasec_of[id]], types, relocs);
}

void canonical_types_write(struct canonical_types *t, struct canonical_strings *strings,
			   struct buf *types, struct buf *relocs)
{
	/* Now that all have numbers, no two compare equal. */
	sort_datasecs(t);
	for (uint32_t i = 1; i <= t->n; i++)
		write_record(t, t->order[i], types, relocs, strings);
}
