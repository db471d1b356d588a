/*
 * Objects for tests: a model says what an object contains, and each seed writes it in another
 * order, as compilers do.
 */
#ifndef SKEP_TEST_CANONICAL_MODEL_H
#define SKEP_TEST_CANONICAL_MODEL_H

#include <byteswap.h>
#include <elf.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"

#define MODEL_TYPES 80
#define MODEL_PARTS 4
#define MODEL_RECORDS 6
#define MODEL_ALIKE "same"

/* Sections, as they are numbered in every object. */
enum {
	MODEL_STRTAB = 1,
	MODEL_DEBUG,
	MODEL_REL_DEBUG,
	MODEL_PROG_A,
	MODEL_PROG_B,
	MODEL_MAPS,
	MODEL_DATA,
	MODEL_BTF,
	MODEL_REL_BTF,
	MODEL_EXT,
	MODEL_REL_EXT,
	MODEL_ADDRSIG,
	MODEL_SYMTAB,
	MODEL_SECTIONS,
};

/* Symbols before those of variables. */
enum {
	MODEL_SYMBOL_FILE = 1,
	MODEL_SYMBOL_PROG_A,
	MODEL_SYMBOL_PROG_B,
	MODEL_SYMBOL_DEBUG,
	MODEL_SYMBOLS,
};

struct model_part {
	const char *name;
	uint32_t type;	/* number in the model, 0: void */
	uint32_t value; /* offset, value or size, as the kind has it */
	uint32_t place; /* of a variable, in its section */
};

/* Refers to other types by their number in the model, the first being 1. */
struct model_type {
	uint8_t kind;
	const char *name;
	uint32_t size_or_type;
	uint32_t fixed[3];
	struct model_part parts[MODEL_PARTS];
	unsigned n_parts;
};

struct model_record {
	uint32_t section, insn, type, kind;
	const char *path, *text;
};

struct model {
	struct model_type types[MODEL_TYPES + 1]; /* from 1 on */
	uint32_t n;
	struct model_record funcs[MODEL_RECORDS], lines[MODEL_RECORDS], core[MODEL_RECORDS];
	uint32_t n_funcs, n_lines, n_core;
};

static uint64_t model_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint32_t model_below(uint64_t *state, uint32_t limit)
{
	return limit ? (uint32_t)(model_random(state) % limit) : 0;
}

/* The numbers from first up to first + n, in an order that follows from state; 0: as they are. */
static void model_shuffle(uint64_t *state, uint32_t first, uint32_t n, uint32_t *ret)
{
	for (uint32_t i = 0; i < n; i++)
		ret[i] = first + i;
	for (uint32_t i = n; *state && i > 1; i--) {
		uint32_t j = model_below(state, i), x = ret[i - 1];

		ret[i - 1] = ret[j];
		ret[j] = x;
	}
}

/* An object in the making. */
struct writer {
	const struct model *m;
	uint64_t random;
	bool swap;
	uint32_t order[MODEL_TYPES];	  /* types of the model as they are written */
	uint32_t id[MODEL_TYPES + 1];	  /* and the ids they get */
	uint32_t symbol[MODEL_TYPES + 1]; /* of variables */
	struct buf strings;
	struct buf content[MODEL_SECTIONS];
	struct buf names;
};

static const char *const section_names[MODEL_SECTIONS] = {
	"",
	".strtab",
	".debug_info",
	".rel.debug_info",
	"prog/z",
	"prog/a",
	".maps",
	".data",
	".BTF",
	".rel.BTF",
	".BTF.ext",
	".rel.BTF.ext",
	".llvm_addrsig",
	".symtab",
};

static void put32(const struct writer *w, struct buf *b, uint32_t x)
{
	x = w->swap ? bswap_32(x) : x;
	buf_add(b, &x, sizeof(x));
}

static void put16(const struct writer *w, struct buf *b, uint16_t x)
{
	x = w->swap ? bswap_16(x) : x;
	buf_add(b, &x, sizeof(x));
}

static void put64(const struct writer *w, struct buf *b, uint64_t x)
{
	x = w->swap ? bswap_64(x) : x;
	buf_add(b, &x, sizeof(x));
}

static uint32_t find_text(const struct buf *b, const char *s)
{
	for (size_t at = 0; at < b->n; at += strlen(b->v + at) + 1)
		if (str_eq(b->v + at, s))
			return (uint32_t)at;
	return UINT32_MAX;
}

static uint32_t add_text(struct buf *b, const char *s)
{
	uint32_t at = find_text(b, s);

	if (at != UINT32_MAX)
		return at;
	buf_add(b, s, strlen(s) + 1);
	return (uint32_t)b->n - (uint32_t)strlen(s) - 1;
}

