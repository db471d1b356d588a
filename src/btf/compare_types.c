#include "btf/compare_parts.h"

/* How much of the way to a type a message tells, counted from the type. */
#define WAY_TOLD 4

enum step {
	STEP_SAME, /* behind a pointer, a typedef: nothing to tell */
	STEP_MEMBER,
	STEP_PARAMETER,
	STEP_RETURN,
};

/* The level of what a pointer, a member or a parameter leads to. */
static const struct {
	uint8_t pointee, member, parameter;
} next_level[COMPARE_LEVELS] = {
	[COMPARE_MAP] = {COMPARE_MAP, COMPARE_DIRECT, COMPARE_MEMBER},
	[COMPARE_KERNEL] = {COMPARE_KERNEL, COMPARE_MEMBER, COMPARE_KERNEL},
	[COMPARE_DIRECT] = {COMPARE_DIRECT, COMPARE_MEMBER, COMPARE_MEMBER},
	[COMPARE_MEMBER] = {COMPARE_POINTEE, COMPARE_MEMBER, COMPARE_POINTEE},
	[COMPARE_POINTEE] = {COMPARE_POINTEE, COMPARE_MEMBER, COMPARE_POINTEE},
	[COMPARE_KPTR] = {COMPARE_POINTEE, COMPARE_MEMBER, COMPARE_POINTEE},
};

struct compare_key {
	uint32_t ids[2];
	uint32_t level;
};

/* The two types at hand. */
struct both {
	struct compare *c;
	uint32_t pair; /* in c->pairs */
	uint8_t level;
	const struct btf_view *views[2];
	struct btf_record r[2];
};

/* Notes two types for comparison, unless they were noted before. */
static void push(struct compare *c, const struct compare_pair *p)
{
	struct compare_key key = {{p->ids[0], p->ids[1]}, p->level}, *own;

	if ((!key.ids[0] && !key.ids[1]) || map_find(&c->seen, &key, sizeof(key)))
		return;
	if (c->seen.n == COMPARE_PAIRS_MAX) {
		c->too_many = true;
		return;
	}
	own = xmalloc(sizeof(*own));
	*own = key;
	map_add(&c->seen, own, sizeof(*own));
	vec_push(&c->pairs, *p);
}

static void push_reached(struct both *y, uint32_t a, uint32_t b, uint8_t level, enum step step,
			 uint32_t nth)
{
	push(y->c, &(struct compare_pair){{a, b}, y->pair, nth, level, (uint8_t)step});
}

static uint32_t word(const struct both *y, int side, unsigned entry, unsigned at)
{
	return btf_view_u32(y->views[side], btf_record_entry(&y->r[side], entry) + at);
}

static const char *entry_name(const struct both *y, int side, unsigned entry)
{
	return y->views[side]->strings + word(y, side, entry, 0);
}

static const char *name(const struct both *y, int side)
{
	return y->views[side]->strings + y->r[side].name;
}

static void tell_step(const struct compare *c, const struct compare_pair *p, struct buf *text)
{
	const struct canonical_types *t = &c->sides[0].types;
	uint32_t parent = c->pairs.v[p->parent].ids[0];
	struct btf_record r;

	if (p->step == STEP_PARAMETER)
		buf_printf(text, ": parameter %u", p->nth + 1);
	else if (p->step == STEP_RETURN)
		buf_puts(text, ": return value");
	if (p->step != STEP_MEMBER)
		return;
	r = btf_view_type(&t->view, parent);
	_cleanup_free_ char *of = compare_describe(t, parent);
	const char *member = t->view.strings + btf_view_u32(&t->view, btf_record_entry(&r, p->nth));

	buf_printf(text, ": %s%s%s", *member ? member : "unnamed member", r.name ? " of " : "",
		   r.name ? of : "");
}

/* Where the comparison is: "function walk: parameter 1: next of struct node". */
static void tell_way(const struct compare *c, uint32_t pair, struct buf *text)
{
	uint32_t way[WAY_TOLD], n = 0;

	for (; pair && n < WAY_TOLD; pair = c->pairs.v[pair].parent)
		if (c->pairs.v[pair].step != STEP_SAME)
			way[n++] = pair;
	buf_puts(text, c->root);
	if (pair)
		buf_puts(text, ": ...");
	while (n)
		tell_step(c, &c->pairs.v[way[--n]], text);
}

__attribute__((format(printf, 2, 3))) static void differ(struct both *y, const char *fmt, ...)
{
	_cleanup_buf_ struct buf text = {0};
	va_list ap;

	tell_way(y->c, y->pair, &text);
	buf_puts(&text, ": ");
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	compare_differ(y->c, "%s", text.v);
}

/* The same, for something that has a number in each object. */
static void differ_in(struct both *y, const char *what, unsigned long long a, unsigned long long b)
{
	_cleanup_free_ char *type =
		compare_describe(&y->c->sides[0].types, y->c->pairs.v[y->pair].ids[0]);
	/* The first one has been named already. */
	bool named = y->pair && y->r[0].name;

	differ(y, "%s%s%s is %llu in %s and %llu in %s", what, named ? " of " : "",
	       named ? type : "", a, y->c->sides[0].name, b, y->c->sides[1].name);
}

