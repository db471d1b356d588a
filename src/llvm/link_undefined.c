/*
 * Names that are used and that nobody defines. No loader takes an object with such names, unless
 * the kernel is to define them: those are declared in sections of their own, or weakly when they
 * may be absent. bpf-linker writes the object all the same, and the user learns it when the program
 * is loaded. The one use for it is an object that is linked to others later (bpftool gen object),
 * which has to be asked for; what is not an object yet, such as bitcode, needs no asking.
 */
#include <ctype.h>
#include <errno.h>

#include "base/message.h"
#include "btf/canonical_types.h"
#include "llvm/link_parts.h"
#include "llvm/module.h"

/* Of a library that is missing nobody wants to read every name. */
#define REPORTS_MAX 10

struct undefined {
	const struct link *l;
	struct strv known; /* names that are defined; listed when first needed */
	struct strv seen;  /* of an object */
	unsigned n;
};

/* What the kernel defines is declared there, as libbpf knows them. */
static bool is_left_to_loader(const char *section)
{
	return section && (str_eq(section, ".ksyms") || str_eq(section, ".kconfig"));
}

static bool is_error(const struct link *l)
{
	return l->o->emit == LINK_OBJECT && !l->o->allow_undefined;
}

/* user refers to name; where it is declared: an input. */
static void report(struct undefined *u, const char *name, const char *user, const char *where)
{
	_cleanup_buf_ struct buf text = {0};
	const char *near;

	if (u->n++ >= REPORTS_MAX)
		return;
	if (!u->known.n) {
		link_list_defined(u->l, &u->known);
		strv_add_all(&u->known, &u->l->provided);
	}
	near = strv_nearest(&u->known, name);
	buf_printf(&text, "link: %s is not defined; %s refers to it", name, user ?: "something");
	if (where)
		buf_printf(&text, " (declared in %s)", where);
	if (near)
		buf_printf(&text, "; did you mean %s?", near);
	if (is_error(u->l))
		message_error(-EBADMSG, "%s", text.v);
	else
		link_warn(u->l, "%s", text.v);
}

static int finish(struct undefined *u)
{
	strv_free(&u->known);
	strv_free(&u->seen);
	if (!u->n || !is_error(u->l))
		return 0;
	if (u->n > REPORTS_MAX)
		message_note("link: and %u names more", u->n - REPORTS_MAX);
	message_note("link: what the kernel defines is declared in section .ksyms; for an object "
		     "that is linked further there is --allow-undefined");
	return -EBADMSG;
}

/* The name of a function or variable that v is part of, or NULL. */
static const char *owner_name(LLVMValueRef v, int depth)
{
	LLVMUseRef use;

	if (llvm.IsAInstruction(v))
		return value_name(llvm.GetBasicBlockParent(llvm.GetInstructionParent(v)));
	if (llvm.IsAGlobalValue(v))
		return value_name(v);
	/* A constant: who uses that? */
	use = llvm.GetFirstUse(v);
	return use && depth < 16 ? owner_name(llvm.GetUser(use), depth + 1) : NULL;
}

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || strchr("_.$", c);
}

/* Whether the module's assembly has such a label, or gives the name a value. */
static bool is_in_assembly(const struct link *l, const char *name)
{
	size_t size, n = strlen(name);
	const char *text = llvm.GetModuleInlineAsm(l->module, &size), *end = text + size;

	for (const char *at = text; (at = memmem(at, (size_t)(end - at), name, n)); at += n) {
		const char *next = at + n;

		while (next < end && (*next == ' ' || *next == '\t'))
			next++;
		if ((at == text || !is_name_char(at[-1])) && next < end &&
		    (*next == ':' || *next == '='))
			return true;
	}
	return false;
}

int link_check_module(const struct link *l)
{
	struct undefined u = {.l = l};
	module_values values = {0};

	module_list(l->module, &values);
	vec_foreach (v, &values) {
		LLVMUseRef use = llvm.GetFirstUse(*v);
		const char *name = value_name(*v);
		const struct link_symbol *s;

		if (!use || !llvm.IsDeclaration(*v) || value_is_llvms(*v) ||
		    llvm.GetLinkage(*v) == LINKAGE_EXTERN_WEAK ||
		    is_left_to_loader(llvm.GetSection(*v)) || strv_has(&l->provided, name) ||
		    is_in_assembly(l, name))
			continue;
		s = link_find_symbol(l, name);
		report(&u, name, owner_name(llvm.GetUser(use), 0),
		       s && s->user ? l->in.modules.v[s->user - 1].name : NULL);
	}
	vec_free(&values);
	return finish(&u);
}

/* Whether the object's types say that the kernel defines it. */
static bool is_kernels(const struct canonical_types *t, const char *name)
{
	vec_foreach (d, &t->datasecs)
		for (uint32_t i = d->first; is_left_to_loader(d->name) && i < d->first + d->n; i++)
			if (str_eq(canonical_name(t, t->entries.v[i].type), name))
				return true;
	return false;
}

/* The function at this place of a section, or else the section. */
static const char *place_name(const struct canonical_elf *e, uint32_t section, uint64_t at)
{
	vec_foreach (y, &e->symbols)
		if (y->s.st_shndx == section && ELF64_ST_TYPE(y->s.st_info) == STT_FUNC &&
		    at >= y->s.st_value && at - y->s.st_value < y->s.st_size)
			return y->name;
	return e->sections.v[section].name;
}

static void check_reloc(struct undefined *u, const struct canonical_types *t, uint32_t section,
			const struct canonical_reloc *r)
{
	const struct canonical_elf *e = t->elf;
	const struct canonical_symbol *y = &e->symbols.v[r->symbol];

	if (y->s.st_shndx != SHN_UNDEF || !*y->name || ELF64_ST_BIND(y->s.st_info) == STB_WEAK ||
	    link_is_defined(u->l, y->name) || is_kernels(t, y->name) || strv_has(&u->seen, y->name))
		return;
	strv_add(&u->seen, y->name);
	report(u, y->name, place_name(e, section, r->offset), e->what);
}

static int check_object(struct undefined *u, const struct input_module *m)
{
	_cleanup_canonical_elf_ struct canonical_elf e = {0};
	_cleanup_canonical_types_ struct canonical_types t = {.elf = &e};
	int err = canonical_elf_read(m->data, m->size, m->name, &e);
	uint32_t btf = err < 0 ? 0 : canonical_find_section(&e, ".BTF");

	if (btf)
		err = canonical_types_open(&e, btf, &t);
	for (uint32_t i = 0; err == 0 && i < e.sections.n; i++) {
		const struct canonical_section *s = &e.sections.v[i];

		/* Only what is loaded: not types and lines. */
		if (s->h.sh_type != SHT_REL || !(e.sections.v[s->h.sh_info].h.sh_flags & SHF_ALLOC))
			continue;
		for (uint32_t k = 0; k < canonical_n_relocs(s); k++) {
			struct canonical_reloc r = canonical_get_reloc(&e, s, k);

			check_reloc(u, &t, s->h.sh_info, &r);
		}
	}
	return err;
}

int link_check_objects(const struct link *l)
{
	struct undefined u = {.l = l};
	int err = 0, e;

	vec_foreach (m, &l->in.modules) {
		strv_free(&u.seen);
		if (m->kind == MODULE_ELF && err == 0)
			err = check_object(&u, m);
	}
	e = finish(&u);
	return err ?: e;
}
