#include <bpf/btf.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/message.h"
#include "base/str.h"
#include "btf/check.h"

/*
 * libbpf's printer follows types in a way of its own. It opens a struct behind a pointer when the
 * struct has no name, and it forgets about the pointer at an array: that is less than C allows, so
 * BTF that is in order can still be beyond it. It also prints whatever is nested in full, once for
 * each use, so that small BTF can stand for endless text. This file walks as the printer will and
 * adds up what that costs, before the printer starts.
 */
enum walk { WALK_VALUE, WALK_BEHIND };

/*
 * Cost is an estimate of bytes and steps. Kernels come to about 250 for each type; small BTF may
 * have a large type or two.
 */
#define COST_PER_TYPE 1024
#define COST_FREE (64u << 20)
/* One type's cost is not counted further than this. */
#define COST_MAX (1u << 31)
/* What a name or a member costs beside its letters: indentation, punctuation, the walk itself. */
#define COST_ITEM 16
/* The printer counts the bits of a struct in an int. */
#define STRUCT_MAX (INT_MAX / 8)
#define HEIGHT_OPEN UINT16_MAX

struct node {
	uint32_t cost;	     /* of one use of the type, with what that prints inline */
	uint32_t align_cost; /* steps to find its alignment, which libbpf does not remember */
	uint16_t height[2];  /* longest way down, 0: not walked yet */
	uint16_t chain;	     /* types of one declaration that names it */
	uint16_t nested;     /* and of the declarations printed inside that one, at once */
	uint8_t align;	     /* as libbpf sees it, 0: unknown */
	bool broken;	     /* it prints a struct inline that libbpf cannot lay out */
};

struct printable {
	const struct btf *btf;
	const char *what;
	unsigned pointer_size;
	struct node *nodes;
	uint64_t cost, cost_max;
	unsigned depth;
};

/* A type being walked, and the sums of what was found below it. */
struct visit {
	uint32_t id;
	const struct btf_type *t;
	enum walk walk;
	unsigned depth, height, chain, nested;
	uint64_t cost, align_cost;
	unsigned align;
	bool broken;
};

static int walk_type(struct printable *p, uint32_t id, enum walk walk, unsigned depth);

static uint64_t name_cost(const struct printable *p, uint32_t offset)
{
	const char *name = btf__name_by_offset(p->btf, offset);

	return COST_ITEM + (name ? strlen(name) : 0);
}

static int refuse(const struct printable *p, uint32_t id, const char *why)
{
	const struct btf_type *t = btf__type_by_id(p->btf, id);
	const char *name = btf__name_by_offset(p->btf, t->name_off);

	return message_error(-EBADMSG, "printing types: %s: type %u ('%s') %s", p->what, id,
			     name ? name : "", why);
}

static unsigned max_of(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

/* Walks a type that v refers to and adds it to v's sums; gives its node. */
static int walk_reference(struct printable *p, struct visit *v, uint32_t id, enum walk walk,
			  const struct node **ret)
{
	const struct node *n = &p->nodes[id];

	if (!n->height[walk] || n->height[walk] == HEIGHT_OPEN) {
		int err = walk_type(p, id, walk, v->depth + 1);

		if (err < 0)
			return err;
	}
	v->height = max_of(v->height, n->height[walk] + 1u);
	v->cost += n->cost;
	v->broken |= n->broken;
	*ret = n;
	return 0;
}

/* Where a broken struct would really be printed, its time has come. */
static int check_layout(const struct printable *p, const struct visit *v)
{
	if (!v->broken)
		return 0;
	return refuse(p, v->id, "cannot be printed: padding depends on a member of unknown size");
}

/* Pointers, qualifiers, typedefs, arrays: one type leads to one other. */
static int walk_single(struct printable *p, struct visit *v, uint32_t id, enum walk walk)
{
	const struct node *n;
	int err = walk_reference(p, v, id, walk, &n);

	if (err < 0)
		return err;
	v->chain = n->chain + 1u;
	v->nested = n->nested;
	v->align = btf_is_ptr(v->t) ? p->pointer_size : n->align;
	v->align_cost = btf_is_ptr(v->t) ? 1 : n->align_cost + 1ull;
	v->cost += name_cost(p, v->t->name_off);
	if (!btf_is_typedef(v->t))
		return 0;
	/* Only its name appears elsewhere. */
	p->depth = max_of(p->depth, v->chain + v->nested);
	v->chain = 1;
	v->nested = 0;
	return check_layout(p, v);
}

static int walk_prototype(struct printable *p, struct visit *v)
{
	const struct btf_param *param = btf_params(v->t);
	const struct node *n;
	int err = walk_reference(p, v, v->t->type, v->walk, &n);

	if (err < 0)
		return err;
	v->chain = n->chain + 1u;
	v->nested = n->nested;
	for (unsigned i = 0; i < btf_vlen(v->t); i++) {
		err = walk_reference(p, v, param[i].type, v->walk, &n);
		if (err < 0)
			return err;
		v->nested = max_of(v->nested, n->chain + n->nested);
		v->cost += name_cost(p, param[i].name_off);
	}
	v->cost += COST_ITEM;
	return 0;
}

/*
 * How many lines of padding libbpf prints between two members, or -1 where it would divide by an
 * alignment that is not known.
 */
static int64_t padding_lines(const struct printable *p, int64_t at, int64_t next, unsigned align,
			     bool in_bitfield)
{
	const unsigned units[] = {p->pointer_size * 8, 32, 16, 8};
	int64_t unit = 8, aligned = at;

	if (at >= next)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		unit = units[i];
		aligned = (at + unit - 1) / unit * unit;
		if (aligned <= next)
			break;
	}
	if (aligned > at && aligned == next && !in_bitfield && !align)
		return -1;
	return 2 + (next - at) / unit;
}