static bool is_composite(const struct btf_record *r)
{
	return r->kind == BTF_KIND_STRUCT || r->kind == BTF_KIND_UNION;
}

static bool is_union(const struct btf_record *r)
{
	return r->kind == BTF_KIND_UNION || (r->kind == BTF_KIND_FWD && r->flag);
}

/* Whether one declares what the other one defines, or both declare or define it. */
static bool are_related(const struct both *y)
{
	for (int i = 0; i < 2; i++)
		if (!is_composite(&y->r[i]) && y->r[i].kind != BTF_KIND_FWD)
			return false;
	return is_union(&y->r[0]) == is_union(&y->r[1]) && str_eq(name(y, 0), name(y, 1));
}

static void differ_in_kind(struct both *y)
{
	const uint32_t *ids = y->c->pairs.v[y->pair].ids;
	_cleanup_free_ char *a = compare_describe(&y->c->sides[0].types, ids[0]);
	_cleanup_free_ char *b = compare_describe(&y->c->sides[1].types, ids[1]);

	if (ids[0] && ids[1] && are_related(y))
		differ(y, "%s is a forward declaration in %s", a,
		       y->c->sides[y->r[0].kind != BTF_KIND_FWD].name);
	else
		differ(y, "%s in %s and %s in %s", a, y->c->sides[0].name, b, y->c->sides[1].name);
}

/* The flag of a struct only says how its members' places are written. */
static bool flags_agree(const struct both *y)
{
	return is_composite(&y->r[0]) || y->r[0].flag == y->r[1].flag;
}

/* Where a member lies, in bits, and its size if it is a bit-field. */
static uint32_t member_place(const struct both *y, int side, unsigned i, uint32_t *ret_bits)
{
	uint32_t at = word(y, side, i, 8);

	*ret_bits = y->r[side].flag ? BTF_MEMBER_BITFIELD_SIZE(at) : 0;
	return y->r[side].flag ? BTF_MEMBER_BIT_OFFSET(at) : at;
}

static void compare_member(struct both *y, unsigned i)
{
	const char *member = entry_name(y, 0, i);
	uint32_t a_bits, b_bits, a = member_place(y, 0, i, &a_bits),
				 b = member_place(y, 1, i, &b_bits);
	/* What a map of maps or programs holds is defined like a map. */
	bool is_map = y->level == COMPARE_MAP && str_eq(member, "values");

	if (a != b || a_bits != b_bits) {
		_cleanup_free_ char *what =
			xasprintf("the bit %s of member %s", a != b ? "offset" : "size",
				  *member ? member : "(unnamed)");

		differ_in(y, what, a != b ? a : a_bits, a != b ? b : b_bits);
	}
	push_reached(y, word(y, 0, i, 4), word(y, 1, i, 4),
		     is_map ? COMPARE_MAP : next_level[y->level].member, STEP_MEMBER, i);
}

static void compare_members(struct both *y)
{
	for (unsigned i = 0; i < y->r[0].n; i++) {
		if (str_eq(entry_name(y, 0, i), entry_name(y, 1, i))) {
			compare_member(y, i);
			continue;
		}
		differ(y, "member %u%s%s is %s in %s and %s in %s", i + 1,
		       y->r[0].name ? " of " : "", name(y, 0), entry_name(y, 0, i),
		       y->c->sides[0].name, entry_name(y, 1, i), y->c->sides[1].name);
		return;
	}
}

/* Names and values. */
static void compare_values(struct both *y)
{
	unsigned words = btf_kind_shapes[y->r[0].kind].entry / 4;

	for (unsigned i = 0; i < y->r[0].n; i++) {
		bool same = str_eq(entry_name(y, 0, i), entry_name(y, 1, i));

		for (unsigned k = 1; k < words; k++)
			same &= word(y, 0, i, 4 * k) == word(y, 1, i, 4 * k);
		if (same)
			continue;
		differ(y, "enum %s: enumerator %u, %s in %s, is not the same in %s", name(y, 0),
		       i + 1, entry_name(y, 0, i), y->c->sides[0].name, y->c->sides[1].name);
		return;
	}
}

static void compare_parameters(struct both *y, uint8_t level)
{
	push_reached(y, y->r[0].size_or_type, y->r[1].size_or_type, level, STEP_RETURN, 0);
	for (unsigned i = 0; i < y->r[0].n; i++)
		push_reached(y, word(y, 0, i, 4), word(y, 1, i, 4), level, STEP_PARAMETER, i);
}

