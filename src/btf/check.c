#include "btf/check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/message.h"
#include "base/str.h"
#include "btf/check_loops.h"
#include "btf/view.h"

struct check {
	struct btf_view view;
	const char *what;
	bool plain; /* no string holds a control character */
};

/* Sets of kinds, for what may refer to what. */
#define KIND(k) (1u << BTF_KIND_##k)
#define KINDS_OF_VALUES                                                                           \
	(KIND(UNKN) | KIND(INT) | KIND(PTR) | KIND(ARRAY) | KIND(STRUCT) | KIND(UNION) |          \
	 KIND(ENUM) | KIND(FWD) | KIND(TYPEDEF) | KIND(VOLATILE) | KIND(CONST) | KIND(RESTRICT) | \
	 KIND(FUNC_PROTO) | KIND(FLOAT) | KIND(TYPE_TAG) | KIND(ENUM64))

/* What the third word of a record, or its entries, may refer to. */
static uint32_t referable_kinds(uint8_t kind)
{
	switch (kind) {
	case BTF_KIND_FUNC:
		return KIND(FUNC_PROTO);
	case BTF_KIND_DATASEC:
		return KIND(VAR) | KIND(FUNC);
	case BTF_KIND_DECL_TAG:
		return KIND(STRUCT) | KIND(UNION) | KIND(TYPEDEF) | KIND(FUNC) | KIND(VAR);
	default:
		return KINDS_OF_VALUES;
	}
}

__attribute__((format(printf, 3, 4))) static int damaged(const struct check *c, uint32_t id,
							 const char *fmt, ...)
{
	const char *kind = btf_kind_shapes[btf_view_kind(&c->view, id)].name;
	_cleanup_buf_ struct buf b = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	return message_error(-EBADMSG, "reading types: %s: type %u (%s) %s; the file is damaged",
			     c->what, id, kind, b.v);
}

static int check_id(const struct check *c, uint32_t id, uint32_t target, uint32_t kinds)
{
	const struct btf_view *v = &c->view;
	uint8_t kind;

	if (target >= v->end)
		return damaged(c, id, "refers to type %u of %u", target, v->end);
	if (target && target < v->first)
		return 0; /* the base's: its kind is not known here */
	kind = target ? btf_view_kind(v, target) : BTF_KIND_UNKN;
	if (kinds & 1u << kind)
		return 0;
	return damaged(c, id, "refers to type %u, of the wrong kind (%s)", target,
		       target ? btf_kind_shapes[kind].name : "void");
}

/* A control character in a name would break out of its line in the header we print. */
static int check_name_text(const struct check *c, uint32_t id, const char *name)
{
	for (; *name; name++)
		if ((unsigned char)*name < 0x20 || *name == 0x7f)
			return damaged(c, id, "has a name with the control character 0x%02x",
				       (unsigned char)*name);
	return 0;
}

static int check_name(const struct check *c, uint32_t id, uint32_t name, bool is_tag)
{
	const struct btf_view *v = &c->view;

	if (name < v->base_strings)
		return 0;
	if (name - v->base_strings >= v->strings_size && name)
		return damaged(c, id, "has its name at %u of %u", name,
			       v->base_strings + v->strings_size);
	if (c->plain || is_tag)
		return 0;
	return check_name_text(c, id, v->strings + (name - v->base_strings));
}

/* Whether the name is there at all. The base's names are not known here. */
static bool has_name(const struct check *c, uint32_t name)
{
	const struct btf_view *v = &c->view;

	return name && (name < v->base_strings || v->strings[name - v->base_strings]);
}

static int check_entries(const struct check *c, uint32_t id, const struct btf_record *r)
{
	const struct btf_kind_shape *s = &btf_kind_shapes[r->kind];
	uint32_t kinds = referable_kinds(r->kind);

	for (unsigned i = 0; i < r->n; i++) {
		const uint8_t *p = btf_record_entry(r, i);
		int err = 0;

		if (s->entry_name)
			err = check_name(c, id, btf_view_u32(&c->view, p), false);
		if (!err && s->entry_type >= 0)
			err = check_id(c, id, btf_view_u32(&c->view, p + s->entry_type), kinds);
		if (err < 0)
			return err;
	}
	return 0;
}

static int check_int(const struct check *c, uint32_t id, const struct btf_record *r)
{
	uint32_t bits = btf_view_u32(&c->view, btf_record_entry(r, 0));

	if (BTF_INT_OFFSET(bits) + BTF_INT_BITS(bits) > 8ull * r->size_or_type)
		return damaged(c, id, "has %u bits from bit %u on in %u bytes", BTF_INT_BITS(bits),
			       BTF_INT_OFFSET(bits), r->size_or_type);
	return 0;
}

static int check_array(const struct check *c, uint32_t id, const struct btf_record *r)
{
	const uint8_t *p = btf_record_entry(r, 0);
	int err = check_id(c, id, btf_view_u32(&c->view, p), KINDS_OF_VALUES);

	return err < 0 ? err : check_id(c, id, btf_view_u32(&c->view, p + 4), KINDS_OF_VALUES);
}