/* Alignment as libbpf finds it: 1 where a member is out of line, 0 where one has none. */
static unsigned struct_align(const struct printable *p, const struct btf_type *t)
{
	const struct btf_member *m = btf_members(t);
	unsigned max = 1;

	for (unsigned i = 0; i < btf_vlen(t); i++) {
		unsigned align = p->nodes[m[i].type].align;

		if (!align)
			return 0;
		max = max_of(max, align);
		if (!btf_member_bitfield_size(t, i) && m[i].offset % (8 * align))
			return 1;
	}
	return t->size % max ? 1 : max;
}

static bool struct_is_packed(const struct printable *p, const struct btf_type *t)
{
	const struct btf_member *m = btf_members(t);
	unsigned max = 1;

	if (!btf_is_struct(t))
		return false;
	for (unsigned i = 0; i < btf_vlen(t); i++) {
		unsigned align = p->nodes[m[i].type].align;

		if (align && !btf_member_bitfield_size(t, i) && m[i].offset % (8 * align))
			return true;
		max = max_of(max, align);
	}
	return t->size % max != 0;
}

/* Adds what the padding of a struct costs, and refuses what the printer's arithmetic cannot do. */
static int walk_layout(struct printable *p, struct visit *v)
{
	const struct btf_type *t = v->t;
	const struct btf_member *m = btf_members(t);
	bool packed = struct_is_packed(p, t), bitfield = false;
	int64_t at = 0, lines = 0, total = 0;

	if (t->size > STRUCT_MAX)
		return refuse(p, v->id, "is too large to be printed");
	for (unsigned i = 0; i < btf_vlen(t); i++) {
		int64_t start = btf_member_bit_offset(t, i);
		int64_t bits = btf_member_bitfield_size(t, i);
		unsigned align = packed ? 1 : p->nodes[m[i].type].align;

		lines = padding_lines(p, at, start, align, bitfield && bits);
		if (lines < 0)
			break;
		total += lines;
		bitfield = bits != 0;
		if (!bits)
			bits = 8 * btf__resolve_size(p->btf, m[i].type);
		at = bits > 0 ? start + bits : start;
		if (at > INT_MAX)
			return refuse(p, v->id, "has a member beyond its end");
	}
	if (lines >= 0 && btf_is_struct(t))
		lines = padding_lines(p, at, 8 * (int64_t)t->size, v->align, false);
	if (lines < 0)
		v->broken = true;
	else
		v->cost += COST_ITEM * (uint64_t)(total + lines);
	return 0;
}

static int walk_struct(struct printable *p, struct visit *v)
{
	const struct btf_member *m = btf_members(v->t);
	const struct node *n;
	int err;

	v->chain = 1;
	if (v->walk == WALK_BEHIND && v->t->name_off) {
		v->cost = name_cost(p, v->t->name_off);
		return 0;
	}
	for (unsigned i = 0; i < btf_vlen(v->t); i++) {
		err = walk_reference(p, v, m[i].type, WALK_VALUE, &n);
		if (err < 0)
			return err;
		v->nested = max_of(v->nested, n->chain + n->nested);
		v->cost += name_cost(p, m[i].name_off);
		v->align_cost += n->align_cost;
	}
	v->align = struct_align(p, v->t);
	err = walk_layout(p, v);
	if (err < 0)
		return err;
	/* The printer looks for each member's alignment three times. */
	v->cost += 3 * v->align_cost;
	v->align_cost++;
	if (!v->t->name_off)
		return 0;
	/* Only its name appears elsewhere; its members appear once. */
	p->cost += v->cost;
	p->depth = max_of(p->depth, v->nested);
	v->nested = 0;
	v->cost = name_cost(p, v->t->name_off);
	return check_layout(p, v);
}

