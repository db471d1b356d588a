#include "btf/canonical_elf.h"

#include <endian.h>
#include <errno.h>
#include <stdarg.h>

#include "base/message.h"

/* Larger alignments than a page mean nothing to the kernel; they would only blow up the result. */
#define ALIGNMENT_MAX 4096

int canonical_damaged(const struct canonical_elf *e, const char *fmt, ...)
{
	_cleanup_buf_ struct buf b = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	return message_error(-EBADMSG, "object: %s: %s; the file is damaged, compile it again",
			     e->what, b.v);
}

static int unknown(const struct canonical_elf *e, const char *why)
{
	return message_error(-EOPNOTSUPP,
			     "object: %s: %s; only a relocatable 64-bit ELF object "
			     "for BPF is understood",
			     e->what, why);
}

static uint16_t get_u16(const struct canonical_elf *e, uint16_t x)
{
	return e->swap ? bswap_16(x) : x;
}

static uint32_t get_u32(const struct canonical_elf *e, uint32_t x)
{
	return e->swap ? bswap_32(x) : x;
}

static uint64_t get_u64(const struct canonical_elf *e, uint64_t x)
{
	return e->swap ? bswap_64(x) : x;
}

static int read_header(struct canonical_elf *e)
{
	Elf64_Ehdr *h = &e->h;

	if (e->size < sizeof(*h) || memcmp(e->data, ELFMAG, SELFMAG) != 0)
		return unknown(e, "it is not an ELF file");
	memcpy(h, e->data, sizeof(*h));
	if (h->e_ident[EI_CLASS] != ELFCLASS64)
		return unknown(e, "it is not a 64-bit ELF file");
	if (h->e_ident[EI_DATA] != ELFDATA2LSB && h->e_ident[EI_DATA] != ELFDATA2MSB)
		return unknown(e, "its byte order is not known");
	e->swap = (h->e_ident[EI_DATA] == ELFDATA2LSB) != (__BYTE_ORDER == __LITTLE_ENDIAN);
	h->e_type = get_u16(e, h->e_type);
	h->e_machine = get_u16(e, h->e_machine);
	h->e_version = get_u32(e, h->e_version);
	h->e_entry = get_u64(e, h->e_entry);
	h->e_phoff = get_u64(e, h->e_phoff);
	h->e_shoff = get_u64(e, h->e_shoff);
	h->e_flags = get_u32(e, h->e_flags);
	h->e_ehsize = get_u16(e, h->e_ehsize);
	h->e_phentsize = get_u16(e, h->e_phentsize);
	h->e_phnum = get_u16(e, h->e_phnum);
	h->e_shentsize = get_u16(e, h->e_shentsize);
	h->e_shnum = get_u16(e, h->e_shnum);
	h->e_shstrndx = get_u16(e, h->e_shstrndx);
	if (h->e_machine != EM_BPF)
		return unknown(e, "it is not for BPF");
	if (h->e_type != ET_REL || h->e_phnum)
		return unknown(e, "it is not relocatable");
	if (h->e_shentsize != sizeof(Elf64_Shdr) || !h->e_shnum || h->e_shnum >= SHN_LORESERVE)
		return unknown(e, "its section table has an unknown form");
	if (h->e_shoff > e->size || e->size - h->e_shoff < h->e_shnum * sizeof(Elf64_Shdr))
		return canonical_damaged(e, "the section table lies outside the file");
	if (h->e_shstrndx >= h->e_shnum)
		return canonical_damaged(e, "there are no section names");
	return 0;
}

static Elf64_Shdr get_section_header(const struct canonical_elf *e, uint32_t i)
{
	Elf64_Shdr h;

	memcpy(&h, e->data + e->h.e_shoff + i * sizeof(h), sizeof(h));
	return (Elf64_Shdr){
		.sh_name = get_u32(e, h.sh_name),
		.sh_type = get_u32(e, h.sh_type),
		.sh_flags = get_u64(e, h.sh_flags),
		.sh_addr = get_u64(e, h.sh_addr),
		.sh_offset = get_u64(e, h.sh_offset),
		.sh_size = get_u64(e, h.sh_size),
		.sh_link = get_u32(e, h.sh_link),
		.sh_info = get_u32(e, h.sh_info),
		.sh_addralign = get_u64(e, h.sh_addralign),
		.sh_entsize = get_u64(e, h.sh_entsize),
	};
}

