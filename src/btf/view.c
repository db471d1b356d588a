#include "btf/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/message.h"
#include "btf/check.h"

/* Bits of info that no known kind uses; a format that gives them a meaning is not ours to read. */
#define INFO_RESERVED 0x60ff0000u

const struct btf_kind_shape btf_kind_shapes[BTF_VIEW_KINDS] = {
	[BTF_KIND_INT] = {"int", .fixed = 4, .entry_type = -1, .named = true},
	[BTF_KIND_PTR] = {"pointer", .entry_type = -1, .refers = true},
	[BTF_KIND_ARRAY] = {"array", .fixed = 12, .entry_type = -1},
	[BTF_KIND_STRUCT] = {"struct", .entry = 12, .entry_name = true, .entry_type = 4,
			     .counts = true, .flagged = true},
	[BTF_KIND_UNION] = {"union", .entry = 12, .entry_name = true, .entry_type = 4,
			    .counts = true, .flagged = true},
	[BTF_KIND_ENUM] = {"enum", .entry = 8, .entry_name = true, .entry_type = -1, .counts = true,
			   .flagged = true},
	[BTF_KIND_FWD] = {"forward declaration", .entry_type = -1, .named = true, .flagged = true},
	[BTF_KIND_TYPEDEF] = {"typedef", .entry_type = -1, .refers = true, .named = true},
	[BTF_KIND_VOLATILE] = {"volatile", .entry_type = -1, .refers = true},
	[BTF_KIND_CONST] = {"const", .entry_type = -1, .refers = true},
	[BTF_KIND_RESTRICT] = {"restrict", .entry_type = -1, .refers = true},
	[BTF_KIND_FUNC] = {"function", .entry_type = -1, .refers = true, .named = true,
			   .counts = true},
	[BTF_KIND_FUNC_PROTO] = {"prototype", .entry = 8, .entry_name = true, .entry_type = 4,
				 .refers = true, .counts = true},
	[BTF_KIND_VAR] = {"variable", .fixed = 4, .entry_type = -1, .refers = true, .named = true},
	[BTF_KIND_DATASEC] = {"section", .entry = 12, .entry_type = 0, .named = true,
			      .counts = true},
	[BTF_KIND_FLOAT] = {"float", .entry_type = -1, .named = true},
	[BTF_KIND_DECL_TAG] = {"declaration tag", .fixed = 4, .entry_type = -1, .refers = true,
			       .named = true, .flagged = true},
	[BTF_KIND_TYPE_TAG] = {"type tag", .entry_type = -1, .refers = true, .named = true,
			       .flagged = true},
	[BTF_KIND_ENUM64] = {"enum64", .entry = 12, .entry_name = true, .entry_type = -1,
			     .counts = true, .flagged = true},
};

/* Finds the two sections, as libbpf and the kernel lay them out: types, then strings. */
static int open_sections(const uint8_t *raw, size_t size, const char *what, struct btf_view *v)
{
	struct btf_header h;
	uint64_t room;

	if (size < sizeof(h))
		return message_error(-EBADMSG,
				     "reading types: %s: BTF of %zu bytes has no whole header; the "
				     "file is damaged",
				     what, size);
	if (size > BTF_SIZE_MAX)
		return message_error(-EFBIG,
				     "reading types: %s: BTF of %zu bytes is too large; the limit "
				     "is %u",
				     what, size, BTF_SIZE_MAX);
	memcpy(&h, raw, sizeof(h));
	v->swap = h.magic == bswap_16(BTF_MAGIC);
	if (h.magic != BTF_MAGIC && !v->swap)
		return message_error(-EBADMSG,
				     "reading types: %s: not BTF: it starts with %02x %02x", what,
				     raw[0], raw[1]);
	if (h.version != BTF_VERSION)
		return message_error(-EOPNOTSUPP,
				     "reading types: %s: BTF version %u; only version %u is known",
				     what, h.version, BTF_VERSION);
	h.hdr_len = btf_view_u32(v, raw + offsetof(struct btf_header, hdr_len));
	h.type_off = btf_view_u32(v, raw + offsetof(struct btf_header, type_off));
	h.type_len = btf_view_u32(v, raw + offsetof(struct btf_header, type_len));
	h.str_off = btf_view_u32(v, raw + offsetof(struct btf_header, str_off));
	h.str_len = btf_view_u32(v, raw + offsetof(struct btf_header, str_len));
	if (h.hdr_len < sizeof(h) || h.hdr_len > size || h.hdr_len % 4)
		return message_error(-EBADMSG,
				     "reading types: %s: BTF header of %u bytes in %zu bytes; the "
				     "file is damaged",
				     what, h.hdr_len, size);
	if (v->swap && h.hdr_len != sizeof(h))
		return message_error(-EOPNOTSUPP,
				     "reading types: %s: BTF of the other byte order with an "
				     "unknown header of %u bytes",
				     what, h.hdr_len);
	room = size - h.hdr_len;
	if (h.type_off % 4 || (uint64_t)h.type_off + h.type_len > h.str_off ||
	    (uint64_t)h.str_off + h.str_len > room)
		return message_error(-EBADMSG,
				     "reading types: %s: types at %u+%u and strings at %u+%u do "
				     "not fit in %llu bytes; the file is damaged",
				     what, h.type_off, h.type_len, h.str_off, h.str_len,
				     (unsigned long long)room);
	v->types = raw + h.hdr_len + h.type_off;
	v->types_size = h.type_len;
	v->strings = (const char *)raw + h.hdr_len + h.str_off;
	v->strings_size = h.str_len;
	return 0;
}

