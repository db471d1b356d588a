/*
 * Judging an ELF file of BPF code before libelf and libbpf read it: they follow sizes, offsets
 * and indices that a damaged file may have anywhere.
 */
#include "gen/skeleton_parts.h"

#include <elf.h>
#include <errno.h>

#include "base/message.h"
#include "btf/check.h"

/* Larger sections without content in the file are refused: libbpf allocates what they say. */
#define NOBITS_MAX ((uint64_t)1 << 30)
#define VARIABLE_MAX NOBITS_MAX

struct object {
	const char *file;
	const uint8_t *data;
	size_t size;
	const Elf64_Shdr *sections; /* may lie unaligned: read through get() */
	unsigned n;
	const char *names; /* of sections */
	uint64_t names_size;
};

struct section {
	const char *name;
	uint64_t type, offset, size, entry, link, info;
};

__attribute__((format(printf, 2, 3))) static int damaged(const struct object *o, const char *fmt,
							 ...)
{
	_cleanup_buf_ struct buf b = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	return message_error(-EBADMSG, "skeleton: %s: %s; the file is damaged, compile it again",
			     o->file, b.v);
}

/* A field of 2, 4 or 8 bytes, wherever it lies. */
static uint64_t read_field(const void *p, size_t size)
{
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (size) {
	case 2:
		memcpy(&u16, p, 2);
		return u16;
	case 4:
		memcpy(&u32, p, 4);
		return u32;
	default:
		memcpy(&u64, p, 8);
		return u64;
	}
}

#define get(s, member) \
	read_field((const uint8_t *)(s) + offsetof(__typeof__(*(s)), member), sizeof((s)->member))

/* A section whose bounds check_sections has seen. */
static struct section read_section(const struct object *o, uint64_t index)
{
	const Elf64_Shdr *s = o->sections + index;

	return (struct section){
		.name = o->names + get(s, sh_name),
		.type = get(s, sh_type),
		.offset = get(s, sh_offset),
		.size = get(s, sh_size),
		.entry = get(s, sh_entsize),
		.link = get(s, sh_link),
		.info = get(s, sh_info),
	};
}

static int check_header(struct object *o)
{
	const Elf64_Ehdr *h = (const Elf64_Ehdr *)o->data;
	const uint8_t own = BYTE_ORDER == LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB;
	uint64_t table, machine;

	if (o->size < sizeof(*h) || memcmp(h->e_ident, ELFMAG, SELFMAG) != 0)
		return message_error(-ENOEXEC,
				     "skeleton: %s: not an ELF file; give it an object "
				     "that was compiled for BPF",
				     o->file);
	if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != own)
		return damaged(o, "its class or byte order is unknown");
	machine = get(h, e_machine);
	if ((machine && machine != EM_BPF) || get(h, e_type) != ET_REL)
		return message_error(-ENOEXEC,
				     "skeleton: %s: not an object of BPF code; compile it with "
				     "-target bpf",
				     o->file);
	table = get(h, e_shoff);
	o->n = (unsigned)get(h, e_shnum);
	if (get(h, e_shentsize) != sizeof(Elf64_Shdr) || !o->n || table > o->size ||
	    o->n > (o->size - table) / sizeof(Elf64_Shdr) || get(h, e_shstrndx) >= o->n)
		return damaged(o, "its section table lies outside the file");
	o->sections = (const Elf64_Shdr *)(o->data + table);
	return 0;
}

/* Whether every section's content lies in the file. */
static int check_bounds(const struct object *o)
{
	for (unsigned i = 0; i < o->n; i++) {
		const Elf64_Shdr *s = o->sections + i;
		uint64_t offset = get(s, sh_offset), size = get(s, sh_size);

		if (get(s, sh_type) == SHT_NULL)
			continue;
		if (get(s, sh_type) == SHT_NOBITS ? size > NOBITS_MAX
						  : offset > o->size || size > o->size - offset)
			return damaged(o, "section %u of %llu bytes lies outside the file", i,
				       (unsigned long long)size);
		if (get(s, sh_flags) & SHF_COMPRESSED)
			return damaged(o, "section %u is compressed", i);
	}
	return 0;
}

/* Finds a table of strings, each of which ends inside it. */
static int find_strings(const struct object *o, uint64_t index, const char **ret,
			uint64_t *ret_size)
{
	const Elf64_Shdr *s = o->sections + index;
	uint64_t size;

	if (index >= o->n || get(s, sh_type) != SHT_STRTAB)
		return damaged(o, "section %llu should be strings", (unsigned long long)index);
	size = get(s, sh_size);
	*ret = (const char *)o->data + get(s, sh_offset);
	*ret_size = size;
	if (!size || (*ret)[size - 1])
		return damaged(o, "the strings of section %llu have no end",
			       (unsigned long long)index);
	return 0;
}

static int check_names(struct object *o)
{
	const Elf64_Ehdr *h = (const Elf64_Ehdr *)o->data;
	int err = find_strings(o, get(h, e_shstrndx), &o->names, &o->names_size);

	if (err < 0)
		return err;
	for (unsigned i = 0; i < o->n; i++)
		if (get(o->sections + i, sh_name) >= o->names_size)
			return damaged(o, "section %u has no name", i);
	return 0;
}

