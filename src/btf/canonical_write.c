/* The second half of canonical_elf.h: what stays of an object, and how it is laid out. */
#include "btf/canonical_elf.h"

#include <errno.h>

#include "base/message.h"

#ifndef SHT_LLVM_ADDRSIG
#define SHT_LLVM_ADDRSIG 0x6fff4c03
#endif

static bool is_debug_name(const char *name)
{
	return str_starts(name, ".debug_") || str_starts(name, ".zdebug_") ||
	       str_eq(name, ".gdb_index");
}

/*
 * .llvm_addrsig lists symbols by number, for linkers that fold equal functions. Nobody reads it in
 * BPF objects: libbpf skips it, and llvm-strip leaves it with the numbers of before.
 */
static bool keeps_section(const struct canonical_section *s, bool keep_debug)
{
	if (s->h.sh_type == SHT_NULL || s->h.sh_type == SHT_LLVM_ADDRSIG)
		return false;
	if (s->h.sh_type == SHT_STRTAB || s->h.sh_type == SHT_SYMTAB)
		return true;
	return keep_debug || !is_debug_name(s->name);
}

static void select_sections(struct canonical_elf *e, bool keep_debug)
{
	uint32_t next = 1;

	for (uint32_t i = 1; i < e->sections.n; i++)
		e->sections.v[i].keep = keeps_section(&e->sections.v[i], keep_debug);
	vec_foreach (s, &e->sections)
		if (s->keep && s->h.sh_type == SHT_REL)
			s->keep = keeps_section(&e->sections.v[s->h.sh_info], keep_debug);
	vec_foreach (s, &e->sections)
		if (s->keep)
			s->new_index = next++;
}

/* What the linker's view of a unit is made of stays; names of source files are for debuggers. */
static bool keeps_symbol(const struct canonical_elf *e, const Elf64_Sym *s, bool keep_debug)
{
	if (!keep_debug && ELF64_ST_TYPE(s->st_info) == STT_FILE)
		return false;
	if (s->st_shndx == SHN_UNDEF || s->st_shndx >= SHN_LORESERVE)
		return true;
	return e->sections.v[s->st_shndx].keep;
}

void canonical_elf_select(struct canonical_elf *e, bool keep_debug)
{
	uint32_t next = 0;

	select_sections(e, keep_debug);
	for (uint32_t i = 0; i < e->symbols.n; i++) {
		struct canonical_symbol *y = &e->symbols.v[i];

		/* Symbol 0 stands for none. */
		y->keep = i == 0 || keeps_symbol(e, &y->s, keep_debug);
		if (y->keep)
			y->new_index = next++;
	}
}

/* Linkers let names share their ends. Where thousands share a long end, nobody compiled that. */
#define NAMES_MAX (64u << 20)

/* A string table in the making: names in order of first use, each once. */
struct names {
	struct buf text;
	struct map offsets;
};

static uint32_t add_name(struct names *n, const char *name)
{
	struct map_entry *m;

	if (!n->text.n)
		buf_putc(&n->text, '\0');
	if (!*name || n->text.n > NAMES_MAX)
		return 0;
	m = map_add(&n->offsets, name, strlen(name));
	if (!m->value) {
		m->value = (void *)n->text.n;
		buf_add(&n->text, name, strlen(name) + 1);
	}
	return (uint32_t)(uintptr_t)m->value;
}

static void free_names(struct names *n)
{
	buf_free(&n->text);
	map_free(&n->offsets);
}

static void name_kept_sections(struct canonical_elf *e, struct names *n)
{
	vec_foreach (s, &e->sections)
		s->h.sh_name = s->keep ? add_name(n, s->name) : 0;
}

