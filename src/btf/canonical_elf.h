/*
 * An ELF64 BPF object taken apart and written again: reading checks every field that is used
 * later, selecting decides what stays, writing lays out what stayed in the order it had.
 */
#ifndef SKEP_BTF_CANONICAL_ELF_H
#define SKEP_BTF_CANONICAL_ELF_H

#include <byteswap.h>
#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"

struct canonical_section {
	Elf64_Shdr h; /* in this machine's byte order */
	const char *name;
	const uint8_t *data; /* h.sh_size bytes; none for SHT_NOBITS */
	struct buf own;	     /* what stands instead of data once it was edited */
	bool edited;
	bool keep;
	uint32_t new_index;
};

struct canonical_symbol {
	Elf64_Sym s; /* in this machine's byte order */
	const char *name;
	bool keep;
	uint32_t new_index;
};

struct canonical_elf {
	const char *what; /* the object's name in messages */
	const uint8_t *data;
	size_t size;
	bool swap; /* written in the other byte order */
	Elf64_Ehdr h;
	VEC(struct canonical_section) sections;
	VEC(struct canonical_symbol) symbols;
	uint32_t symtab;    /* section index, 0: there is none */
	struct map by_name; /* section name -> index as a pointer; the first of a name */
};

struct canonical_reloc {
	uint64_t offset;
	uint32_t symbol; /* as numbered in the input */
	uint32_t type;
};

static inline uint32_t canonical_u32(const struct canonical_elf *e, const void *p)
{
	uint32_t x;

	__builtin_memcpy(&x, p, sizeof(x));
	return e->swap ? bswap_32(x) : x;
}

static inline uint64_t canonical_u64(const struct canonical_elf *e, const void *p)
{
	uint64_t x;

	__builtin_memcpy(&x, p, sizeof(x));
	return e->swap ? bswap_64(x) : x;
}

/* From this machine's byte order to the object's or back. */
static inline uint32_t canonical_swap_u32(const struct canonical_elf *e, uint32_t x)
{
	return e->swap ? bswap_32(x) : x;
}

/* Appends a number in the object's byte order. */
static inline void canonical_put_u32(const struct canonical_elf *e, struct buf *b, uint32_t x)
{
	x = canonical_swap_u32(e, x);
	buf_add(b, &x, sizeof(x));
}

static inline void canonical_put_u64(const struct canonical_elf *e, struct buf *b, uint64_t x)
{
	x = e->swap ? bswap_64(x) : x;
	buf_add(b, &x, sizeof(x));
}

/* Reports that the object is damaged and returns -EBADMSG. */
int canonical_damaged(const struct canonical_elf *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Reads headers, sections and symbols; data must outlive the result, which canonical_elf_free
 * releases. -EBADMSG or -EOPNOTSUPP after a message.
 */
int canonical_elf_read(const void *data, size_t size, const char *what, struct canonical_elf *ret);
void canonical_elf_free(struct canonical_elf *e);
#define _cleanup_canonical_elf_ _cleanup_(canonical_elf_free)

/* The index of the first section of this name, or 0. */
uint32_t canonical_find_section(const struct canonical_elf *e, const char *name);
/* Sets *ret to the relocation section that applies to the section, or 0. -EBADMSG: two of them. */
int canonical_find_relocs(const struct canonical_elf *e, uint32_t section, uint32_t *ret);
/* The number of records of a relocation section, and one of them; their symbols exist. */
uint32_t canonical_n_relocs(const struct canonical_section *s);
struct canonical_reloc canonical_get_reloc(const struct canonical_elf *e,
					   const struct canonical_section *s, uint32_t i);
void canonical_put_reloc(const struct canonical_elf *e, struct buf *b,
			 const struct canonical_reloc *r);

/* A section's content, which may be changed in place. */
uint8_t *canonical_section_edit(struct canonical_section *s);
/* Replaces a section's content, taking the bytes. */
void canonical_section_replace(struct canonical_section *s, struct buf *content);
/* A section's content as it stands. */
static inline const uint8_t *canonical_section_data(const struct canonical_section *s)
{
	return s->edited ? (const uint8_t *)s->own.v : s->data;
}

/* Decides which sections and symbols stay, and numbers them anew. */
void canonical_elf_select(struct canonical_elf *e, bool keep_debug);
/* Appends the object made of what stayed to ret. -EBADMSG after a message. */
int canonical_elf_write(struct canonical_elf *e, struct buf *ret);

#endif
