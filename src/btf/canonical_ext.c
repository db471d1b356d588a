#include "btf/canonical_ext.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>

#include "base/message.h"

/* Header, with and without CO-RE relocations: magic, version, flags, own size, then the lists. */
#define HEADER_SIZE 32
#define HEADER_SIZE_WITHOUT_CORE 24

enum field {
	FIELD_PLAIN,
	FIELD_TYPE,
	FIELD_STRING,
	FIELD_PATH,
};

static const struct {
	const char *name;
	uint32_t n_words;
	enum field fields[4];
} shapes[CANONICAL_LISTS] = {
	[CANONICAL_FUNCS] = {"function", 2, {FIELD_PLAIN, FIELD_TYPE}},
	[CANONICAL_LINES] = {"line", 4, {FIELD_PLAIN, FIELD_PATH, FIELD_STRING, FIELD_PLAIN}},
	[CANONICAL_CORE] = {"relocation", 4, {FIELD_PLAIN, FIELD_TYPE, FIELD_STRING, FIELD_PLAIN}},
};

/* One list as it lies in the section. */
struct cursor {
	struct canonical_ext *x;
	const uint8_t *start; /* of the section */
	uint32_t at, end;
	enum canonical_list list;
};

static const struct canonical_elf *elf_of(const struct cursor *c)
{
	return c->x->types->elf;
}

static uint32_t next_word(struct cursor *c)
{
	uint32_t word = canonical_u32(elf_of(c), c->start + c->at);

	c->at += 4;
	return word;
}

static int damaged_list(const struct cursor *c)
{
	return canonical_damaged(elf_of(c), "the %s records in .BTF.ext make no sense at byte %u",
				 shapes[c->list].name, c->at);
}

static bool is_good_field(const struct canonical_types *t, enum field field, uint32_t word)
{
	switch (field) {
	case FIELD_TYPE:
		return word <= t->n;
	case FIELD_STRING:
	case FIELD_PATH:
		return word < t->view.strings_size;
	default:
		return true;
	}
}

static int read_record(struct cursor *c)
{
	struct canonical_record r = {0};

	r.nth = (uint32_t)c->x->lists[c->list].records.n;
	r.reloc = canonical_relocs_take(&c->x->relocs, c->at);
	for (uint32_t i = 0; i < shapes[c->list].n_words; i++) {
		r.words[i] = next_word(c);
		if (!is_good_field(c->x->types, shapes[c->list].fields[i], r.words[i]))
			return damaged_list(c);
	}
	vec_push(&c->x->lists[c->list].records, r);
	return 0;
}

static int read_group(struct cursor *c)
{
	const struct canonical_types *t = c->x->types;
	struct canonical_group g = {.first = (uint32_t)c->x->lists[c->list].records.n};
	uint32_t size = 4 * shapes[c->list].n_words;
	uint32_t section;

	if (c->end - c->at < 8)
		return damaged_list(c);
	g.name = next_word(c);
	g.n = next_word(c);
	g.nth = (uint32_t)c->x->lists[c->list].groups.n;
	if (g.name >= t->view.strings_size || g.n > (c->end - c->at) / size)
		return damaged_list(c);
	for (uint32_t i = 0; i < g.n; i++) {
		int err = read_record(c);

		if (err < 0)
			return err;
	}
	section = canonical_find_section(t->elf, t->view.strings + g.name);
	g.section = section ? section : UINT32_MAX;
	vec_push(&c->x->lists[c->list].groups, g);
	return 0;
}

static int read_list(struct cursor *c)
{
	int err = 0;

	if (c->at == c->end)
		return 0;
	if (c->at % 4 || c->end - c->at < 4)
		return damaged_list(c);
	c->x->lists[c->list].size = c->end - c->at;
	if (next_word(c) != 4 * shapes[c->list].n_words)
		return message_error(
			-EOPNOTSUPP,
			"object: %s: the %s records in .BTF.ext are of "
			"an unknown size; the file is damaged or newer than this program",
			elf_of(c)->what, shapes[c->list].name);
	while (err == 0 && c->at < c->end)
		err = read_group(c);
	return err;
}

