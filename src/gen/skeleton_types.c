/* What the skeleton says about types: data sections, struct_ops maps, and the size checks. */
#include "gen/skeleton_parts.h"

#include <errno.h>

#include "base/message.h"

/*
 * Members are laid out for a 32-bit user as well: no member is trusted to be aligned to more than
 * this by the compiler, a byte array makes up for the rest.
 */
#define MEMBER_ALIGN_MAX 4

#define POINTER_SIZE 8 /* in BPF, whatever the user's machine */

/* Of a damaged type libbpf may print padding without end; what follows is not kept. */
#define TEXT_MAX ((size_t)64 << 20)

static void put_dump(void *ctx, const char *fmt, va_list args)
{
	struct buf *b = ctx;

	if (b->n < TEXT_MAX)
		buf_vprintf(b, fmt, args);
}

/* New for each part of the header: it numbers types of one name apart, as bpftool does per part. */
static struct btf_dump *new_dump(const struct skeleton *s, struct buf *ret)
{
	struct btf_dump *d = btf_dump__new(s->btf, put_dump, ret, NULL);

	if (!d)
		message_error(-errno, "skeleton: %s: libbpf cannot print its types: %s", s->file,
			      strerror(errno));
	return d;
}

static void free_dump(struct btf_dump **d)
{
	btf_dump__free(*d);
}
#define _cleanup_dump_ __attribute__((cleanup(free_dump)))

/* Before 1.5 libbpf prints a prototype without parameters as "()", of which C says nothing. */
static void put_voids(struct buf *b, size_t start)
{
	const char *empty = b->v ? strstr(b->v + start, "()") : NULL;

	while (empty) {
		size_t at = (size_t)(empty - b->v) + 1;
		_cleanup_free_ char *rest = xstrdup(b->v + at);

		b->n = at;
		buf_puts(b, "void");
		buf_puts(b, rest);
		empty = strstr(b->v + at, "()");
	}
}

static int put_declaration(const struct skeleton *s, struct btf_dump *d, uint32_t type,
			   const struct btf_dump_emit_type_decl_opts *options, struct buf *ret)
{
	size_t start = ret->n;
	int err = btf_dump__emit_type_decl(d, type, options);

	if (err < 0)
		return message_error(err, "skeleton: %s: libbpf cannot print the type of '%s': %s",
				     s->file, options->field_name, strerror(-err));
	if (ret->n >= TEXT_MAX)
		return message_error(-EBADMSG,
				     "skeleton: %s: the type of '%s' is too large to print",
				     s->file, options->field_name);
	put_voids(ret, start);
	return 0;
}

static const char *name_of(const struct skeleton *s, const struct btf_type *t)
{
	return btf__name_by_offset(s->btf, t->name_off);
}

static const struct btf_type *skip_modifiers(const struct btf *btf, uint32_t id, uint32_t *ret_id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (btf_is_mod(t) || btf_is_typedef(t)) {
		id = t->type;
		t = btf__type_by_id(btf, id);
	}
	*ret_id = id;
	return t;
}

/* --- data sections --- */

void skeleton_find_sections(struct skeleton *s)
{
	uint32_t n = s->btf ? btf__type_cnt(s->btf) : 0;

	for (uint32_t id = 1; id < n; id++) {
		const struct btf_type *t = btf__type_by_id(s->btf, id);
		_cleanup_free_ char *ident = NULL;

		if (!btf_is_datasec(t))
			continue;
		ident = skeleton_section_ident(name_of(s, t));
		if (!ident)
			continue;
		vec_foreach (m, &s->maps)
			if (m->memory && !m->data && str_eq(m->memory, ident))
				m->data = t;
	}
}

/* The variable of a section's entry when the skeleton shows it: static ones stay hidden. */
static const struct btf_type *visible_variable(const struct skeleton *s,
					       const struct btf_var_secinfo *entry)
{
	const struct btf_type *t = btf__type_by_id(s->btf, entry->type);

	return t && btf_is_var(t) && btf_var(t)->linkage != BTF_VAR_STATIC ? t : NULL;
}

