#include "btf/canonical_relocs.h"

#include <stdlib.h>

int canonical_relocs_open(const struct canonical_elf *e, uint32_t section,
			  struct canonical_relocs *ret)
{
	struct canonical_relocs r = {0};
	uint64_t words = e->sections.v[section].h.sh_size / 4;
	uint32_t rel;
	int err = canonical_find_relocs(e, section, &rel);

	if (err < 0)
		return err;
	if (rel) {
		r.section = &e->sections.v[rel];
		r.n = canonical_n_relocs(r.section);
		r.by_word = xcalloc(words + 1, sizeof(*r.by_word));
	}
	for (uint32_t i = 0; i < r.n; i++) {
		uint64_t at = canonical_get_reloc(e, r.section, i).offset;

		if (at % 4 || at / 4 >= words || r.by_word[at / 4]) {
			canonical_relocs_close(&r);
			return canonical_damaged(e, "relocation %u of %s is out of place", i,
						 e->sections.v[section].name);
		}
		r.by_word[at / 4] = i + 1;
	}
	*ret = r;
	return 0;
}

void canonical_relocs_close(struct canonical_relocs *r)
{
	free(r->by_word);
	r->by_word = NULL;
}

uint32_t canonical_relocs_take(struct canonical_relocs *r, uint32_t offset)
{
	uint32_t found = r->by_word ? r->by_word[offset / 4] : 0;

	if (found)
		r->n_used++;
	return found;
}

int canonical_relocs_check(const struct canonical_elf *e, const struct canonical_relocs *r)
{
	if (r->n_used == r->n)
		return 0;
	return canonical_damaged(e, "%s relocates what cannot be relocated", r->section->name);
}