static int check_symbols(const struct object *o, const struct section *s)
{
	const Elf64_Sym *symbol = (const Elf64_Sym *)(o->data + s->offset);
	uint64_t names_size, n = s->size / sizeof(*symbol);
	const char *names;
	int err = find_strings(o, s->link, &names, &names_size);

	if (err < 0)
		return err;
	if (s->entry != sizeof(*symbol) || s->size % sizeof(*symbol))
		return damaged(o, "its symbol table has symbols of %llu bytes",
			       (unsigned long long)s->entry);
	for (uint64_t i = 0; i < n; i++, symbol++) {
		uint64_t place = get(symbol, st_shndx), at = get(symbol, st_value);
		uint64_t size = get(symbol, st_size), room;

		if (get(symbol, st_name) >= names_size)
			return damaged(o, "symbol %llu has no name", (unsigned long long)i);
		if (place == SHN_UNDEF || place >= SHN_LORESERVE)
			continue;
		room = place < o->n ? get(o->sections + place, sh_size) : 0;
		if (place >= o->n || at > room || size > room - at)
			return damaged(o, "symbol '%s' lies outside its section",
				       names + get(symbol, st_name));
	}
	return 0;
}

static int check_relocations(const struct object *o, const struct section *s)
{
	const Elf64_Rel *relocation = (const Elf64_Rel *)(o->data + s->offset);
	uint64_t n = s->size / sizeof(*relocation), n_symbols, room;

	if (s->link >= o->n || s->info >= o->n || s->entry != sizeof(*relocation) ||
	    s->size % sizeof(*relocation) || get(o->sections + s->link, sh_type) != SHT_SYMTAB)
		return damaged(o, "section '%s' should hold relocations", s->name);
	n_symbols = get(o->sections + s->link, sh_size) / sizeof(Elf64_Sym);
	room = get(o->sections + s->info, sh_size);
	for (uint64_t i = 0; i < n; i++, relocation++)
		if (ELF64_R_SYM(get(relocation, r_info)) >= n_symbols ||
		    get(relocation, r_offset) >= room)
			return damaged(o, "a relocation in '%s' points nowhere", s->name);
	return 0;
}

/* libbpf writes where a struct_ops variable's members lie, without a look at the whole's size. */
static bool members_fit(const struct btf *btf, const struct btf_type *t)
{
	for (unsigned i = 0; i < btf_vlen(t); i++) {
		long long size = btf__resolve_size(btf, btf_members(t)[i].type);
		uint32_t offset = btf_member_bit_offset(t, i) / 8;

		if (!btf_member_bitfield_size(t, i) && size > 0 && offset + size > t->size)
			return false;
	}
	return true;
}

/*
 * libbpf computes with the sizes of variables in 32 bits: a size beyond them is a small one, or an
 * error code that is none.
 */
static int check_variables(const struct object *o, const struct btf *btf)
{
	for (uint32_t id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *variable = btf__type_by_id(btf, id), *t;
		const char *name = btf__name_by_offset(btf, variable->name_off);
		long long size;

		if (!btf_is_var(variable))
			continue;
		size = btf__resolve_size(btf, variable->type);
		if (size > (long long)VARIABLE_MAX)
			return damaged(o, "variable '%s' has %lld bytes", name, size);
		for (t = btf__type_by_id(btf, variable->type); btf_is_mod(t) || btf_is_typedef(t);)
			t = btf__type_by_id(btf, t->type);
		if (btf_is_composite(t) && !members_fit(btf, t))
			return damaged(o, "variable '%s' is smaller than its members", name);
	}
	return 0;
}

static int check_types(const struct object *o, const struct section *s)
{
	struct btf *btf;
	int err = btf_check(o->data + s->offset, s->size, 0, 0, o->file);

	if (err < 0)
		return err;
	btf = btf__new(o->data + s->offset, (uint32_t)s->size);
	if (!btf)
		return damaged(o, "libbpf cannot read its types");
	err = check_variables(o, btf);
	btf__free(btf);
	return err;
}

/* libbpf takes it for granted that sections which should have content have some. */
static int check_content(const struct object *o, const struct section *s)
{
	if (s->type == SHT_SYMTAB)
		return check_symbols(o, s);
	if (s->type == SHT_REL)
		return check_relocations(o, s);
	if (s->type == SHT_NOBITS && s->size && !str_starts(s->name, ".bss"))
		return damaged(o, "section '%s' has no content", s->name);
	if (str_eq(s->name, ".BTF"))
		return check_types(o, s);
	return 0;
}

int skeleton_check_object(const void *object, size_t size, const char *file)
{
	struct object o = {.file = file, .data = object, .size = size};
	int err = check_header(&o);

	err = err ?: check_bounds(&o);
	err = err ?: check_names(&o);
	for (unsigned i = 1; i < o.n && !err; i++) {
		struct section s = read_section(&o, i);

		err = check_content(&o, &s);
	}
	return err;
}