/* A function's own prototype is not that of a pointer somewhere in its parameters. */
static void compare_function(struct both *y)
{
	uint32_t a = y->r[0].size_or_type, b = y->r[1].size_or_type;
	struct both proto = *y;

	if (a && b && btf_view_kind(y->views[0], a) == BTF_KIND_FUNC_PROTO &&
	    btf_view_kind(y->views[1], b) == BTF_KIND_FUNC_PROTO) {
		proto.r[0] = btf_view_type(y->views[0], a);
		proto.r[1] = btf_view_type(y->views[1], b);
		if (proto.r[0].n == proto.r[1].n)
			compare_parameters(&proto, y->r[0].n == BTF_FUNC_EXTERN ? COMPARE_KERNEL
										: COMPARE_DIRECT);
		else
			differ_in(y, "the number of parameters", proto.r[0].n, proto.r[1].n);
		return;
	}
	push_reached(y, a, b, y->level, STEP_SAME, 0);
}

/* Numbers that the record itself holds. */
static bool compare_numbers(struct both *y)
{
	uint8_t kind = y->r[0].kind;
	const struct btf_kind_shape *s = &btf_kind_shapes[kind];
	static const char *const what_fixed[BTF_VIEW_KINDS] = {
		[BTF_KIND_INT] = "the encoding",
		[BTF_KIND_VAR] = "the linkage",
		[BTF_KIND_DECL_TAG] = "the tagged part",
	};

	if (!s->refers && kind != BTF_KIND_FWD && kind != BTF_KIND_ARRAY &&
	    y->r[0].size_or_type != y->r[1].size_or_type) {
		differ_in(y, "the size", y->r[0].size_or_type, y->r[1].size_or_type);
		return false;
	}
	if (y->r[0].n != y->r[1].n) {
		differ_in(y,
			  kind == BTF_KIND_FUNC		? "the linkage"
			  : kind == BTF_KIND_FUNC_PROTO ? "the number of parameters"
			  : is_composite(&y->r[0])	? "the number of members"
							: "the number of enumerators",
			  y->r[0].n, y->r[1].n);
		return false;
	}
	if (what_fixed[kind] && word(y, 0, 0, 0) != word(y, 1, 0, 0))
		differ_in(y, what_fixed[kind], word(y, 0, 0, 0), word(y, 1, 0, 0));
	if (!flags_agree(y))
		differ_in(y, s->counts ? "the signedness" : "the flag", y->r[0].flag, y->r[1].flag);
	return true;
}

static void compare_array(struct both *y)
{
	if (word(y, 0, 0, 8) != word(y, 1, 0, 8))
		differ_in(y, "the number of elements", word(y, 0, 0, 8), word(y, 1, 0, 8));
	push_reached(y, word(y, 0, 0, 0), word(y, 1, 0, 0), y->level, STEP_SAME, 0);
}

/* Two records of one kind and name. */
static void compare_content(struct both *y)
{
	uint8_t level = y->level;

	if (!compare_numbers(y))
		return;
	switch (y->r[0].kind) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		compare_members(y);
		return;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		compare_values(y);
		return;
	case BTF_KIND_ARRAY:
		compare_array(y);
		return;
	case BTF_KIND_FUNC:
		compare_function(y);
		return;
	case BTF_KIND_FUNC_PROTO:
		compare_parameters(y, next_level[level].parameter);
		return;
	case BTF_KIND_PTR:
		level = next_level[level].pointee;
		break;
	case BTF_KIND_TYPE_TAG:
		level = level == COMPARE_POINTEE ? COMPARE_KPTR : level;
		break;
	}
	if (btf_kind_shapes[y->r[0].kind].refers)
		push_reached(y, y->r[0].size_or_type, y->r[1].size_or_type, level, STEP_SAME, 0);
}

static void compare_pair(struct compare *c, uint32_t pair)
{
	struct compare_pair p = c->pairs.v[pair];
	struct both y = {.c = c, .pair = pair, .level = p.level};
	bool by_name;

	for (int i = 0; i < 2; i++) {
		y.views[i] = &c->sides[i].types.view;
		if (p.ids[i])
			y.r[i] = btf_view_type(y.views[i], p.ids[i]);
	}
	by_name = (p.level == COMPARE_POINTEE || p.level == COMPARE_KPTR) && y.r[0].name;
	if (p.level == COMPARE_POINTEE && by_name && are_related(&y))
		return;
	if (y.r[0].kind != y.r[1].kind || is_union(&y.r[0]) != is_union(&y.r[1]) ||
	    !str_eq(name(&y, 0), name(&y, 1)))
		differ_in_kind(&y);
	else if (!by_name || (!is_composite(&y.r[0]) && y.r[0].kind != BTF_KIND_ENUM &&
			      y.r[0].kind != BTF_KIND_ENUM64))
		compare_content(&y);
}

void compare_types(struct compare *c, const char *root, uint32_t a, uint32_t b,
		   enum compare_level level)
{
	c->root = root;
	c->pairs.n = 0;
	push(c, &(struct compare_pair){{a, b}, 0, 0, (uint8_t)level, STEP_SAME});
	for (uint32_t i = 0; i < c->pairs.n; i++)
		compare_pair(c, i);
}

void compare_types_end(struct compare *c)
{
	for (size_t i = 0; i < c->seen.n; i++)
		free((void *)c->seen.entries[i].key);
	map_free(&c->seen);
	vec_free(&c->pairs);
}