static int check_members(const struct check *c, uint32_t id, const struct btf_record *r)
{
	for (unsigned i = 0; i < r->n; i++) {
		uint32_t at = btf_view_u32(&c->view, btf_record_entry(r, i) + 8);

		if (r->flag)
			at = BTF_MEMBER_BIT_OFFSET(at);
		if (at > 8ull * r->size_or_type)
			return damaged(c, id, "has a member at bit %u of %u bytes", at,
				       r->size_or_type);
	}
	return 0;
}

static int check_size(const struct check *c, uint32_t id, const struct btf_record *r)
{
	uint32_t n = r->size_or_type;
	bool good = n == 1 || n == 2 || n == 4 || n == 8;

	/* clang writes a declaration without values ("enum e;") like this. */
	if (r->kind == BTF_KIND_ENUM && r->n == 0)
		good |= n == 0;
	if (r->kind == BTF_KIND_FLOAT)
		good = n == 2 || n == 4 || n == 8 || n == 12 || n == 16;
	return good ? 0 : damaged(c, id, "has %u bytes", n);
}

static int check_linkage(const struct check *c, uint32_t id, uint32_t linkage)
{
	return linkage <= 2 ? 0 : damaged(c, id, "has the unknown linkage %u", linkage);
}

/* A tag names a member or parameter by its place; the target itself was checked before. */
static int check_decl_tag(const struct check *c, uint32_t id, const struct btf_record *r)
{
	uint32_t place = btf_view_u32(&c->view, btf_record_entry(r, 0));
	uint32_t n = 0;
	struct btf_record t;

	if (place == UINT32_MAX || r->size_or_type < c->view.first)
		return 0;
	t = btf_view_type(&c->view, r->size_or_type);
	if (t.kind == BTF_KIND_FUNC) {
		if (t.size_or_type < c->view.first || t.size_or_type >= c->view.end)
			return 0;
		t = btf_view_type(&c->view, t.size_or_type);
	}
	if (btf_kind_shapes[t.kind].entry_name)
		n = t.n;
	return place < n ? 0 : damaged(c, id, "tags part %u of %u", place, n);
}

static int check_details(const struct check *c, uint32_t id, const struct btf_record *r)
{
	switch (r->kind) {
	case BTF_KIND_INT:
		return check_int(c, id, r);
	case BTF_KIND_ARRAY:
		return check_array(c, id, r);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return check_members(c, id, r);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_FLOAT:
		return check_size(c, id, r);
	case BTF_KIND_FUNC:
		return check_linkage(c, id, r->n);
	case BTF_KIND_VAR:
		return check_linkage(c, id, btf_view_u32(&c->view, btf_record_entry(r, 0)));
	case BTF_KIND_DECL_TAG:
		return check_decl_tag(c, id, r);
	default:
		return 0;
	}
}

static int check_type(const struct check *c, uint32_t id)
{
	struct btf_record r = btf_view_type(&c->view, id);
	const struct btf_kind_shape *s = &btf_kind_shapes[r.kind];
	int err = check_name(c, id, r.name, r.kind == BTF_KIND_DECL_TAG);

	if (err < 0)
		return err;
	if ((r.name || s->named) && !has_name(c, r.name))
		return damaged(c, id, "has an empty name");
	if (s->refers) {
		err = check_id(c, id, r.size_or_type, referable_kinds(r.kind));
		if (err < 0)
			return err;
	}
	err = check_entries(c, id, &r);
	return err < 0 ? err : check_details(c, id, &r);
}

/* Sixteen bytes that are compared at once. */
typedef uint8_t block __attribute__((vector_size(16)));

static bool strings_are_plain(const struct btf_view *v)
{
	block odd = {0}, b;
	uint32_t i = 0;
	uint64_t halves[2];

	for (; v->strings_size - i >= sizeof(b); i += sizeof(b)) {
		memcpy(&b, v->strings + i, sizeof(b));
		odd |= (block)((b - 1) < 0x1f) | (block)(b == 0x7f);
	}
	memcpy(halves, &odd, sizeof(halves));
	if (halves[0] | halves[1])
		return false;
	for (; i < v->strings_size; i++)
		if ((unsigned char)(v->strings[i] - 1) < 0x1f || v->strings[i] == 0x7f)
			return false;
	return true;
}

static int check_types(const struct check *c)
{
	for (uint32_t id = c->view.first; id < c->view.end; id++) {
		int err = check_type(c, id);

		if (err < 0)
			return err;
	}
	return btf_check_loops(&c->view, c->what);
}

int btf_check(const void *raw, size_t size, uint32_t base_types, uint32_t base_strings_size,
	      const char *what)
{
	struct check c = {.what = what};
	int err = btf_view_open(raw, size, base_types, base_strings_size, what, &c.view);

	if (err < 0)
		return err;
	c.plain = strings_are_plain(&c.view);
	err = check_types(&c);
	btf_view_close(&c.view);
	return err;
}