/* A string section starts with the empty name, but for BTF that continues a base. */
static int check_strings(const struct btf_view *v, const char *what)
{
	bool split = v->first > 1;

	if (v->strings_size && v->strings[v->strings_size - 1])
		return message_error(-EBADMSG,
				     "reading types: %s: the BTF strings have no end; the file is "
				     "damaged",
				     what);
	if (!split && (!v->strings_size || v->strings[0]))
		return message_error(-EBADMSG,
				     "reading types: %s: this BTF continues another one, as a "
				     "kernel module's does; name that one with --base FILE",
				     what);
	if (split && v->strings_size && !v->strings[0])
		return message_error(-EBADMSG,
				     "reading types: %s: this BTF is complete in itself; leave out "
				     "the base",
				     what);
	return 0;
}

static int record_size(const struct btf_record *r, uint32_t id, const char *what, uint32_t *ret)
{
	const struct btf_kind_shape *s;

	if (r->kind == BTF_KIND_UNKN || r->kind >= BTF_VIEW_KINDS)
		return message_error(-EOPNOTSUPP,
				     "reading types: %s: type %u has the unknown kind %u; the file "
				     "is damaged or newer than this program",
				     what, id, r->kind);
	s = &btf_kind_shapes[r->kind];
	if (r->info & INFO_RESERVED || (r->flag && !s->flagged) || (r->n && !s->counts))
		return message_error(-EBADMSG,
				     "reading types: %s: type %u (%s) has an impossible info word "
				     "0x%08x; the file is damaged",
				     what, id, s->name, r->info);
	*ret = sizeof(struct btf_type) + s->fixed + (uint32_t)r->n * s->entry;
	return 0;
}

static void grow(struct btf_view *v, size_t *cap)
{
	v->offsets = mem_grow(v->offsets, cap, *cap + 1, sizeof(*v->offsets));
	v->kinds = xreallocarray(v->kinds, *cap, 1);
}

static int find_records(struct btf_view *v, const char *what)
{
	/* Most records are a bare 12 bytes or little more: one allocation fits nearly always. */
	size_t cap = v->types_size / 16 + 16;
	uint32_t at = 0;

	v->offsets = xreallocarray(NULL, cap, sizeof(*v->offsets));
	v->kinds = xmalloc(cap);
	while (at < v->types_size) {
		uint32_t left = v->types_size - at, len = 0;
		struct btf_record r = {0};
		int err;

		if (left >= sizeof(struct btf_type)) {
			r = btf_view_record(v, v->types + at);
			err = record_size(&r, v->end, what, &len);
			if (err < 0)
				return err;
		}
		if (!len || len > left)
			return message_error(-EBADMSG,
					     "reading types: %s: type %u is cut off at the end of "
					     "the types; the file is damaged",
					     what, v->end);
		if (v->end - v->first == cap)
			grow(v, &cap);
		v->kinds[v->end - v->first] = r.kind;
		v->offsets[v->end++ - v->first] = at;
		at += len;
	}
	return 0;
}

int btf_view_open(const void *raw, size_t size, uint32_t base_types, uint32_t base_strings,
		  const char *what, struct btf_view *ret)
{
	struct btf_view v = {.base_strings = base_strings};
	int err;

	v.first = v.end = base_types ? base_types : 1;
	err = open_sections(raw, size, what, &v);
	if (err < 0)
		return err;
	err = check_strings(&v, what);
	if (err < 0)
		return err;
	err = find_records(&v, what);
	if (err < 0) {
		btf_view_close(&v);
		return err;
	}
	*ret = v;
	return 0;
}

void btf_view_close(struct btf_view *v)
{
	free(v->offsets);
	free(v->kinds);
	v->offsets = NULL;
	v->kinds = NULL;
}