static int read_lists(struct canonical_ext *x, const struct canonical_section *s)
{
	const struct canonical_elf *e = x->types->elf;
	uint64_t size = s->h.sh_size;
	const uint8_t *p = s->data;
	int err = 0;

	if (s->h.sh_type != SHT_PROGBITS || size < HEADER_SIZE_WITHOUT_CORE)
		return canonical_damaged(e, "%s has no whole header", s->name);
	x->header_size = canonical_u32(e, p + 4);
	/* Magic number, version and flags are those of .BTF. */
	if (memcmp(p, x->types->view.types - sizeof(struct btf_header), 4) != 0 ||
	    x->header_size > size ||
	    (x->header_size != HEADER_SIZE && x->header_size != HEADER_SIZE_WITHOUT_CORE))
		return canonical_damaged(e, "%s has an unknown form", s->name);
	for (uint32_t i = 0; err == 0 && i < (x->header_size - 8) / 8; i++) {
		uint64_t at = x->header_size + (uint64_t)canonical_u32(e, p + 8 + 8 * i);
		uint64_t end = at + canonical_u32(e, p + 12 + 8 * i);

		if (end > size)
			return canonical_damaged(e, "%s is cut off", s->name);
		err = read_list(&(struct cursor){x, p, (uint32_t)at, (uint32_t)end,
						 (enum canonical_list)i});
	}
	return err < 0 ? err : canonical_relocs_check(e, &x->relocs);
}

static int compare(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_records(const void *pa, const void *pb)
{
	const struct canonical_record *a = pa, *b = pb;
	int c = compare(a->words[0], b->words[0]);

	return c ? c : compare(a->nth, b->nth);
}

static int compare_groups(const void *pa, const void *pb, void *arg)
{
	const struct canonical_ext *x = arg;
	const struct canonical_group *a = pa, *b = pb;
	const char *strings = x->types->view.strings;
	int c = compare(a->section, b->section);

	c = c ? c : strcmp(strings + a->name, strings + b->name);
	return c ? c : compare(a->nth, b->nth);
}

/* They mostly are in order, and may be tens of thousands. */
static void sort_records(struct canonical_record *r, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		if (r[i].words[0] >= r[i - 1].words[0])
			continue;
		qsort(r, n, sizeof(*r), compare_records);
		return;
	}
}

static void sort_lists(struct canonical_ext *x)
{
	for (int i = 0; i < CANONICAL_LISTS; i++) {
		vec_foreach (g, &x->lists[i].groups)
			sort_records(x->lists[i].records.v + g->first, g->n);
		if (x->lists[i].groups.n)
			qsort_r(x->lists[i].groups.v, x->lists[i].groups.n,
				sizeof(struct canonical_group), compare_groups, x);
	}
}

int canonical_ext_open(const struct canonical_types *t, uint32_t section, struct canonical_ext *ret)
{
	struct canonical_ext x = {.types = t};
	int err = canonical_relocs_open(t->elf, section, &x.relocs);

	err = err < 0 ? err : read_lists(&x, &t->elf->sections.v[section]);
	if (err < 0) {
		canonical_ext_close(&x);
		return err;
	}
	sort_lists(&x);
	*ret = x;
	return 0;
}

int canonical_debug_open(const struct canonical_elf *e, struct canonical_types *types,
			 struct canonical_ext *ext)
{
	uint32_t btf = canonical_find_section(e, ".BTF");
	uint32_t btf_ext = canonical_find_section(e, ".BTF.ext");
	int err;

	if (!btf)
		return btf_ext ? canonical_damaged(e, "there is .BTF.ext without .BTF") : 0;
	err = canonical_types_open(e, btf, types);
	ext->types = types;
	return err == 0 && btf_ext ? canonical_ext_open(types, btf_ext, ext) : err;
}

void canonical_ext_close(struct canonical_ext *x)
{
	canonical_relocs_close(&x->relocs);
	for (int i = 0; i < CANONICAL_LISTS; i++) {
		vec_free(&x->lists[i].groups);
		vec_free(&x->lists[i].records);
	}
}

void canonical_ext_visit(const struct canonical_ext *x, enum canonical_list list,
			 struct canonical_types *t)
{
	vec_foreach (g, &x->lists[list].groups)
		for (uint32_t i = 0; i < g->n; i++)
			canonical_types_visit(t, x->lists[list].records.v[g->first + i].words[1]);
}

/* Whether an instruction loads a constant, and so holds the id of a type. */
static bool loads_constant(uint8_t code)
{
	return code == (BPF_LD | BPF_IMM | BPF_DW) || code == (BPF_ALU64 | BPF_MOV | BPF_K) ||
	       code == (BPF_ALU | BPF_MOV | BPF_K);
}

