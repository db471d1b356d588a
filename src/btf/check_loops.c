#include "btf/check_loops.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/message.h"
#include "btf/check.h"
#include "btf/view.h"

/*
 * C lets a type reach itself in one way: through a pointer (or a prototype) to a struct or union.
 * So a type is walked in two ways: as a value, where a struct leads on to its members, and behind
 * a pointer, where a struct is the end. Neither walk may come back to where it was. A walk goes
 * from the first to the second at a pointer or prototype and never back, so together they say both
 * things: no struct contains itself by value, and no chain of pointers, typedefs and prototypes
 * closes without a struct in it.
 */
enum walk { WALK_VALUE, WALK_BEHIND };

#define HEIGHT_OPEN UINT16_MAX /* the walk is inside it */

struct loops {
	const struct btf_view *view;
	const char *what;
	uint16_t *heights[2]; /* longest way down from each type, 0: not walked yet */
};

static int walk_type(struct loops *l, uint32_t id, enum walk walk, unsigned depth,
		     uint16_t *height);

static int report(const struct loops *l, uint32_t id, const char *why)
{
	return message_error(-EBADMSG, "reading types: %s: type %u (%s) %s; the file is damaged",
			     l->what, id, btf_kind_shapes[btf_view_kind(l->view, id)].name, why);
}

/* Whether a walk goes no further than a type of this kind. */
static bool is_end(uint8_t kind, enum walk walk)
{
	switch (kind) {
	case BTF_KIND_PTR:
	case BTF_KIND_ARRAY:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
	case BTF_KIND_FUNC_PROTO:
		return false;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return walk == WALK_BEHIND;
	default:
		return true;
	}
}

/* Walks one reference of a type; *height becomes at least one more than the target's. */
static int walk_reference(struct loops *l, uint32_t id, enum walk walk, unsigned depth,
			  uint16_t *height)
{
	uint16_t below = 0;
	int err;

	/* The base's types do not lead back here. */
	if (id < l->view->first || is_end(btf_view_kind(l->view, id), walk))
		return 0;
	below = l->heights[walk][id - l->view->first];
	if (!below || below == HEIGHT_OPEN) {
		err = walk_type(l, id, walk, depth + 1, &below);
		if (err < 0)
			return err;
	}
	if (below + 1 > *height)
		*height = (uint16_t)(below + 1);
	return 0;
}

static int walk_entries(struct loops *l, const struct btf_record *r, enum walk walk, unsigned depth,
			uint16_t *height)
{
	for (unsigned i = 0; i < r->n; i++) {
		uint32_t id = btf_view_u32(l->view, btf_record_entry(r, i) + 4);
		int err = walk_reference(l, id, walk, depth, height);

		if (err < 0)
			return err;
	}
	return 0;
}

static int walk_references(struct loops *l, const struct btf_record *r, enum walk walk,
			   unsigned depth, uint16_t *height)
{
	int err;

	switch (r->kind) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return walk_entries(l, r, walk, depth, height);
	case BTF_KIND_FUNC_PROTO:
		err = walk_entries(l, r, WALK_BEHIND, depth, height);
		return err < 0 ? err
			       : walk_reference(l, r->size_or_type, WALK_BEHIND, depth, height);
	case BTF_KIND_PTR:
		return walk_reference(l, r->size_or_type, WALK_BEHIND, depth, height);
	case BTF_KIND_ARRAY:
		return walk_reference(l, btf_view_u32(l->view, btf_record_entry(r, 0)), walk, depth,
				      height);
	default:
		return walk_reference(l, r->size_or_type, walk, depth, height);
	}
}

static int walk_type(struct loops *l, uint32_t id, enum walk walk, unsigned depth, uint16_t *ret)
{
	uint16_t *known = &l->heights[walk][id - l->view->first];
	struct btf_record r = btf_view_type(l->view, id);
	uint16_t height = 1;
	int err;

	if (*known == HEIGHT_OPEN)
		return report(l, id,
			      r.kind == BTF_KIND_STRUCT || r.kind == BTF_KIND_UNION
				      ? "contains itself"
				      : "is defined by itself");
	*known = HEIGHT_OPEN;
	/* The walk's own depth is bounded with the height: no deeper walk can be lower. */
	err = depth > BTF_DEPTH_MAX ? 0 : walk_references(l, &r, walk, depth, &height);
	if (err < 0)
		return err;
	if (depth > BTF_DEPTH_MAX || height > BTF_DEPTH_MAX)
		return report(l, id, "is nested too deep");
	*known = *ret = height;
	return 0;
}

int btf_check_loops(const struct btf_view *v, const char *what)
{
	struct loops l = {.view = v, .what = what};
	uint32_t n = v->end - v->first;
	int err = 0;

	for (int walk = 0; walk < 2; walk++)
		l.heights[walk] = xcalloc(n, sizeof(*l.heights[walk]));
	for (uint32_t id = v->first; id < v->end && !err; id++) {
		uint16_t height = 0;

		for (int walk = 0; walk < 2 && !err; walk++)
			err = walk_reference(&l, id, walk, 0, &height);
	}
	for (int walk = 0; walk < 2; walk++)
		free(l.heights[walk]);
	return err;
}