static int check_section(const struct canonical_elf *e, uint32_t i, const Elf64_Shdr *h)
{
	uint64_t align = h->sh_addralign;

	if (align > ALIGNMENT_MAX || (align & (align - 1)))
		return canonical_damaged(e, "section %u has an alignment of %llu", i,
					 (unsigned long long)align);
	if (h->sh_link >= e->h.e_shnum)
		return canonical_damaged(e, "section %u is linked to section %u", i, h->sh_link);
	if (h->sh_type == SHT_RELA || h->sh_type == SHT_SYMTAB_SHNDX)
		return unknown(e, "it has a kind of section that BPF objects do not have");
	if (h->sh_type == SHT_NOBITS || h->sh_type == SHT_NULL)
		return 0;
	if (h->sh_offset > e->size || h->sh_size > e->size - h->sh_offset)
		return canonical_damaged(e, "section %u lies outside the file", i);
	return 0;
}

static int read_sections(struct canonical_elf *e)
{
	uint64_t left = e->size;

	vec_reserve(&e->sections, e->h.e_shnum);
	for (uint32_t i = 0; i < e->h.e_shnum; i++) {
		struct canonical_section s = {.h = get_section_header(e, i)};
		int err = check_section(e, i, &s.h);

		if (err < 0)
			return err;
		if (s.h.sh_type != SHT_NOBITS && s.h.sh_type != SHT_NULL) {
			/* Or a small file could ask for a result of any size. */
			if (s.h.sh_size > left)
				return canonical_damaged(e, "section %u overlaps another", i);
			left -= s.h.sh_size;
			s.data = e->data + s.h.sh_offset;
		}
		vec_push(&e->sections, s);
	}
	return 0;
}

/* The string at an offset of a string table, or NULL. */
static const char *get_name(const struct canonical_elf *e, uint32_t table, uint64_t offset)
{
	const struct canonical_section *s = &e->sections.v[table];

	if (!offset)
		return "";
	if (s->h.sh_type != SHT_STRTAB || offset >= s->h.sh_size)
		return NULL;
	if (!memchr(s->data + offset, '\0', s->h.sh_size - offset))
		return NULL;
	return (const char *)s->data + offset;
}

static int name_sections(struct canonical_elf *e)
{
	if (e->sections.v[e->h.e_shstrndx].h.sh_type != SHT_STRTAB)
		return canonical_damaged(e, "there are no section names");
	for (uint32_t i = 0; i < e->sections.n; i++) {
		struct canonical_section *s = &e->sections.v[i];
		struct map_entry *m;

		s->name = get_name(e, e->h.e_shstrndx, s->h.sh_name);
		if (!s->name)
			return canonical_damaged(e, "section %u has no proper name", i);
		m = map_add(&e->by_name, s->name, strlen(s->name));
		if (!m->value)
			m->value = (void *)(uintptr_t)i;
	}
	return 0;
}

static int find_symtab(struct canonical_elf *e)
{
	for (uint32_t i = 1; i < e->sections.n; i++) {
		const Elf64_Shdr *h = &e->sections.v[i].h;

		if (h->sh_type != SHT_SYMTAB)
			continue;
		if (e->symtab)
			return canonical_damaged(e, "there are two symbol tables");
		if (h->sh_entsize != sizeof(Elf64_Sym) || h->sh_size % sizeof(Elf64_Sym) ||
		    h->sh_info > h->sh_size / sizeof(Elf64_Sym) ||
		    e->sections.v[h->sh_link].h.sh_type != SHT_STRTAB)
			return canonical_damaged(e, "the symbol table has an unknown form");
		e->symtab = i;
	}
	return 0;
}

static int read_symbols(struct canonical_elf *e)
{
	const struct canonical_section *t = &e->sections.v[e->symtab];
	size_t n = e->symtab ? t->h.sh_size / sizeof(Elf64_Sym) : 0;

	vec_reserve(&e->symbols, n);
	for (size_t i = 0; i < n; i++) {
		struct canonical_symbol y = {0};

		memcpy(&y.s, t->data + i * sizeof(y.s), sizeof(y.s));
		y.s.st_name = get_u32(e, y.s.st_name);
		y.s.st_shndx = get_u16(e, y.s.st_shndx);
		y.s.st_value = get_u64(e, y.s.st_value);
		y.s.st_size = get_u64(e, y.s.st_size);
		y.name = get_name(e, t->h.sh_link, y.s.st_name);
		if (!y.name)
			return canonical_damaged(e, "symbol %zu has no proper name", i);
		if (y.s.st_shndx == SHN_XINDEX ||
		    (y.s.st_shndx < SHN_LORESERVE && y.s.st_shndx >= e->sections.n))
			return canonical_damaged(e, "symbol %zu lies in an unknown section", i);
		vec_push(&e->symbols, y);
	}
	return 0;
}

