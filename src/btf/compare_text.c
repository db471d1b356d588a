#include "btf/compare_parts.h"

/* Longer ways to a member, or through typedefs, are cut off: no program has them. */
#define WAY_MAX 64

static const char *kind_word(const struct btf_record *r)
{
	switch (r->kind) {
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPEDEF:
		return "";
	case BTF_KIND_FUNC_PROTO:
		return "function";
	case BTF_KIND_FWD:
		return r->flag ? "union " : "struct ";
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return "enum ";
	case BTF_KIND_STRUCT:
		return "struct ";
	case BTF_KIND_UNION:
		return "union ";
	case BTF_KIND_FUNC:
		return "function ";
	case BTF_KIND_VAR:
		return "variable ";
	case BTF_KIND_TYPE_TAG:
		return "tag ";
	default:
		return btf_kind_shapes[r->kind].name;
	}
}

/* What stands before a type's name; empty for a type that ends its description. */
static const char *prefix_word(uint8_t kind)
{
	switch (kind) {
	case BTF_KIND_PTR:
		return "pointer to ";
	case BTF_KIND_CONST:
		return "const ";
	case BTF_KIND_VOLATILE:
		return "volatile ";
	case BTF_KIND_RESTRICT:
		return "restrict ";
	default:
		return "";
	}
}

char *compare_describe(const struct canonical_types *t, uint32_t id)
{
	struct buf text = {0};
	struct btf_record r;

	for (int i = 0; i < WAY_MAX && id; i++) {
		r = btf_view_type(&t->view, id);
		if (!*prefix_word(r.kind))
			break;
		buf_puts(&text, prefix_word(r.kind));
		id = r.size_or_type;
	}
	if (!id)
		buf_puts(&text, "void");
	else
		buf_printf(&text, "%s%s", kind_word(&r),
			   *canonical_name(t, id) || r.kind == BTF_KIND_ARRAY ||
					   r.kind == BTF_KIND_FUNC_PROTO
				   ? canonical_name(t, id)
				   : "(unnamed)");
	return buf_steal(&text);
}

/* Skips what only qualifies or names a type. */
static uint32_t skip_names(const struct canonical_types *t, uint32_t id)
{
	for (int i = 0; i < WAY_MAX && id; i++) {
		struct btf_record r = btf_view_type(&t->view, id);

		switch (r.kind) {
		case BTF_KIND_TYPEDEF:
		case BTF_KIND_CONST:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_RESTRICT:
		case BTF_KIND_TYPE_TAG:
			id = r.size_or_type;
			break;
		default:
			return id;
		}
	}
	return id;
}

/* Goes to entry nth of a type, adding its name; gives the entry's type. */
static uint32_t enter(const struct canonical_types *t, uint32_t id, unsigned long nth,
		      struct buf *text)
{
	struct btf_record r;
	const uint8_t *p;
	const char *name;

	id = skip_names(t, id);
	if (!id)
		return 0;
	r = btf_view_type(&t->view, id);
	if (r.kind == BTF_KIND_ARRAY) {
		buf_printf(text, "[%lu]", nth);
		return btf_view_u32(&t->view, btf_record_entry(&r, 0));
	}
	if ((r.kind != BTF_KIND_STRUCT && r.kind != BTF_KIND_UNION) || nth >= r.n)
		return 0;
	p = btf_record_entry(&r, (unsigned)nth);
	name = t->view.strings + btf_view_u32(&t->view, p);
	if (*name)
		buf_printf(text, ".%s", name);
	return btf_view_u32(&t->view, p + 4);
}

/* The name of an enumerator. */
static void add_enumerator(const struct canonical_types *t, uint32_t id, unsigned long nth,
			   struct buf *text)
{
	struct btf_record r;

	id = skip_names(t, id);
	if (!id)
		return;
	r = btf_view_type(&t->view, id);
	if ((r.kind == BTF_KIND_ENUM || r.kind == BTF_KIND_ENUM64) && nth < r.n)
		buf_printf(text, ".%s",
			   t->view.strings +
				   btf_view_u32(&t->view, btf_record_entry(&r, (unsigned)nth)));
}

char *compare_describe_access(const struct canonical_types *t, uint32_t root, const char *access,
			      bool enumerator)
{
	const char *name = root ? canonical_name(t, root) : "";
	struct buf text = {0};
	char *end;
	unsigned long nth = strtoul(access, &end, 10);

	buf_puts(&text, *name ? name : "(unnamed)");
	if (enumerator)
		add_enumerator(t, root, nth, &text);
	else if (nth)
		buf_printf(&text, "[%lu]", nth);
	/* The first number counts from where a pointer points, like an array's. */
	for (int i = 0; i < WAY_MAX && *end == ':' && root && !enumerator; i++) {
		nth = strtoul(end + 1, &end, 10);
		root = enter(t, root, nth, &text);
	}
	return buf_steal(&text);
}