static uint32_t string(struct writer *w, const char *s)
{
	return add_text(&w->strings, s ? s : "");
}

/* All strings in random order, among others that nobody uses. */
static void scatter_strings(struct writer *w)
{
	char text[24];

	string(w, "");
	if (!w->random)
		return;
	for (uint32_t i = 0; i < 3 * w->m->n; i++) {
		const struct model_type *t = &w->m->types[1 + model_below(&w->random, w->m->n)];

		if (t->n_parts && model_below(&w->random, 2))
			string(w, t->parts[model_below(&w->random, t->n_parts)].name);
		else
			string(w, t->name);
		snprintf(text, sizeof(text), "unused-%u", model_below(&w->random, 9));
		if (model_below(&w->random, 5) == 0)
			string(w, text);
	}
}

static void put_reloc(struct writer *w, int section, uint64_t offset, uint64_t symbol)
{
	put64(w, &w->content[section], offset);
	put64(w, &w->content[section], symbol << 32 | 4);
}

static void put_parts(struct writer *w, struct buf *b, const struct model_type *t)
{
	uint32_t order[MODEL_PARTS];
	uint64_t no_random = 0;

	/* Only the entries of a section may be written in any order. */
	model_shuffle(t->kind == BTF_KIND_DATASEC ? &w->random : &no_random, 0, t->n_parts, order);
	for (uint32_t i = 0; i < t->n_parts; i++) {
		const struct model_part *p = &t->parts[order[i]];

		if (t->kind != BTF_KIND_DATASEC)
			put32(w, b, string(w, p->name));
		if (t->kind != BTF_KIND_ENUM && t->kind != BTF_KIND_ENUM64)
			put32(w, b, w->id[p->type]);
		if (t->kind == BTF_KIND_DATASEC) {
			if (w->symbol[p->type])
				put_reloc(w, MODEL_REL_BTF, sizeof(struct btf_header) + b->n,
					  w->symbol[p->type]);
			put32(w, b, 0);
		}
		if (t->kind != BTF_KIND_FUNC_PROTO)
			put32(w, b, p->value);
		if (t->kind == BTF_KIND_ENUM64)
			put32(w, b, ~p->value);
	}
}

static void put_type(struct writer *w, struct buf *b, const struct model_type *t)
{
	static const uint8_t n_fixed[32] = {
		[BTF_KIND_INT] = 1,
		[BTF_KIND_ARRAY] = 3,
		[BTF_KIND_VAR] = 1,
		[BTF_KIND_DECL_TAG] = 1,
	};
	static const bool sized[32] = {
		[BTF_KIND_INT] = true,	 [BTF_KIND_ARRAY] = true,  [BTF_KIND_STRUCT] = true,
		[BTF_KIND_UNION] = true, [BTF_KIND_ENUM] = true,   [BTF_KIND_FWD] = true,
		[BTF_KIND_FLOAT] = true, [BTF_KIND_ENUM64] = true, [BTF_KIND_DATASEC] = true,
	};

	put32(w, b, string(w, t->name));
	put32(w, b, (uint32_t)t->kind << 24 | t->n_parts);
	put32(w, b, sized[t->kind] ? t->size_or_type : w->id[t->size_or_type]);
	for (int i = 0; i < n_fixed[t->kind]; i++)
		put32(w, b, t->kind == BTF_KIND_ARRAY && i < 2 ? w->id[t->fixed[i]] : t->fixed[i]);
	put_parts(w, b, t);
}

static void put_btf(struct writer *w)
{
	struct buf *b = &w->content[MODEL_BTF];
	struct buf types = {0};

	for (uint32_t i = 0; i < w->m->n; i++)
		put_type(w, &types, &w->m->types[w->order[i]]);
	put16(w, b, BTF_MAGIC);
	buf_putc(b, BTF_VERSION);
	buf_putc(b, 0);
	put32(w, b, sizeof(struct btf_header));
	put32(w, b, 0);
	put32(w, b, (uint32_t)types.n);
	put32(w, b, (uint32_t)types.n);
	put32(w, b, (uint32_t)w->strings.n);
	buf_add(b, types.v, types.n);
	buf_add(b, w->strings.v, w->strings.n);
	buf_free(&types);
}

