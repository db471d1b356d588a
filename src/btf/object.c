#include "btf/object.h"

#include <errno.h>

#include "base/message.h"
#include "btf/canonical_elf.h"
#include "btf/canonical_ext.h"
#include "btf/canonical_strings.h"
#include "btf/canonical_ties.h"
#include "btf/canonical_types.h"

/* The content of .BTF and .BTF.ext and of their relocations, in the making. */
struct parts {
	struct buf types, type_relocs;
	struct buf ext, ext_relocs;
};

static void free_parts(struct parts *p)
{
	buf_free(&p->types);
	buf_free(&p->type_relocs);
	buf_free(&p->ext);
	buf_free(&p->ext_relocs);
}

/*
 * The order in which types get their numbers is the order a reader expects: maps, then functions
 * and what their relocations name, then the other variables, then the sections.
 */
static void number_types(struct canonical_types *t, const struct canonical_ext *x)
{
	canonical_types_visit_variables(t, ".maps");
	canonical_ext_visit(x, CANONICAL_FUNCS, t);
	canonical_ext_visit(x, CANONICAL_CORE, t);
	canonical_types_visit_variables(t, NULL);
	canonical_types_visit_datasecs(t);
	canonical_ties_number(t);
}

/* The whole of .BTF: header, types, strings. */
static void join_btf(const struct canonical_types *t, const struct buf *types,
		     const struct buf *strings, struct buf *ret)
{
	const struct canonical_elf *e = t->elf;

	buf_add(ret, t->view.types - sizeof(struct btf_header), 4);
	canonical_put_u32(e, ret, sizeof(struct btf_header));
	canonical_put_u32(e, ret, 0);
	canonical_put_u32(e, ret, (uint32_t)types->n);
	canonical_put_u32(e, ret, (uint32_t)types->n);
	canonical_put_u32(e, ret, (uint32_t)strings->n);
	buf_add(ret, types->v, types->n);
	buf_add(ret, strings->v, strings->n);
}

/* Replaces a section and the one that relocates it. */
static int replace(struct canonical_elf *e, uint32_t section, struct buf *content,
		   struct buf *relocs)
{
	uint32_t rel;
	int err = canonical_find_relocs(e, section, &rel);

	if (err < 0)
		return err;
	canonical_section_replace(&e->sections.v[section], content);
	if (rel)
		canonical_section_replace(&e->sections.v[rel], relocs);
	return 0;
}

static int put_in_order(struct canonical_elf *e, struct canonical_types *t,
			const struct canonical_ext *x, const struct object_options *o, uint32_t btf,
			uint32_t btf_ext)
{
	_cleanup_(free_parts) struct parts p = {0};
	_cleanup_canonical_strings_ struct canonical_strings strings = {0};
	_cleanup_buf_ struct buf whole = {0};
	int err;

	number_types(t, x);
	canonical_strings_init(&strings, t->view.strings, t->view.strings_size, o);
	canonical_types_write(t, &strings, &p.types, &p.type_relocs);
	if (btf_ext)
		canonical_ext_write(x, &strings, &p.ext, &p.ext_relocs);
	if (canonical_strings_full(&strings))
		return canonical_damaged(e, "its strings overlap");
	err = canonical_ext_patch(x, e);
	join_btf(t, &p.types, &strings.out, &whole);
	err = err < 0 ? err : replace(e, btf, &whole, &p.type_relocs);
	if (err == 0 && btf_ext)
		err = replace(e, btf_ext, &p.ext, &p.ext_relocs);
	return err;
}

static int finish_types(struct canonical_elf *e, const struct object_options *o)
{
	_cleanup_canonical_types_ struct canonical_types types = {0};
	_cleanup_canonical_ext_ struct canonical_ext ext = {0};
	int err = canonical_debug_open(e, &types, &ext);

	/* Without -g, or a unit that holds nothing. */
	if (err < 0 || !types.n)
		return err;
	return put_in_order(e, &types, &ext, o, canonical_find_section(e, ".BTF"),
			    canonical_find_section(e, ".BTF.ext"));
}

int object_finish(const void *in, size_t size, const char *what, const struct object_options *o,
		  struct buf *ret)
{
	_cleanup_canonical_elf_ struct canonical_elf e = {0};
	int err = canonical_elf_read(in, size, what, &e);

	if (err < 0)
		return err;
	canonical_elf_select(&e, o->keep_debug);
	err = finish_types(&e, o);
	return err < 0 ? err : canonical_elf_write(&e, ret);
}
