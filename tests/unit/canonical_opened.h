/* What tests of finished objects share; to be included after cmocka.h. */
#ifndef SKEP_TEST_CANONICAL_OPENED_H
#define SKEP_TEST_CANONICAL_OPENED_H

#include "btf/canonical_ext.h"
#include "btf/canonical_types.h"
#include "btf/object.h"
#include "canonical_model.h"

static const struct object_options plain;

static inline void assert_same_bytes(const struct buf *a, const struct buf *b)
{
	assert_int_equal(a->n, b->n);
	assert_memory_equal(a->v, b->v, a->n);
}

static inline void finish_model(const struct model *m, uint64_t seed, bool swap, struct buf *ret)
{
	_cleanup_buf_ struct buf in = {0};

	model_write(m, seed, swap, &in);
	assert_int_equal(object_finish(in.v, in.n, "test.o", &plain, ret), 0);
}

/* An object opened for a look. */
struct opened {
	struct canonical_elf elf;
	struct canonical_types types;
	struct canonical_ext ext;
};

static inline void open_object(const struct buf *b, struct opened *o)
{
	*o = (struct opened){0};
	assert_int_equal(canonical_elf_read(b->v, b->n, "test.o", &o->elf), 0);
	assert_int_equal(
		canonical_types_open(&o->elf, canonical_find_section(&o->elf, ".BTF"), &o->types),
		0);
	assert_int_equal(
		canonical_ext_open(&o->types, canonical_find_section(&o->elf, ".BTF.ext"), &o->ext),
		0);
}

static inline void close_object(struct opened *o)
{
	canonical_ext_close(&o->ext);
	canonical_types_close(&o->types);
	canonical_elf_free(&o->elf);
}

static inline const char *string_at(const struct opened *o, uint32_t offset)
{
	return o->types.view.strings + offset;
}

#endif