static void put_symbol(const struct canonical_elf *e, struct buf *b, const Elf64_Sym *s)
{
	uint16_t shndx = e->swap ? bswap_16(s->st_shndx) : s->st_shndx;

	canonical_put_u32(e, b, s->st_name);
	buf_putc(b, (char)s->st_info);
	buf_putc(b, (char)s->st_other);
	buf_add(b, &shndx, sizeof(shndx));
	canonical_put_u64(e, b, s->st_value);
	canonical_put_u64(e, b, s->st_size);
}

static void rebuild_symbols(struct canonical_elf *e, struct names *n)
{
	struct canonical_section *t = &e->sections.v[e->symtab];
	_cleanup_buf_ struct buf b = {0};
	uint32_t locals = 0;

	for (uint32_t i = 0; i < e->symbols.n; i++) {
		struct canonical_symbol *y = &e->symbols.v[i];
		Elf64_Sym s = y->s;

		if (!y->keep)
			continue;
		/* libbpf's linker mixes local and global symbols and says 0: that is kept. */
		if (i < t->h.sh_info)
			locals++;
		s.st_name = add_name(n, y->name);
		if (s.st_shndx < SHN_LORESERVE)
			s.st_shndx = (uint16_t)e->sections.v[s.st_shndx].new_index;
		put_symbol(e, &b, &s);
	}
	t->h.sh_info = locals;
	canonical_section_replace(t, &b);
}

/* Rebuilds the symbol table and the one or two string tables of what is kept. */
static int rebuild_tables(struct canonical_elf *e)
{
	uint32_t of_sections = e->h.e_shstrndx;
	uint32_t of_symbols = e->symtab ? e->sections.v[e->symtab].h.sh_link : 0;
	_cleanup_(free_names) struct names names = {0}, symbol_names = {0};

	name_kept_sections(e, &names);
	if (of_symbols)
		rebuild_symbols(e, of_symbols == of_sections ? &names : &symbol_names);
	if (names.text.n > NAMES_MAX || symbol_names.text.n > NAMES_MAX)
		return canonical_damaged(e, "its names are too long");
	canonical_section_replace(&e->sections.v[of_sections], &names.text);
	if (of_symbols && of_symbols != of_sections)
		canonical_section_replace(&e->sections.v[of_symbols], &symbol_names.text);
	return 0;
}

static int renumber_relocs(const struct canonical_elf *e, struct canonical_section *s)
{
	_cleanup_buf_ struct buf b = {0};

	for (uint32_t i = 0; i < canonical_n_relocs(s); i++) {
		struct canonical_reloc r = canonical_get_reloc(e, s, i);
		const struct canonical_symbol *y = &e->symbols.v[r.symbol];

		if (!y->keep)
			return canonical_damaged(e, "%s refers to a symbol of debug information",
						 s->name);
		r.symbol = y->new_index;
		canonical_put_reloc(e, &b, &r);
	}
	canonical_section_replace(s, &b);
	return 0;
}

/* A section group is a word of flags and the indices of its members. */
static int renumber_group(const struct canonical_elf *e, struct canonical_section *s)
{
	_cleanup_buf_ struct buf b = {0};

	if (s->h.sh_size % 4 || s->h.sh_info >= e->symbols.n || !e->symbols.v[s->h.sh_info].keep)
		return canonical_damaged(e, "%s is not a proper group", s->name);
	for (uint64_t at = 0; at < s->h.sh_size; at += 4) {
		uint32_t member = canonical_u32(e, s->data + at);

		if (at && member >= e->sections.n)
			return canonical_damaged(e, "%s has an unknown member", s->name);
		if (!at)
			canonical_put_u32(e, &b, member);
		else if (e->sections.v[member].keep)
			canonical_put_u32(e, &b, e->sections.v[member].new_index);
	}
	s->h.sh_info = e->symbols.v[s->h.sh_info].new_index;
	canonical_section_replace(s, &b);
	return 0;
}