/* Appends "char __padN[...]" where the compiler alone would not put the next member at want. */
static int put_padding(const struct skeleton *s, const char *name, uint32_t type, uint32_t at,
		       uint32_t want, unsigned *count, struct buf *ret)
{
	int align = btf__align_of(s->btf, type);

	if (align <= 0)
		return message_error(-EBADMSG, "skeleton: %s: the type of '%s' has no alignment",
				     s->file, name);
	if (at > want)
		return message_error(-EBADMSG, "skeleton: %s: '%s' overlaps the variable before it",
				     s->file, name);
	if (align > MEMBER_ALIGN_MAX)
		align = MEMBER_ALIGN_MAX;
	if ((at + align - 1) / align * align != want)
		buf_printf(ret, "\t\tchar __pad%u[%u];\n", (*count)++, want - at);
	return 0;
}

static int put_variables(const struct skeleton *s, const struct btf_type *section,
			 struct btf_dump *d, struct buf *ret)
{
	const struct btf_var_secinfo *entry = btf_var_secinfos(section);
	/* Of const data the loader changes the value; of the kernel's configuration nobody does. */
	bool strip = !str_eq(name_of(s, section), ".kconfig");
	uint32_t at = 0;
	unsigned pads = 0;

	for (unsigned i = 0; i < btf_vlen(section); i++, entry++) {
		const struct btf_type *variable = visible_variable(s, entry);
		_cleanup_free_ char *ident = NULL;
		int err;

		if (!variable)
			continue;
		ident = skeleton_variable_ident(name_of(s, variable));
		err = put_padding(s, ident, variable->type, at, entry->offset, &pads, ret);
		if (err < 0)
			return err;
		LIBBPF_OPTS(btf_dump_emit_type_decl_opts, options, .field_name = ident,
			    .indent_level = 2, .strip_mods = strip);
		buf_puts(ret, "\t\t");
		err = put_declaration(s, d, variable->type, &options, ret);
		if (err < 0)
			return err;
		buf_puts(ret, ";\n");
		at = entry->offset + entry->size;
	}
	return 0;
}

int skeleton_put_sections(const struct skeleton *s, struct buf *ret)
{
	_cleanup_dump_ struct btf_dump *d = NULL;

	if (!s->btf)
		return 0;
	d = new_dump(s, ret);
	if (!d)
		return -ENOMEM;
	vec_foreach (m, &s->maps) {
		int err = 0;

		if (!m->memory)
			continue;
		buf_printf(ret, "\tstruct %s__%s {\n", s->name, m->memory);
		/* Sections of merged constants have no DATASEC: their memory stays reachable. */
		if (m->data)
			err = put_variables(s, m->data, d, ret);
		if (err < 0)
			return err;
		buf_printf(ret, "\t} *%s;\n", m->memory);
	}
	return 0;
}

static void put_section_asserts(const struct skeleton *s, const struct skeleton_map *m,
				struct buf *ret)
{
	const struct btf_var_secinfo *entry = btf_var_secinfos(m->data);

	for (unsigned i = 0; i < btf_vlen(m->data); i++, entry++) {
		const struct btf_type *variable = visible_variable(s, entry);
		_cleanup_free_ char *ident = NULL;
		long long size;

		if (!variable)
			continue;
		size = btf__resolve_size(s->btf, variable->type);
		if (size < 0)
			continue;
		ident = skeleton_variable_ident(name_of(s, variable));
		buf_printf(ret,
			   "\tSKEP_ASSERT(sizeof(s->%s->%s) == %lld, \"size of '%s' in BPF\");\n",
			   m->memory, ident, size, ident);
	}
}

void skeleton_put_asserts(const struct skeleton *s, struct buf *ret)
{
	if (!s->btf)
		return;
	skeleton_put_text(s, ret,
			  "\n"
			  "#ifdef __cplusplus\n"
			  "#define SKEP_ASSERT(what, text) static_assert(what, text)\n"
			  "#else\n"
			  "#define SKEP_ASSERT(what, text) _Static_assert(what, text)\n"
			  "#endif\n"
			  "\n"
			  "/* The types defined where this header is included must be those of the "
			  "BPF code. */\n"
			  "__attribute__((unused)) static void\n"
			  "@__assert(struct @ *s __attribute__((unused)))\n"
			  "{\n");
	vec_foreach (m, &s->maps)
		if (m->data)
			put_section_asserts(s, m, ret);
	buf_puts(ret, "}\n\n#undef SKEP_ASSERT\n");
}