static int patch_record(const struct canonical_ext *x, struct canonical_elf *e, uint32_t section,
			const struct canonical_record *r)
{
	struct canonical_section *s = &e->sections.v[section == UINT32_MAX ? 0 : section];
	uint32_t at = r->words[0], id = x->types->new_id[r->words[1]];
	uint8_t *insn;

	if (s->h.sh_type != SHT_PROGBITS || !(s->h.sh_flags & SHF_EXECINSTR) || at % 8 ||
	    s->h.sh_size < 8 || at > s->h.sh_size - 8)
		return canonical_damaged(e, "a CO-RE relocation lies outside of the code");
	insn = canonical_section_edit(s) + at;
	if (!loads_constant(insn[0]))
		return 0;
	id = e->swap ? bswap_32(id) : id;
	memcpy(insn + offsetof(struct bpf_insn, imm), &id, sizeof(id));
	return 0;
}

int canonical_ext_patch(const struct canonical_ext *x, struct canonical_elf *e)
{
	/*
	 * Of all kinds these two hold an id. libbpf's linker leaves the ids of before, its loader
	 * knows that; so what the relocation says counts, not what the instruction holds.
	 */
	vec_foreach (g, &x->lists[CANONICAL_CORE].groups) {
		for (uint32_t i = 0; i < g->n; i++) {
			const struct canonical_record *r =
				&x->lists[CANONICAL_CORE].records.v[g->first + i];
			int err = 0;

			if (r->words[3] == BPF_CORE_TYPE_ID_LOCAL ||
			    r->words[3] == BPF_CORE_TYPE_ID_TARGET)
				err = patch_record(x, e, g->section, r);
			if (err < 0)
				return err;
		}
	}
	return 0;
}

static uint32_t new_word(const struct canonical_ext *x, struct canonical_strings *strings,
			 enum field field, uint32_t word)
{
	switch (field) {
	case FIELD_TYPE:
		return x->types->new_id[word];
	case FIELD_STRING:
		return canonical_string(strings, word);
	case FIELD_PATH:
		return canonical_string_path(strings, word);
	default:
		return word;
	}
}

static void write_record(const struct canonical_ext *x, enum canonical_list list,
			 const struct canonical_record *r, struct canonical_strings *strings,
			 struct buf *ext, struct buf *relocs)
{
	const struct canonical_elf *e = x->types->elf;
	uint32_t words[4];

	if (r->reloc) {
		struct canonical_reloc y = canonical_get_reloc(e, x->relocs.section, r->reloc - 1);

		y.offset = ext->n;
		canonical_put_reloc(e, relocs, &y);
	}
	for (uint32_t i = 0; i < shapes[list].n_words; i++)
		words[i] = canonical_swap_u32(
			e, new_word(x, strings, shapes[list].fields[i], r->words[i]));
	buf_add(ext, words, 4 * (size_t)shapes[list].n_words);
}

static void write_list(const struct canonical_ext *x, enum canonical_list list,
		       struct canonical_strings *strings, struct buf *ext, struct buf *relocs)
{
	const struct canonical_elf *e = x->types->elf;

	if (!x->lists[list].size)
		return;
	canonical_put_u32(e, ext, 4 * shapes[list].n_words);
	vec_foreach (g, &x->lists[list].groups) {
		canonical_put_u32(e, ext, canonical_string(strings, g->name));
		canonical_put_u32(e, ext, g->n);
		for (uint32_t i = 0; i < g->n; i++)
			write_record(x, list, &x->lists[list].records.v[g->first + i], strings, ext,
				     relocs);
	}
}

void canonical_ext_write(const struct canonical_ext *x, struct canonical_strings *strings,
			 struct buf *ext, struct buf *relocs)
{
	const struct canonical_elf *e = x->types->elf;
	uint32_t at = 0;

	/* The lists lie one after another, as large as they were. */
	buf_add(ext, x->types->view.types - sizeof(struct btf_header), 4);
	canonical_put_u32(e, ext, x->header_size);
	for (uint32_t i = 0; i < (x->header_size - 8) / 8; i++) {
		canonical_put_u32(e, ext, at);
		canonical_put_u32(e, ext, x->lists[i].size);
		at += x->lists[i].size;
	}
	for (int i = 0; i < CANONICAL_LISTS; i++)
		write_list(x, (enum canonical_list)i, strings, ext, relocs);
}