static int renumber_section(const struct canonical_elf *e, struct canonical_section *s)
{
	Elf64_Shdr *h = &s->h;
	int err = 0;

	if (h->sh_type == SHT_REL)
		err = renumber_relocs(e, s);
	else if (h->sh_type == SHT_GROUP)
		err = renumber_group(e, s);
	if (err < 0)
		return err;
	if (h->sh_type == SHT_REL || h->sh_flags & SHF_INFO_LINK)
		h->sh_info = h->sh_info < e->sections.n ? e->sections.v[h->sh_info].new_index : 0;
	h->sh_link = e->sections.v[h->sh_link].new_index;
	return 0;
}

static void align_to(struct buf *b, size_t start, uint64_t align)
{
	static const char zeros[64];
	size_t n = align > 1 ? (align - (b->n - start) % align) % align : 0;

	for (; n > sizeof(zeros); n -= sizeof(zeros))
		buf_add(b, zeros, sizeof(zeros));
	buf_add(b, zeros, n);
}

static void put_section_header(const struct canonical_elf *e, struct buf *b, const Elf64_Shdr *h)
{
	canonical_put_u32(e, b, h->sh_name);
	canonical_put_u32(e, b, h->sh_type);
	canonical_put_u64(e, b, h->sh_flags);
	canonical_put_u64(e, b, h->sh_addr);
	canonical_put_u64(e, b, h->sh_offset);
	canonical_put_u64(e, b, h->sh_size);
	canonical_put_u32(e, b, h->sh_link);
	canonical_put_u32(e, b, h->sh_info);
	canonical_put_u64(e, b, h->sh_addralign);
	canonical_put_u64(e, b, h->sh_entsize);
}

/* Lays the contents out one after another and returns where the section table begins. */
static uint64_t put_contents(struct canonical_elf *e, struct buf *b, size_t start)
{
	vec_foreach (s, &e->sections) {
		if (!s->keep)
			continue;
		align_to(b, start, s->h.sh_addralign);
		s->h.sh_offset = b->n - start;
		if (s->h.sh_type == SHT_NOBITS)
			continue;
		if (s->edited)
			s->h.sh_size = s->own.n;
		buf_add(b, canonical_section_data(s), s->h.sh_size);
	}
	align_to(b, start, 8);
	return b->n - start;
}

static void put_header(const struct canonical_elf *e, uint8_t *at, uint64_t shoff, uint16_t shnum)
{
	uint16_t shstrndx = (uint16_t)e->sections.v[e->h.e_shstrndx].new_index;

	/* The other fields stay as they were, e_phoff is 0 where there are no program headers. */
	shoff = e->swap ? bswap_64(shoff) : shoff;
	shnum = e->swap ? bswap_16(shnum) : shnum;
	shstrndx = e->swap ? bswap_16(shstrndx) : shstrndx;
	memcpy(at + offsetof(Elf64_Ehdr, e_shoff), &shoff, sizeof(shoff));
	memcpy(at + offsetof(Elf64_Ehdr, e_shnum), &shnum, sizeof(shnum));
	memcpy(at + offsetof(Elf64_Ehdr, e_shstrndx), &shstrndx, sizeof(shstrndx));
}

int canonical_elf_write(struct canonical_elf *e, struct buf *ret)
{
	size_t start = ret->n;
	Elf64_Shdr none = {0};
	uint16_t n = 1;
	uint64_t shoff;
	int err;

	err = rebuild_tables(e);
	for (size_t i = 0; err == 0 && i < e->sections.n; i++)
		if (e->sections.v[i].keep)
			err = renumber_section(e, &e->sections.v[i]);
	if (err < 0)
		return err;
	buf_add(ret, e->data, sizeof(Elf64_Ehdr));
	shoff = put_contents(e, ret, start);
	put_section_header(e, ret, &none);
	vec_foreach (s, &e->sections) {
		if (s->keep) {
			put_section_header(e, ret, &s->h);
			n++;
		}
	}
	put_header(e, (uint8_t *)ret->v + start, shoff, n);
	return 0;
}