/* One section's records; their order is that of instructions in what compilers write. */
static void put_records(struct writer *w, struct buf *b, int list, uint32_t section,
			const struct model_record *r, uint32_t n)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < n; i++)
		count += r[i].section == section;
	if (!count)
		return;
	put32(w, b, string(w, section_names[section]));
	put32(w, b, count);
	for (uint32_t i = 0; i < n; i++) {
		if (r[i].section != section)
			continue;
		if (list < 2)
			put_reloc(w, MODEL_REL_EXT, 32 + b->n,
				  section - MODEL_PROG_A + MODEL_SYMBOL_PROG_A);
		put32(w, b, r[i].insn);
		put32(w, b, list == 1 ? string(w, r[i].path) : w->id[r[i].type]);
		if (list == 0)
			continue;
		put32(w, b, string(w, r[i].text));
		put32(w, b, r[i].kind);
	}
}

static void put_ext(struct writer *w)
{
	static const uint32_t record_sizes[] = {8, 16, 16};
	const struct model_record *lists[] = {w->m->funcs, w->m->lines, w->m->core};
	uint32_t counts[] = {w->m->n_funcs, w->m->n_lines, w->m->n_core};
	struct buf *b = &w->content[MODEL_EXT], lists_text = {0};
	uint32_t start[4] = {0};

	for (int i = 0; i < 3; i++) {
		uint32_t sections[2];

		put32(w, &lists_text, record_sizes[i]);
		model_shuffle(&w->random, MODEL_PROG_A, 2, sections);
		for (int j = 0; j < 2; j++)
			put_records(w, &lists_text, i, sections[j], lists[i], counts[i]);
		start[i + 1] = (uint32_t)lists_text.n;
	}
	put16(w, b, BTF_MAGIC);
	buf_putc(b, BTF_VERSION);
	buf_putc(b, 0);
	put32(w, b, 32);
	for (int i = 0; i < 3; i++) {
		put32(w, b, start[i]);
		put32(w, b, start[i + 1] - start[i]);
	}
	buf_add(b, lists_text.v, lists_text.n);
	buf_free(&lists_text);
}

/* Eight instructions of 16 bytes that load a constant. */
static void put_code(struct writer *w, uint32_t section)
{
	struct buf *b = &w->content[section];

	for (uint32_t insn = 0; insn < 128; insn += 16) {
		uint32_t imm = 1000 + insn;

		for (uint32_t i = 0; i < w->m->n_core; i++) {
			const struct model_record *r = &w->m->core[i];

			if (r->section == section && r->insn == insn &&
			    (r->kind == BPF_CORE_TYPE_ID_LOCAL ||
			     r->kind == BPF_CORE_TYPE_ID_TARGET))
				imm = w->id[r->type];
		}
		buf_add(b, "\x18\x01\0\0", 4);
		put32(w, b, imm);
		put64(w, b, 0);
	}
}

static void put_symbol(struct writer *w, const char *name, int type, uint16_t section,
		       uint64_t value)
{
	struct buf *b = &w->content[MODEL_SYMTAB];

	put32(w, b, *name ? add_text(&w->names, name) : 0);
	buf_putc(b, (char)ELF64_ST_INFO(type == STT_OBJECT ? STB_GLOBAL : STB_LOCAL, type));
	buf_putc(b, 0);
	put16(w, b, section);
	put64(w, b, value);
	put64(w, b, 4);
}

static void put_symbols(struct writer *w)
{
	uint32_t n = MODEL_SYMBOLS;

	put_symbol(w, "", 0, 0, 0);
	put_symbol(w, "model.c", STT_FILE, SHN_ABS, 0);
	put_symbol(w, "", STT_SECTION, MODEL_PROG_A, 0);
	put_symbol(w, "", STT_SECTION, MODEL_PROG_B, 0);
	put_symbol(w, "", STT_SECTION, MODEL_DEBUG, 0);
	for (uint32_t i = 1; i <= w->m->n; i++) {
		const struct model_type *t = &w->m->types[i];

		for (uint32_t j = 0; t->kind == BTF_KIND_DATASEC && j < t->n_parts; j++) {
			uint16_t section = str_eq(t->name, ".maps")   ? MODEL_MAPS
					   : str_eq(t->name, ".data") ? MODEL_DATA
								      : SHN_UNDEF;

			/* Or symbols would tell them apart. */
			if (str_eq(w->m->types[t->parts[j].type].name, MODEL_ALIKE))
				continue;
			w->symbol[t->parts[j].type] = n++;
			put_symbol(w, w->m->types[t->parts[j].type].name, STT_OBJECT, section,
				   section ? t->parts[j].place : 0);
		}
	}
}