/* --- struct_ops maps --- */

static bool is_function_pointer(const struct btf *btf, const struct btf_type *t)
{
	uint32_t id;

	return btf_is_ptr(t) && btf_is_func_proto(skip_modifiers(btf, t->type, &id));
}

static bool is_scalar(const struct btf_type *t)
{
	return btf_is_int(t) || btf_is_float(t) || btf_is_any_enum(t);
}

/*
 * Appends one member: numbers as they are, a function as the program that implements it, anything
 * else as bytes, because its type may be defined differently where the skeleton is used.
 */
static int put_shadow_member(const struct skeleton *s, struct btf_dump *d, unsigned index,
			     const struct btf_member *member, struct buf *ret, uint32_t *ret_size)
{
	const char *name = btf__name_by_offset(s->btf, member->name_off);
	uint32_t id;
	const struct btf_type *t = skip_modifiers(s->btf, member->type, &id);
	long long size = btf__resolve_size(s->btf, id);
	int err = 0;

	if (is_function_pointer(s->btf, t)) {
		buf_printf(ret, "\t\t\tstruct bpf_program *%s;\n", name);
		*ret_size = POINTER_SIZE;
		return 0;
	}
	if (size < 0)
		return message_error(-EBADMSG, "skeleton: %s: member '%s' has no size", s->file,
				     name);
	if (is_scalar(t)) {
		LIBBPF_OPTS(btf_dump_emit_type_decl_opts, options, .field_name = name,
			    .indent_level = 3);

		buf_puts(ret, "\t\t\t");
		err = put_declaration(s, d, id, &options, ret);
		buf_puts(ret, ";\n");
	} else {
		buf_printf(ret, "\t\t\tchar __unsupported_%u[%lld];\n", index, size);
	}
	*ret_size = (uint32_t)size;
	return err;
}

static int put_shadow_members(const struct skeleton *s, const struct btf_type *type,
			      struct buf *ret)
{
	const struct btf_member *member = btf_members(type);
	_cleanup_dump_ struct btf_dump *d = new_dump(s, ret);
	uint32_t at = 0;

	if (!d)
		return -ENOMEM;
	for (unsigned i = 0; i < btf_vlen(type); i++, member++) {
		uint32_t offset = btf_member_bit_offset(type, i) / 8, size = 0;
		int err;

		/* A bit field has no address: the padding before the next member covers it. */
		if (btf_member_bitfield_size(type, i))
			continue;
		if (at < offset)
			buf_printf(ret, "\t\t\tchar __padding_%u[%u];\n", i, offset - at);
		err = put_shadow_member(s, d, i, member, ret, &size);
		if (err < 0)
			return err;
		at = offset + size;
	}
	if (at < type->size)
		buf_printf(ret, "\t\t\tchar __padding_end[%u];\n", type->size - at);
	return 0;
}

int skeleton_put_struct_ops(const struct skeleton *s, struct buf *ret)
{
	if (!s->btf || !s->has_struct_ops)
		return 0;
	buf_puts(ret, "\tstruct {\n");
	vec_foreach (m, &s->maps) {
		const struct btf_type *type;
		int err;

		if (!m->struct_ops)
			continue;
		type = btf__type_by_id(s->btf, bpf_map__btf_value_type_id(m->map));
		if (!type || !btf_is_struct(type))
			return message_error(-EBADMSG,
					     "skeleton: %s: struct_ops map '%s' has no struct type",
					     s->file, m->name);
		buf_printf(ret, "\t\tstruct %s__%s__%s {\n", s->name, m->ident, name_of(s, type));
		err = put_shadow_members(s, type, ret);
		if (err < 0)
			return err;
		buf_printf(ret, "\t\t} *%s;\n", m->ident);
	}
	buf_puts(ret, "\t} struct_ops;\n");
	return 0;
}
