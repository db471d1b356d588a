/*
 * The types of an object and their canonical numbers. A type gets its number when it is first
 * reached from something whose place is known (a map, a function, a relocation), depth first in
 * the order of its members; canonical_ties.h sees to what nothing known reaches.
 */
#ifndef SKEP_BTF_CANONICAL_TYPES_H
#define SKEP_BTF_CANONICAL_TYPES_H

#include "btf/canonical_elf.h"
#include "btf/canonical_relocs.h"
#include "btf/canonical_strings.h"
#include "btf/view.h"

/* A variable (or extern function) in its section. */
struct canonical_entry {
	uint64_t place; /* its offset, after relocation */
	uint32_t type, offset, size;
	uint32_t reloc;	 /* number of the relocation of its offset plus one, 0: none */
	uint32_t symbol; /* what that names, as numbered in the result */
};

/* A BTF_KIND_DATASEC; its entries are a range of canonical_types.entries, in order of place. */
struct canonical_datasec {
	uint32_t id;
	uint32_t section; /* ELF section index, UINT32_MAX: none */
	const char *name;
	uint32_t first, n;
};

struct canonical_types {
	const struct canonical_elf *elf;
	struct btf_view view;
	uint32_t n;	     /* types are 1 to n */
	uint32_t *first_ref; /* type i refers to refs[first_ref[i]] up to refs[first_ref[i + 1]] */
	uint32_t *refs;
	VEC(struct canonical_datasec) datasecs; /* in order of ELF sections, then of name */
	uint32_t *datasec_of;			/* by type: which of them it is */
	VEC(struct canonical_entry) entries;
	struct canonical_relocs relocs;
	uint32_t *new_id; /* by type, 0: not numbered yet */
	uint32_t *order;  /* type by new number */
	uint32_t n_numbered;
	VEC(uint32_t) stack; /* of canonical_types_visit: type, next reference */
};

/* What a 32-bit word of a type record is. */
enum canonical_word {
	CANONICAL_PLAIN,
	CANONICAL_NAME,
	CANONICAL_TYPE,
};
enum canonical_word canonical_word_kind(const struct btf_record *r, uint32_t word);
/* The number of words of a record. */
uint32_t canonical_n_words(const struct btf_record *r);

static inline const char *canonical_name(const struct canonical_types *t, uint32_t id)
{
	return t->view.strings + btf_view_type(&t->view, id).name;
}

/* Reads section `section` of the object, a .BTF. Negative errno after a message. */
int canonical_types_open(const struct canonical_elf *e, uint32_t section,
			 struct canonical_types *ret);
void canonical_types_close(struct canonical_types *t);
#define _cleanup_canonical_types_ _cleanup_(canonical_types_close)

/* Numbers a type and what it leads to, as far as that has no number yet. */
void canonical_types_visit(struct canonical_types *t, uint32_t id);
/* Visits the variables of the section of that name, or of all with NULL. */
void canonical_types_visit_variables(struct canonical_types *t, const char *section);
/* Visits the sections themselves. */
void canonical_types_visit_datasecs(struct canonical_types *t);

/*
 * Appends all records, which must be numbered, in canonical order, to types: what follows the
 * header in .BTF. Appends its relocations to relocs.
 */
void canonical_types_write(struct canonical_types *t, struct canonical_strings *strings,
			   struct buf *types, struct buf *relocs);

#endif