static Elf64_Shdr describe_section(int i)
{
	Elf64_Shdr h = {.sh_type = i ? SHT_PROGBITS : SHT_NULL, .sh_addralign = i ? 8 : 0};

	switch (i) {
	case MODEL_STRTAB:
		h.sh_type = SHT_STRTAB;
		h.sh_addralign = 1;
		break;
	case MODEL_PROG_A:
	case MODEL_PROG_B:
		h.sh_flags = SHF_ALLOC | SHF_EXECINSTR;
		break;
	case MODEL_REL_DEBUG:
	case MODEL_REL_BTF:
	case MODEL_REL_EXT:
		h.sh_type = SHT_REL;
		h.sh_info = (uint32_t)i - 1;
		h.sh_link = MODEL_SYMTAB;
		h.sh_entsize = sizeof(Elf64_Rel);
		break;
	case MODEL_ADDRSIG:
		h.sh_type = 0x6fff4c03;
		h.sh_link = MODEL_SYMTAB;
		break;
	case MODEL_SYMTAB:
		h.sh_type = SHT_SYMTAB;
		h.sh_link = MODEL_STRTAB;
		h.sh_info = MODEL_SYMBOLS;
		h.sh_entsize = sizeof(Elf64_Sym);
		break;
	}
	return h;
}

static void put_section_header(const struct writer *w, struct buf *b, int i, uint64_t offset)
{
	Elf64_Shdr h = describe_section(i);

	put32(w, b, find_text(&w->names, section_names[i]));
	put32(w, b, h.sh_type);
	put64(w, b, h.sh_flags);
	put64(w, b, 0);
	put64(w, b, offset);
	put64(w, b, w->content[i].n);
	put32(w, b, h.sh_link);
	put32(w, b, h.sh_info);
	put64(w, b, h.sh_addralign);
	put64(w, b, h.sh_entsize);
}

static void put_file_header(const struct writer *w, struct buf *b, uint64_t shoff)
{
	char ident[EI_NIDENT] = {0x7f, 'E', 'L', 'F', ELFCLASS64, 0, EV_CURRENT};
	bool little = (__BYTE_ORDER == __LITTLE_ENDIAN) != w->swap;

	ident[EI_DATA] = little ? ELFDATA2LSB : ELFDATA2MSB;
	buf_add(b, ident, sizeof(ident));
	put16(w, b, ET_REL);
	put16(w, b, EM_BPF);
	put32(w, b, EV_CURRENT);
	put64(w, b, 0);
	put64(w, b, 0);
	put64(w, b, shoff);
	put32(w, b, 0);
	put16(w, b, sizeof(Elf64_Ehdr));
	put16(w, b, 0);
	put16(w, b, 0);
	put16(w, b, sizeof(Elf64_Shdr));
	put16(w, b, MODEL_SECTIONS);
	put16(w, b, MODEL_STRTAB);
}

static void put_file(struct writer *w, struct buf *ret)
{
	uint64_t offsets[MODEL_SECTIONS], end = sizeof(Elf64_Ehdr);

	for (int i = 0; i < MODEL_SECTIONS; i++)
		add_text(&w->names, section_names[i]);
	buf_add(&w->content[MODEL_STRTAB], w->names.v, w->names.n);
	for (int i = 0; i < MODEL_SECTIONS; i++) {
		offsets[i] = end;
		end += (w->content[i].n + 7) / 8 * 8;
	}
	put_file_header(w, ret, end);
	for (int i = 0; i < MODEL_SECTIONS; i++) {
		buf_add(ret, w->content[i].v, w->content[i].n);
		while (ret->n % 8)
			buf_putc(ret, 0);
	}
	for (int i = 0; i < MODEL_SECTIONS; i++)
		put_section_header(w, ret, i, offsets[i]);
}

/* Appends to ret the object that the model describes. swap: in the other byte order. */
static void model_write(const struct model *m, uint64_t seed, bool swap, struct buf *ret)
{
	struct writer w = {.m = m, .random = seed, .swap = swap};

	add_text(&w.names, "");
	model_shuffle(&w.random, 1, m->n, w.order);
	for (uint32_t i = 0; i < m->n; i++)
		w.id[w.order[i]] = i + 1;
	put_symbols(&w);
	scatter_strings(&w);
	put_ext(&w);
	put_btf(&w);
	put_code(&w, MODEL_PROG_A);
	put_code(&w, MODEL_PROG_B);
	buf_add(&w.content[MODEL_MAPS], "maps", 4);
	buf_add(&w.content[MODEL_DATA], "data", 4);
	buf_add(&w.content[MODEL_DEBUG], "debug information", 16);
	put_reloc(&w, MODEL_REL_DEBUG, 0, MODEL_SYMBOL_DEBUG);
	buf_add(&w.content[MODEL_ADDRSIG], "\5", 1);
	put_file(&w, ret);
	for (int i = 0; i < MODEL_SECTIONS; i++)
		buf_free(&w.content[i]);
	buf_free(&w.strings);
	buf_free(&w.names);
}

#endif
