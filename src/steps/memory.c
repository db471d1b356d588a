#include "steps/memory.h"

#include <ctype.h>

#include "store/cas.h"

static void put_fact_key(enum memory_kind kind, const struct digest *key, struct buf *ret)
{
	buf_putc(ret, (char)kind);
	put_digest(ret, key);
}

/* A unit may be looked at in two ways in one build: with borrowed system headers, and then without.
 */
static char *name_here(const struct compile *c, enum memory_kind kind, const struct step *s,
		       size_t *ret_size)
{
	char letter = (char)(c->way->arch.borrows ? toupper(kind) : kind);

	return state_key(letter, s->output, ret_size);
}

static bool recall_here(const struct compile *c, enum memory_kind kind, const struct step *s,
			const struct digest *key, struct reader *ret)
{
	size_t size;
	_cleanup_free_ char *name = name_here(c, kind, s, &size);
	struct reader r = reader_of(state_get(c->build->state, name, size));
	struct digest of = get_digest(&r);

	*ret = r;
	return !r.bad && digest_eq(&of, key);
}

bool memory_recall(const struct compile *c, enum memory_kind kind, const struct step *s,
		   const struct digest *key, struct reader *ret)
{
	_cleanup_buf_ struct buf name = {0}, value = {0};

	if (recall_here(c, kind, s, key, ret))
		return true;
	put_fact_key(kind, key, &name);
	if (!c->build->store || store_get_fact(c->build->store, name.v, name.n, &value) < 0)
		return false;
	memory_keep(c, kind, s, key, &value);
	return recall_here(c, kind, s, key, ret);
}

void memory_keep(const struct compile *c, enum memory_kind kind, const struct step *s,
		 const struct digest *key, const struct buf *value)
{
	size_t size;
	_cleanup_free_ char *name = name_here(c, kind, s, &size);
	_cleanup_buf_ struct buf with_key = {0};

	put_digest(&with_key, key);
	buf_add(&with_key, value->v, value->n);
	state_put(c->build->state, name, size, with_key.v, with_key.n);
}

void memory_share(const struct compile *c, enum memory_kind kind, const struct step *s,
		  const struct digest *key, const struct buf *value)
{
	_cleanup_buf_ struct buf name = {0};

	memory_keep(c, kind, s, key, value);
	put_fact_key(kind, key, &name);
	if (c->build->store)
		store_put_fact(c->build->store, name.v, name.n, value->v, value->n);
}