static void walk_enum(struct printable *p, struct visit *v)
{
	uint64_t values = 0;

	for (unsigned i = 0; i < btf_vlen(v->t); i++)
		values += 2 * COST_ITEM + name_cost(p, btf_is_enum(v->t)
							       ? btf_enum(v->t)[i].name_off
							       : btf_enum64(v->t)[i].name_off);
	v->cost = name_cost(p, v->t->name_off);
	if (!v->t->name_off)
		v->cost += values;
	else if (v->walk == WALK_VALUE)
		p->cost += values;
}

static int walk_below(struct printable *p, struct visit *v)
{
	const struct node *n;
	int err;

	switch (btf_kind(v->t)) {
	case BTF_KIND_PTR:
		return walk_single(p, v, v->t->type, WALK_BEHIND);
	case BTF_KIND_ARRAY:
		return walk_single(p, v, btf_array(v->t)->type, WALK_VALUE);
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return walk_single(p, v, v->t->type, v->walk);
	case BTF_KIND_FUNC_PROTO:
		return walk_prototype(p, v);
	case BTF_KIND_FUNC:
		err = walk_reference(p, v, v->t->type, WALK_VALUE, &n);
		return err < 0 ? err : check_layout(p, v);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return walk_struct(p, v);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		walk_enum(p, v);
		/* fallthrough */
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
		v->align = v->t->size < p->pointer_size ? v->t->size : p->pointer_size;
		/* fallthrough */
	default:
		v->chain = 1;
		if (!v->cost)
			v->cost = name_cost(p, v->t->name_off);
		return 0;
	}
}

static int walk_type(struct printable *p, uint32_t id, enum walk walk, unsigned depth)
{
	struct visit v = {.id = id, .walk = walk, .depth = depth, .height = 1};
	struct node *n = &p->nodes[id];
	int err = 0;

	v.t = btf__type_by_id(p->btf, id);
	if (n->height[walk] == HEIGHT_OPEN)
		return refuse(p, id, "cannot be printed: to C it would be a part of itself");
	n->height[walk] = HEIGHT_OPEN;
	if (depth <= BTF_DEPTH_MAX)
		err = walk_below(p, &v);
	if (err < 0)
		return err;
	if (depth > BTF_DEPTH_MAX || v.height > BTF_DEPTH_MAX)
		return refuse(p, id, "is nested too deep to be printed");
	if (walk == WALK_VALUE) {
		p->cost += v.cost;
		n->align = (uint8_t)v.align;
		n->align_cost = v.align_cost < COST_MAX ? (uint32_t)v.align_cost : COST_MAX;
	}
	p->depth = max_of(p->depth, v.chain + v.nested);
	if (p->cost > p->cost_max || v.cost > p->cost_max || v.cost > COST_MAX)
		return refuse(p, id, "cannot be printed: the text would become too long");
	n->broken = v.broken;
	n->cost = (uint32_t)v.cost;
	n->chain = (uint16_t)v.chain;
	n->nested = (uint16_t)v.nested;
	n->height[walk] = (uint16_t)v.height;
	return 0;
}

int btf_check_printable(const struct btf *btf, const char *what, unsigned *ret_depth)
{
	struct printable p = {.btf = btf, .what = what, .pointer_size = sizeof(void *)};
	uint32_t n = btf__type_cnt(btf);
	int err = 0;

	if (btf__pointer_size(btf))
		p.pointer_size = (unsigned)btf__pointer_size(btf);
	p.cost_max = COST_FREE + (uint64_t)n * COST_PER_TYPE;
	p.nodes = xcalloc(n, sizeof(*p.nodes));
	for (uint32_t id = 0; id < n && !err; id++)
		if (!p.nodes[id].height[WALK_VALUE])
			err = walk_type(&p, id, WALK_VALUE, 1);
	free(p.nodes);
	if (!err)
		*ret_depth = p.depth;
	return err;
}
