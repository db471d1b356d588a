#include "btf/compare_parts.h"

#include <linux/bpf.h>

#define SHT_LLVM_ADDRSIG 0x6fff4c03

/* Whether a section is compared as it is; relocations go with the section they apply to. */
static bool is_content(const struct canonical_section *s)
{
	switch (s->h.sh_type) {
	case SHT_NULL:
	case SHT_SYMTAB:
	case SHT_STRTAB:
	case SHT_REL:
	case SHT_LLVM_ADDRSIG:
		return false;
	default:
		return !str_starts(s->name, ".debug") && !str_starts(s->name, ".BTF");
	}
}

static void collect_sections(struct compare *c, int side, struct compare_items *ret)
{
	const struct canonical_elf *e = &c->sides[side].elf;

	for (uint32_t i = 1; i < e->sections.n; i++)
		if (is_content(&e->sections.v[i]))
			compare_add(ret, i, "section %s", e->sections.v[i].name);
}

static const struct canonical_section *section(const struct compare *c, int side, uint32_t i)
{
	return &c->sides[side].elf.sections.v[i];
}

static bool is_code(const struct canonical_section *s)
{
	return s->h.sh_flags & SHF_EXECINSTR;
}

/* Whether two instructions differ in nothing but the number of a type. */
static bool is_same_but_type_id(const struct compare *c, const uint8_t *a, const uint8_t *b,
				const uint32_t sections[2], uint64_t at)
{
	return memcmp(a + at, b + at, offsetof(struct bpf_insn, imm)) == 0 &&
	       compare_is_type_id(&c->sides[0], sections[0], at) &&
	       compare_is_type_id(&c->sides[1], sections[1], at);
}

/* The first place where two contents of one size differ, or size. */
static uint64_t find_difference(const struct compare *c, const uint32_t sections[2], bool code)
{
	const struct canonical_section *a = section(c, 0, sections[0]);
	const uint8_t *p = a->data, *q = section(c, 1, sections[1])->data;
	uint64_t size = a->h.sh_size, at = 0, step = code ? sizeof(struct bpf_insn) : 1;

	if (!size || memcmp(p, q, size) == 0)
		return size;
	for (; size - at >= step; at += step)
		if (memcmp(p + at, q + at, step) != 0 &&
		    !(code && is_same_but_type_id(c, p, q, sections, at)))
			return at;
	/* Code whose size is no multiple of an instruction's. */
	while (at < size && p[at] == q[at])
		at++;
	return at;
}

static void compare_content(struct compare *c, const char *key, const uint32_t sections[2])
{
	const struct canonical_section *a = section(c, 0, sections[0]);
	const struct canonical_section *b = section(c, 1, sections[1]);
	bool code = is_code(a) && is_code(b);
	uint64_t unit = code ? sizeof(struct bpf_insn) : 1, at;

	if (a->h.sh_size != b->h.sh_size) {
		compare_differ(c, "%s: %llu %s in %s and %llu in %s", key,
			       (unsigned long long)(a->h.sh_size / unit),
			       code ? "instructions" : "bytes", c->sides[0].name,
			       (unsigned long long)(b->h.sh_size / unit), c->sides[1].name);
		return;
	}
	if (a->h.sh_type == SHT_NOBITS || b->h.sh_type == SHT_NOBITS)
		return;
	at = find_difference(c, sections, code);
	if (at < a->h.sh_size)
		compare_differ(c,
			       code ? "%s: code differs at instruction %llu"
				    : "%s: content differs at byte %llu",
			       key, (unsigned long long)(at / unit));
}

/* A symbol's name; those that stand for a section have none of their own. */
static char *symbol_name(const struct canonical_elf *e, const struct canonical_symbol *y)
{
	uint16_t at = y->s.st_shndx;

	if (ELF64_ST_TYPE(y->s.st_info) == STT_SECTION && at < e->sections.n)
		return xasprintf("of section %s", e->sections.v[at].name);
	return xstrdup(y->name);
}

static bool symbols_are_at_one_place(const struct compare *c, const struct canonical_symbol *a,
				     const struct canonical_symbol *b)
{
	uint16_t i = a->s.st_shndx, j = b->s.st_shndx;
	bool special = i == SHN_UNDEF || i >= SHN_LORESERVE;

	if (special || j == SHN_UNDEF || j >= SHN_LORESERVE)
		return i == j && a->s.st_value == b->s.st_value;
	return str_eq(section(c, 0, i)->name, section(c, 1, j)->name) &&
	       a->s.st_value == b->s.st_value;
}

