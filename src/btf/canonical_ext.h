/*
 * .BTF.ext: which function, source line and CO-RE relocation belongs to which instruction. Its
 * records refer to types and strings of .BTF.
 */
#ifndef SKEP_BTF_CANONICAL_EXT_H
#define SKEP_BTF_CANONICAL_EXT_H

#include "btf/canonical_types.h"

enum canonical_list {
	CANONICAL_FUNCS,
	CANONICAL_LINES,
	CANONICAL_CORE,
	CANONICAL_LISTS,
};

struct canonical_record {
	uint32_t words[4]; /* the first one is the instruction's offset in bytes */
	uint32_t reloc;	   /* number of its relocation plus one, 0: none */
	uint32_t nth;	   /* in the input; orders records of one instruction */
};

/* The records of one list that belong to one section. */
struct canonical_group {
	uint32_t name;	   /* string offset */
	uint32_t section;  /* ELF section index, UINT32_MAX: none */
	uint32_t first, n; /* in records, in order of instructions */
	uint32_t nth;
};

struct canonical_ext {
	const struct canonical_types *types;
	struct canonical_relocs relocs;
	uint32_t header_size;
	struct {
		uint32_t size; /* in bytes; 0: not even the size of a record is there */
		VEC(struct canonical_group) groups; /* in order of ELF sections */
		VEC(struct canonical_record) records;
	} lists[CANONICAL_LISTS];
};

/* Reads section `section`, a .BTF.ext that belongs to t. Negative errno after a message. */
int canonical_ext_open(const struct canonical_types *t, uint32_t section,
		       struct canonical_ext *ret);
void canonical_ext_close(struct canonical_ext *x);
#define _cleanup_canonical_ext_ _cleanup_(canonical_ext_close)

/*
 * Reads the types of an object and what belongs to its instructions; both stay empty when it has
 * none. Negative errno after a message; both must be closed in any case.
 */
int canonical_debug_open(const struct canonical_elf *e, struct canonical_types *types,
			 struct canonical_ext *ext);

/* Numbers the types that a list names, in its order. */
void canonical_ext_visit(const struct canonical_ext *x, enum canonical_list list,
			 struct canonical_types *t);
/* Puts the new type ids where instructions hold one. -EBADMSG after a message. */
int canonical_ext_patch(const struct canonical_ext *x, struct canonical_elf *e);
/* Appends the whole section with new type ids and strings, and its relocations. */
void canonical_ext_write(const struct canonical_ext *x, struct canonical_strings *strings,
			 struct buf *ext, struct buf *relocs);

#endif
