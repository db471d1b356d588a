#include "btf/canonical_elf.h"
#include "btf/check.h"
#include "btf/view.h"
#include "cli/verify_parts.h"

/* Every global function outside of .text is a program: its section says of what type. */
static void add_programs(const struct canonical_elf *e, struct strv *ret)
{
	vec_foreach (s, &e->symbols) {
		const struct canonical_section *section;

		if (ELF64_ST_TYPE(s->s.st_info) != STT_FUNC ||
		    ELF64_ST_BIND(s->s.st_info) == STB_LOCAL || !s->s.st_shndx ||
		    s->s.st_shndx >= e->sections.n)
			continue;
		section = &e->sections.v[s->s.st_shndx];
		if ((section->h.sh_flags & SHF_EXECINSTR) && !str_eq(section->name, ".text"))
			strv_add(ret, s->name);
	}
}

/* What the variables of a section are; a section of data is a map itself. */
static void add_section(const struct btf_view *v, const struct btf_record *section,
			struct object_names *ret)
{
	const char *name = v->strings + section->name;
	bool is_data = str_starts(name, ".data") || str_starts(name, ".rodata") ||
		       str_starts(name, ".bss");
	bool is_maps = str_eq(name, ".maps") || str_starts(name, ".struct_ops");

	if (is_data)
		strv_add(&ret->maps, name);
	for (unsigned i = 0; i < section->n && (is_data || is_maps); i++) {
		uint32_t id = btf_view_u32(v, btf_record_entry(section, i));

		if (id >= v->first && btf_view_kind(v, id) == BTF_KIND_VAR)
			strv_add(is_data ? &ret->globals : &ret->maps,
				 v->strings + btf_view_type(v, id).name);
	}
}

static int add_variables(const struct canonical_elf *e, const char *what, struct object_names *ret)
{
	uint32_t nth = canonical_find_section(e, ".BTF");
	const struct canonical_section *s = &e->sections.v[nth];
	struct btf_view v = {0};
	int err;

	if (!nth || s->h.sh_type == SHT_NOBITS)
		return 0;
	err = btf_check(s->data, s->h.sh_size, 0, 0, what);
	err = err < 0 ? err : btf_view_open(s->data, s->h.sh_size, 0, 0, what, &v);
	for (uint32_t id = v.first; id < v.end && err == 0; id++) {
		struct btf_record section = btf_view_type(&v, id);

		if (section.kind == BTF_KIND_DATASEC)
			add_section(&v, &section, ret);
	}
	btf_view_close(&v);
	return err;
}

int object_names_read(const char *what, const void *object, size_t size, struct object_names *ret)
{
	_cleanup_canonical_elf_ struct canonical_elf e = {0};
	struct object_names names = {0};
	int err = canonical_elf_read(object, size, what, &e);

	if (err < 0)
		return err;
	add_programs(&e, &names.programs);
	err = add_variables(&e, what, &names);
	if (err < 0)
		object_names_free(&names);
	else
		*ret = names;
	return err;
}

void object_names_free(struct object_names *n)
{
	strv_free(&n->programs);
	strv_free(&n->maps);
	strv_free(&n->globals);
}
