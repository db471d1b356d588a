/* Objects and archives by hand, for tests and fuzz targets of the linker's readers. */
#ifndef SKEP_TESTS_UNIT_INPUT_FILES_H
#define SKEP_TESTS_UNIT_INPUT_FILES_H

#include <byteswap.h>
#include <elf.h>
#include <endian.h>

#include "bitcode_writer.h"

/* --- archives */

static inline void put_ar_header(struct buf *b, const char *name, size_t size)
{
	buf_printf(b, "%-16s%-12d%-6d%-6d%-8o%-10zu`\n", name, 0, 0, 0, 0644, size);
}

static inline void put_ar_member(struct buf *b, const char *name, const void *data, size_t size)
{
	put_ar_header(b, name, size);
	buf_add(b, data, size);
	if (size % 2)
		buf_putc(b, '\n');
}

static inline void put_bsd_member(struct buf *b, const char *name, const void *data, size_t size)
{
	_cleanup_buf_ struct buf all = {0};
	_cleanup_free_ char *reference = xasprintf("#1/%zu", strlen(name) + 3);

	buf_add(&all, name, strlen(name));
	buf_add(&all, "\0\0\0", 3);
	buf_add(&all, data, size);
	put_ar_member(b, reference, all.v, all.n);
}

/* --- ELF objects */

struct elf_recipe {
	unsigned bits; /* 64 or 32 */
	bool is_big;
	uint16_t type, machine;
	const char *section; /* the name of the one that holds data */
	uint64_t flags;	     /* its own */
	const void *data;
	size_t size;
	unsigned copies; /* sections with that data: 0 means 1 */
	bool defines;	 /* a symbol that others see */
	bool refers;	 /* to one that is elsewhere */
};

#define SWAP(r, value)                                                           \
	((r)->is_big == (BYTE_ORDER == BIG_ENDIAN) ? (value)                     \
	 : sizeof(value) == 8			   ? bswap_64((uint64_t)(value)) \
	 : sizeof(value) == 4			   ? bswap_32((uint32_t)(value)) \
	 : sizeof(value) == 2			   ? bswap_16((uint16_t)(value)) \
						   : (value))
#define SET(r, field, number)                                            \
	do {                                                             \
		__typeof__(field) number_ = (__typeof__(field))(number); \
		(field) = (__typeof__(field))SWAP(r, number_);           \
	} while (0)

/* One function per class: header, names, symbols, data, section table. */
#define DEFINE_PUT_ELF(n)                                                                    \
	static inline void put_elf##n(struct buf *b, const struct elf_recipe *r)             \
	{                                                                                    \
		unsigned copies = r->copies ? r->copies : 1;                                 \
		_cleanup_free_ char *names = xasprintf("\1.symtab\1.names\1%s", r->section); \
		size_t n_names = strlen(names) + 1;                                          \
		Elf##n##_Sym symbols[4] = {{0}};                                             \
		Elf##n##_Shdr s[16] = {{0}};                                                 \
		Elf##n##_Ehdr h = {.e_ident = ELFMAG};                                       \
                                                                                             \
		for (char *p = names; *p; p++)                                               \
			*p = *p == '\1' ? '\0' : *p;                                         \
		/* A file's name and a section are no definitions. */                        \
		symbols[1].st_info = ELF##n##_ST_INFO(STB_LOCAL, STT_FILE);                  \
		SET(r, symbols[1].st_shndx, SHN_ABS);                                        \
		symbols[2].st_info = ELF##n##_ST_INFO(STB_GLOBAL, STT_NOTYPE);               \
		symbols[3].st_info = ELF##n##_ST_INFO(STB_GLOBAL, STT_FUNC);                 \
		SET(r, symbols[3].st_shndx, r->defines ? 3 : 0);                             \
		SET(r, s[1].sh_name, 1);                                                     \
		SET(r, s[1].sh_type, SHT_SYMTAB);                                            \
		SET(r, s[1].sh_offset, sizeof(h) + n_names);                                 \
		SET(r, s[1].sh_size, r->defines || r->refers ? sizeof(symbols) : 0);         \
		SET(r, s[1].sh_entsize, sizeof(symbols[0]));                                 \
		SET(r, s[2].sh_name, 9);                                                     \
		SET(r, s[2].sh_type, SHT_STRTAB);                                            \
		SET(r, s[2].sh_offset, sizeof(h));                                           \
		SET(r, s[2].sh_size, n_names);                                               \
		for (unsigned i = 0; i < copies; i++) {                                      \
			SET(r, s[3 + i].sh_name, 16);                                        \
			SET(r, s[3 + i].sh_type, SHT_PROGBITS);                              \
			SET(r, s[3 + i].sh_flags, r->flags);                                 \
			SET(r, s[3 + i].sh_offset,                                           \
			    sizeof(h) + n_names + sizeof(symbols) + i * r->size);            \
			SET(r, s[3 + i].sh_size, r->size);                                   \
		}                                                                            \
		h.e_ident[EI_CLASS] = ELFCLASS##n;                                           \
		h.e_ident[EI_DATA] = r->is_big ? ELFDATA2MSB : ELFDATA2LSB;                  \
		h.e_ident[EI_VERSION] = EV_CURRENT;                                          \
		SET(r, h.e_type, r->type ? r->type : ET_REL);                                \
		SET(r, h.e_machine, r->machine);                                             \
		SET(r, h.e_shoff,                                                            \
		    sizeof(h) + n_names + sizeof(symbols) + (size_t)copies * r->size);       \
		SET(r, h.e_shentsize, sizeof(s[0]));                                         \
		SET(r, h.e_shnum, 3 + copies);                                               \
		SET(r, h.e_shstrndx, 2);                                                     \
		buf_add(b, &h, sizeof(h));                                                   \
		buf_add(b, names, n_names);                                                  \
		buf_add(b, symbols, sizeof(symbols));                                        \
		for (unsigned i = 0; i < copies; i++)                                        \
			buf_add(b, r->data, r->size);                                        \
		buf_add(b, s, (3 + copies) * sizeof(s[0]));                                  \
	}

DEFINE_PUT_ELF(32)
DEFINE_PUT_ELF(64)

static inline void put_elf(struct buf *b, const struct elf_recipe *r)
{
	if (r->bits == 32)
		put_elf32(b, r);
	else
		put_elf64(b, r);
}

#endif
