/*
 * Reading raw BTF where it lies, in either byte order. A view is made by btf_view_open, which
 * bounds every type record; after that nothing here needs to check again.
 *
 * Type ids count from the first type of this BTF's base: ids below `first` are the base's (or
 * void, id 0), ids from `first` to `end` are its own.
 */
#ifndef SKEP_BTF_VIEW_H
#define SKEP_BTF_VIEW_H

#include <byteswap.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf_view {
	const uint8_t *types;
	const char *strings;
	uint32_t *offsets; /* of each own type's record, from types */
	uint8_t *kinds;	   /* of each own type: what most questions are about */
	uint32_t first, end;
	uint32_t base_strings; /* name offsets below this are the base's */
	uint32_t types_size, strings_size;
	bool swap; /* written in the other byte order */
};

/* One type record; info is taken apart. */
struct btf_record {
	const uint8_t *at;
	uint32_t name;
	uint32_t size_or_type;
	uint16_t n; /* entries that follow, by the kind's meaning; linkage of functions */
	uint8_t kind;
	bool flag;
	uint32_t info;
};

/* What a kind's record looks like after its first 12 bytes, and what its fields mean. */
struct btf_kind_shape {
	const char *name;
	uint8_t fixed;	   /* bytes that always follow */
	uint8_t entry;	   /* bytes of each entry */
	int8_t entry_type; /* where its type id lies, -1: it has none */
	bool entry_name;   /* an entry starts with a name */
	bool refers;	   /* the record's third word is a type id, else a size */
	bool named;	   /* makes no sense without a name */
	bool counts;	   /* has entries (or a linkage) in vlen */
	bool flagged;	   /* gives the flag bit a meaning */
};

/* Kinds known here: a newer system header does not change that. */
#define BTF_VIEW_KINDS (BTF_KIND_ENUM64 + 1)

extern const struct btf_kind_shape btf_kind_shapes[BTF_VIEW_KINDS];

static inline uint32_t btf_view_u32(const struct btf_view *v, const uint8_t *p)
{
	uint32_t x;

	__builtin_memcpy(&x, p, sizeof(x));
	return v->swap ? bswap_32(x) : x;
}

static inline struct btf_record btf_view_record(const struct btf_view *v, const uint8_t *at)
{
	uint32_t info = btf_view_u32(v, at + 4);

	return (struct btf_record){
		.at = at,
		.name = btf_view_u32(v, at),
		.size_or_type = btf_view_u32(v, at + 8),
		.n = BTF_INFO_VLEN(info),
		.kind = BTF_INFO_KIND(info),
		.flag = BTF_INFO_KFLAG(info),
		.info = info,
	};
}

/* The kind of one of the view's own types. */
static inline uint8_t btf_view_kind(const struct btf_view *v, uint32_t id)
{
	return v->kinds[id - v->first];
}

/* The record of one of the view's own types. */
static inline struct btf_record btf_view_type(const struct btf_view *v, uint32_t id)
{
	return btf_view_record(v, v->types + v->offsets[id - v->first]);
}

/* The i-th entry of a record, or its fixed part where the kind has one and no entries. */
static inline const uint8_t *btf_record_entry(const struct btf_record *r, unsigned i)
{
	return r->at + sizeof(struct btf_type) + (size_t)i * btf_kind_shapes[r->kind].entry;
}

/*
 * Reads the header and finds every record. base_types is the number of types of the base, void
 * included (0 when there is none), base_strings the size of its string section; `what` names the
 * file in messages. -EBADMSG after a message when the BTF is damaged, -EOPNOTSUPP when it is of a
 * kind nobody here knows. Releases nothing of raw, which must outlive the view.
 */
int btf_view_open(const void *raw, size_t size, uint32_t base_types, uint32_t base_strings,
		  const char *what, struct btf_view *ret);
void btf_view_close(struct btf_view *v);

#endif
