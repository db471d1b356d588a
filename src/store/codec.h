/*
 * Values in the state and in the store: numbers, strings and digests one after another,
 * little-endian, as those of the store travel. A hash guards against damage; the reader here still
 * never reads past the end, since another version of skep may have written something else.
 */
#ifndef SKEP_STORE_CODEC_H
#define SKEP_STORE_CODEC_H

#include <endian.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/str.h"
#include "store/state.h"

static inline void put_u32(struct buf *b, uint32_t v)
{
	v = htole32(v);
	buf_add(b, &v, sizeof(v));
}

static inline void put_u64(struct buf *b, uint64_t v)
{
	v = htole64(v);
	buf_add(b, &v, sizeof(v));
}

static inline void put_string(struct buf *b, const char *s)
{
	size_t n = strlen(s) + 1;

	put_u32(b, (uint32_t)n);
	buf_add(b, s, n);
}

static inline void put_digest(struct buf *b, const struct digest *d)
{
	buf_add(b, d->bytes, DIGEST_SIZE);
}

/* A cursor over a value; once a read fails, bad stays set and reads give zeros. */
struct reader {
	const char *at, *end;
	bool bad;
};

static inline struct reader reader_of(struct state_value v)
{
	const char *p = v.data;

	return (struct reader){p, p ? p + v.size : NULL, !p};
}

static inline const void *get_bytes(struct reader *r, size_t n)
{
	const void *p = r->at;

	if (r->bad || (size_t)(r->end - r->at) < n) {
		r->bad = true;
		return NULL;
	}
	r->at += n;
	return p;
}

static inline uint32_t get_u32(struct reader *r)
{
	const void *p = get_bytes(r, 4);
	uint32_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static inline uint64_t get_u64(struct reader *r)
{
	const void *p = get_bytes(r, 8);
	uint64_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

/* A NUL-terminated string inside the value; "" after a failure. */
static inline const char *get_string(struct reader *r)
{
	uint32_t n = get_u32(r);
	const char *s = n ? get_bytes(r, n) : NULL;

	if (!s || s[n - 1] != '\0') {
		r->bad = true;
		return "";
	}
	return s;
}

static inline struct digest get_digest(struct reader *r)
{
	struct digest d = {0};
	const void *p = get_bytes(r, DIGEST_SIZE);

	if (p)
		memcpy(d.bytes, p, DIGEST_SIZE);
	return d;
}

#endif