static int check_relocs(const struct canonical_elf *e)
{
	for (uint32_t i = 1; i < e->sections.n; i++) {
		const Elf64_Shdr *h = &e->sections.v[i].h;

		if (h->sh_type != SHT_REL)
			continue;
		if (h->sh_entsize != sizeof(Elf64_Rel) || h->sh_size % sizeof(Elf64_Rel) ||
		    h->sh_link != e->symtab || !h->sh_info || h->sh_info >= e->sections.n ||
		    e->sections.v[h->sh_info].h.sh_type == SHT_REL)
			return canonical_damaged(e, "relocation section %u has an unknown form", i);
		for (uint32_t j = 0; j < canonical_n_relocs(&e->sections.v[i]); j++)
			if (canonical_get_reloc(e, &e->sections.v[i], j).symbol >= e->symbols.n)
				return canonical_damaged(
					e, "relocation %u of section %u names no symbol", j, i);
	}
	return 0;
}

int canonical_elf_read(const void *data, size_t size, const char *what, struct canonical_elf *ret)
{
	struct canonical_elf e = {.what = what, .data = data, .size = size};
	int err = read_header(&e);

	err = err < 0 ? err : read_sections(&e);
	err = err < 0 ? err : name_sections(&e);
	err = err < 0 ? err : find_symtab(&e);
	err = err < 0 ? err : read_symbols(&e);
	err = err < 0 ? err : check_relocs(&e);
	if (err < 0) {
		canonical_elf_free(&e);
		return err;
	}
	*ret = e;
	return 0;
}

void canonical_elf_free(struct canonical_elf *e)
{
	vec_foreach (s, &e->sections)
		buf_free(&s->own);
	vec_free(&e->sections);
	vec_free(&e->symbols);
	map_free(&e->by_name);
}

uint32_t canonical_find_section(const struct canonical_elf *e, const char *name)
{
	return (uint32_t)(uintptr_t)map_get(&e->by_name, name);
}

int canonical_find_relocs(const struct canonical_elf *e, uint32_t section, uint32_t *ret)
{
	uint32_t found = 0;

	for (uint32_t i = 1; i < e->sections.n; i++) {
		const Elf64_Shdr *h = &e->sections.v[i].h;

		if (h->sh_type != SHT_REL || h->sh_info != section)
			continue;
		if (found)
			return canonical_damaged(e, "%s is relocated by two sections",
						 e->sections.v[section].name);
		found = i;
	}
	*ret = found;
	return 0;
}

uint32_t canonical_n_relocs(const struct canonical_section *s)
{
	return (uint32_t)((s->edited ? s->own.n : s->h.sh_size) / sizeof(Elf64_Rel));
}

struct canonical_reloc canonical_get_reloc(const struct canonical_elf *e,
					   const struct canonical_section *s, uint32_t i)
{
	const uint8_t *p = canonical_section_data(s) + (size_t)i * sizeof(Elf64_Rel);
	uint64_t info = canonical_u64(e, p + offsetof(Elf64_Rel, r_info));

	return (struct canonical_reloc){
		.offset = canonical_u64(e, p),
		.symbol = ELF64_R_SYM(info),
		.type = ELF64_R_TYPE(info),
	};
}

void canonical_put_reloc(const struct canonical_elf *e, struct buf *b,
			 const struct canonical_reloc *r)
{
	canonical_put_u64(e, b, r->offset);
	canonical_put_u64(e, b, ELF64_R_INFO(r->symbol, r->type));
}

uint8_t *canonical_section_edit(struct canonical_section *s)
{
	if (!s->edited) {
		buf_add(&s->own, s->data, s->h.sh_size);
		s->edited = true;
	}
	return (uint8_t *)s->own.v;
}

void canonical_section_replace(struct canonical_section *s, struct buf *content)
{
	buf_free(&s->own);
	s->own = *content;
	s->edited = true;
	*content = (struct buf){0};
}
