/* The relocations of a section that consists of 32-bit words, by the word they apply to. */
#ifndef SKEP_BTF_CANONICAL_RELOCS_H
#define SKEP_BTF_CANONICAL_RELOCS_H

#include "btf/canonical_elf.h"

struct canonical_relocs {
	const struct canonical_section *section; /* NULL: none */
	uint32_t *by_word;			 /* number of the relocation plus one, 0: none */
	uint32_t n, n_used;
};

/* Finds them for a section. -EBADMSG after a message. */
int canonical_relocs_open(const struct canonical_elf *e, uint32_t section,
			  struct canonical_relocs *ret);
void canonical_relocs_close(struct canonical_relocs *r);

/* The relocation at an offset: its number plus one, or 0. */
uint32_t canonical_relocs_take(struct canonical_relocs *r, uint32_t offset);
/* Whether all were taken: -EBADMSG after a message when one is left. */
int canonical_relocs_check(const struct canonical_elf *e, const struct canonical_relocs *r);

#endif
