#include "llvm/elf_bitcode.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/message.h"
#include "base/str.h"

/* Where the fields of both classes lie; a field's size follows from its neighbours. */
struct layout {
	size_t header, section, symbol; /* sizes */
	struct field {
		uint8_t at, size;
	} table, entry, n, names; /* of the file's header */
	struct field s_name, s_type, s_flags, s_offset, s_size, s_link,
		s_entry;		/* of a section's */
	struct field y_info, y_section; /* of a symbol */
};

#define FIELD(type, field) {offsetof(type, field), sizeof(((type *)0)->field)}
#define LAYOUT(bits)                                            \
	{                                                       \
		.header = sizeof(Elf##bits##_Ehdr),             \
		.section = sizeof(Elf##bits##_Shdr),            \
		.symbol = sizeof(Elf##bits##_Sym),              \
		.table = FIELD(Elf##bits##_Ehdr, e_shoff),      \
		.entry = FIELD(Elf##bits##_Ehdr, e_shentsize),  \
		.n = FIELD(Elf##bits##_Ehdr, e_shnum),          \
		.names = FIELD(Elf##bits##_Ehdr, e_shstrndx),   \
		.s_name = FIELD(Elf##bits##_Shdr, sh_name),     \
		.s_type = FIELD(Elf##bits##_Shdr, sh_type),     \
		.s_flags = FIELD(Elf##bits##_Shdr, sh_flags),   \
		.s_offset = FIELD(Elf##bits##_Shdr, sh_offset), \
		.s_size = FIELD(Elf##bits##_Shdr, sh_size),     \
		.s_link = FIELD(Elf##bits##_Shdr, sh_link),     \
		.s_entry = FIELD(Elf##bits##_Shdr, sh_entsize), \
		.y_info = FIELD(Elf##bits##_Sym, st_info),      \
		.y_section = FIELD(Elf##bits##_Sym, st_shndx),  \
	}

static const struct layout layouts[] = {
	[ELFCLASS32] = LAYOUT(32),
	[ELFCLASS64] = LAYOUT(64),
};

struct reader {
	const uint8_t *data;
	size_t size;
	const char *what;
	const struct layout *l;
	bool is_big;
	size_t table, entry; /* where section headers are, bytes of each */
	uint64_t n;
	uint32_t names; /* index of the section that holds the names */
};

struct section {
	uint32_t type, link;
	uint64_t name, flags, entry;
	uint64_t at, size;
};

bool elf_content_is(const uint8_t *data, size_t size)
{
	return size >= SELFMAG && memcmp(data, ELFMAG, SELFMAG) == 0;
}

static int damaged(const struct reader *r, const char *part)
{
	return message_error(-EBADMSG,
			     "link: %s: its ELF %s reaches beyond the end; the file is damaged",
			     r->what, part);
}

/* A field of the structure at that byte; the caller has checked that all of that is there. */
static uint64_t get(const struct reader *r, size_t at, struct field f)
{
	uint64_t value = 0;

	for (size_t i = 0; i < f.size; i++)
		value |= (uint64_t)r->data[at + f.at + (r->is_big ? f.size - 1 - i : i)] << 8 * i;
	return value;
}

static struct section get_section(const struct reader *r, uint64_t index)
{
	size_t at = r->table + (size_t)index * r->entry;

	return (struct section){
		.name = get(r, at, r->l->s_name),
		.type = (uint32_t)get(r, at, r->l->s_type),
		.flags = get(r, at, r->l->s_flags),
		.at = get(r, at, r->l->s_offset),
		.size = get(r, at, r->l->s_size),
		.link = (uint32_t)get(r, at, r->l->s_link),
		.entry = get(r, at, r->l->s_entry),
	};
}

static bool is_inside(const struct reader *r, const struct section *s)
{
	return s->type == SHT_NOBITS || (s->at <= r->size && s->size <= r->size - s->at);
}

/* Finds the section headers; very many sections have their count in the first header. */
static int open_sections(struct reader *r)
{
	uint64_t table = get(r, 0, r->l->table);
	struct section first;

	r->entry = (size_t)get(r, 0, r->l->entry);
	r->n = get(r, 0, r->l->n);
	r->names = (uint32_t)get(r, 0, r->l->names);
	if (table == 0) {
		r->n = 0;
		return 0;
	}
	if (r->entry < r->l->section || table > r->size || r->entry > r->size - table)
		return damaged(r, "section table");
	r->table = (size_t)table;
	first = get_section(r, 0);
	r->n = r->n ? r->n : first.size;
	r->names = r->names == SHN_XINDEX ? first.link : r->names;
	if (r->n > (r->size - r->table) / r->entry)
		return damaged(r, "section table");
	if (r->n && r->names >= r->n)
		return damaged(r, "table of section names");
	return 0;
}

static int open_file(struct reader *r)
{
	uint8_t class = r->size > EI_DATA ? r->data[EI_CLASS] : 0;
	uint8_t order = r->size > EI_DATA ? r->data[EI_DATA] : 0;

	if ((class != ELFCLASS32 && class != ELFCLASS64) ||
	    (order != ELFDATA2LSB && order != ELFDATA2MSB))
		return message_error(-EBADMSG,
				     "link: %s: an ELF file of unknown class %u or byte order "
				     "%u; the file is damaged",
				     r->what, class, order);
	r->l = &layouts[class];
	r->is_big = order == ELFDATA2MSB;
	if (r->size < r->l->header)
		return damaged(r, "header");
	return open_sections(r);
}

static bool has_name(const struct reader *r, const struct section *names, uint64_t at,
		     const char *name)
{
	size_t n = strlen(name) + 1;

	return at <= names->size && n <= names->size - at &&
	       memcmp(r->data + names->at + at, name, n) == 0;
}

/* A definition others can see, or a local one that is more than a mark in the code. */
static bool is_definition(const struct reader *r, size_t at)
{
	uint64_t info = get(r, at, r->l->y_info);
	unsigned type = ELF64_ST_TYPE(info);

	if (get(r, at, r->l->y_section) == SHN_UNDEF)
		return false;
	return ELF64_ST_BIND(info) != STB_LOCAL || type == STT_FUNC || type == STT_OBJECT;
}

static int look_at_symbols(const struct reader *r, const struct section *s, struct elf_content *c)
{
	size_t entry = s->entry >= r->l->symbol ? (size_t)s->entry : r->l->symbol;

	if (!is_inside(r, s) || s->type == SHT_NOBITS)
		return damaged(r, "symbol table");
	for (uint64_t i = 1; !c->defines && i < s->size / entry; i++)
		c->defines = is_definition(r, (size_t)(s->at + i * entry));
	return 0;
}

static int take_bitcode(const struct reader *r, const struct section *s, struct elf_content *c)
{
	if (s->type == SHT_NOBITS)
		return 0;
	if (s->flags & SHF_COMPRESSED)
		return message_error(-EOPNOTSUPP,
				     "link: %s: its section .llvmbc is compressed; undo that "
				     "with objcopy --decompress-debug-sections",
				     r->what);
	if (!is_inside(r, s))
		return damaged(r, "section .llvmbc");
	vec_push(&c->bitcode, ((struct span){(size_t)s->at, (size_t)s->size}));
	return 0;
}

static int look_at_sections(const struct reader *r, struct elf_content *c)
{
	struct section names = get_section(r, r->names);
	int err = 0;

	if (!is_inside(r, &names) || names.type == SHT_NOBITS)
		return damaged(r, "table of section names");
	for (uint64_t i = 1; i < r->n && err == 0; i++) {
		struct section s = get_section(r, i);

		if (s.type == SHT_SYMTAB)
			err = look_at_symbols(r, &s, c);
		else if (has_name(r, &names, s.name, ".llvmbc"))
			err = take_bitcode(r, &s, c);
		else if (has_name(r, &names, s.name, ".rmeta"))
			c->metadata = true;
	}
	return err;
}

int elf_content_read(const uint8_t *data, size_t size, const char *what, struct elf_content *ret)
{
	static const struct field type = FIELD(Elf64_Ehdr, e_type);
	static const struct field machine = FIELD(Elf64_Ehdr, e_machine);
	struct reader r = {.data = data, .size = size, .what = what};
	struct elf_content c = {0};
	int err = open_file(&r);

	if (err < 0)
		return err;
	c.is_object = get(&r, 0, type) == ET_REL;
	c.is_bpf = get(&r, 0, machine) == EM_BPF;
	if (r.n)
		err = look_at_sections(&r, &c);
	if (err < 0)
		elf_content_free(&c);
	else
		*ret = c;
	return err;
}

void elf_content_free(struct elf_content *c)
{
	vec_free(&c->bitcode);
}