static void compare_reloc(struct compare *c, const char *key, const struct canonical_reloc *a,
			  const struct canonical_reloc *b)
{
	const struct canonical_symbol *y = &c->sides[0].elf.symbols.v[a->symbol];
	const struct canonical_symbol *z = &c->sides[1].elf.symbols.v[b->symbol];
	_cleanup_free_ char *y_name = symbol_name(&c->sides[0].elf, y);
	_cleanup_free_ char *z_name = symbol_name(&c->sides[1].elf, z);

	if (a->offset != b->offset)
		compare_differ(c, "%s: byte %llu is relocated only in %s", key,
			       (unsigned long long)(a->offset < b->offset ? a->offset : b->offset),
			       c->sides[a->offset > b->offset].name);
	else if (a->type != b->type)
		compare_differ(c,
			       "%s: the relocation of byte %llu is of kind %u in %s and %u in %s",
			       key, (unsigned long long)a->offset, a->type, c->sides[0].name,
			       b->type, c->sides[1].name);
	else if (!str_eq(y_name, z_name) || !symbols_are_at_one_place(c, y, z))
		compare_differ(c,
			       "%s: the relocation of byte %llu names symbol %s in %s and symbol "
			       "%s in %s",
			       key, (unsigned long long)a->offset, y_name, c->sides[0].name, z_name,
			       c->sides[1].name);
}

typedef VEC(struct canonical_reloc) reloc_list;

static int compare_offsets(const void *pa, const void *pb)
{
	const struct canonical_reloc *a = pa, *b = pb;

	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

/* All relocations of a section, of whichever sections they are in. */
static void find_relocs(const struct canonical_elf *e, uint32_t section, reloc_list *ret)
{
	vec_foreach (s, &e->sections)
		if (s->h.sh_type == SHT_REL && s->h.sh_info == section)
			for (uint32_t i = 0; i < canonical_n_relocs(s); i++)
				vec_push(ret, canonical_get_reloc(e, s, i));
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), compare_offsets);
}

static void compare_relocs(struct compare *c, const char *key, const uint32_t sections[2])
{
	reloc_list a = {0}, b = {0};
	size_t before = c->n_differences;

	find_relocs(&c->sides[0].elf, sections[0], &a);
	find_relocs(&c->sides[1].elf, sections[1], &b);
	for (size_t i = 0; i < a.n && i < b.n && c->n_differences == before; i++)
		compare_reloc(c, key, &a.v[i], &b.v[i]);
	if (a.n != b.n && c->n_differences == before)
		compare_differ(c, "%s: %zu relocations in %s and %zu in %s", key, a.n,
			       c->sides[0].name, b.n, c->sides[1].name);
	vec_free(&a);
	vec_free(&b);
}

static void visit_section(struct compare *c, const char *key, uint32_t a, uint32_t b)
{
	const uint32_t sections[2] = {a, b};
	const Elf64_Shdr *g = &section(c, 0, a)->h, *h = &section(c, 1, b)->h;

	if (g->sh_type != h->sh_type || g->sh_flags != h->sh_flags ||
	    g->sh_addralign != h->sh_addralign)
		compare_differ(c,
			       "%s: type %u, flags 0x%llx, alignment %llu in %s and type %u, flags "
			       "0x%llx, alignment %llu in %s",
			       key, g->sh_type, (unsigned long long)g->sh_flags,
			       (unsigned long long)g->sh_addralign, c->sides[0].name, h->sh_type,
			       (unsigned long long)h->sh_flags, (unsigned long long)h->sh_addralign,
			       c->sides[1].name);
	compare_content(c, key, sections);
	compare_relocs(c, key, sections);
}

void compare_sections(struct compare *c)
{
	compare_match(c, collect_sections, visit_section);
}

static void collect_symbols(struct compare *c, int side, struct compare_items *ret)
{
	const struct canonical_elf *e = &c->sides[side].elf;

	for (uint32_t i = 1; i < e->symbols.n; i++) {
		const struct canonical_symbol *y = &e->symbols.v[i];
		uint16_t at = y->s.st_shndx;
		_cleanup_free_ char *name = NULL;

		if (at != SHN_UNDEF && at < e->sections.n && !is_content(&e->sections.v[at]))
			continue;
		name = symbol_name(e, y);
		compare_add(ret, i, "symbol %s", name);
	}
}

static void visit_symbol(struct compare *c, const char *key, uint32_t a, uint32_t b)
{
	const struct canonical_symbol *y = &c->sides[0].elf.symbols.v[a];
	const struct canonical_symbol *z = &c->sides[1].elf.symbols.v[b];

	if (!symbols_are_at_one_place(c, y, z))
		compare_differ(c, "%s: it does not lie at the same place in %s and %s", key,
			       c->sides[0].name, c->sides[1].name);
	else if (y->s.st_size != z->s.st_size)
		compare_differ(c, "%s: %llu bytes in %s and %llu in %s", key,
			       (unsigned long long)y->s.st_size, c->sides[0].name,
			       (unsigned long long)z->s.st_size, c->sides[1].name);
	else if (y->s.st_info != z->s.st_info || y->s.st_other != z->s.st_other)
		compare_differ(c,
			       "%s: its type, binding or visibility is not the same in %s and %s",
			       key, c->sides[0].name, c->sides[1].name);
}

void compare_symbols(struct compare *c)
{
	compare_match(c, collect_symbols, visit_symbol);
}
