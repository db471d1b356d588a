#include <ctype.h>
#include <endian.h>
#include <stdint.h>

#include "llvm/debug.h"

/* The smallest KSYM_NAME_LEN of any kernel. */
#define NAME_MAX_LENGTH 128
#define HASH_DIGITS 16

static uint64_t rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

/* SipHash-1-3 with a key of zeros: what Rust's DefaultHasher computes, and so bpf-linker. */
static uint64_t sip_hash(const char *data, size_t len)
{
	uint64_t v[4] = {0x736f6d6570736575, 0x646f72616e646f6d, 0x6c7967656e657261,
			 0x7465646279746573};
	uint64_t word = 0;
	size_t at = 0;

	for (; at + 8 <= len; at += 8) {
		memcpy(&word, data + at, 8);
		sip_word(v, le64toh(word));
	}
	word = 0;
	memcpy(&word, data + at, len - at);
	sip_word(v, le64toh(word) | (uint64_t)len << 56);
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static bool is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '_';
}

void debug_clean_name(const char *name, size_t len, struct buf *ret)
{
	size_t start = ret->n;
	uint64_t hash;

	for (size_t i = 0; i < len; i++) {
		if (is_plain(name[i]))
			buf_putc(ret, name[i]);
		else
			buf_printf(ret, "_%X_", (unsigned char)name[i]);
	}
	if (ret->n - start <= NAME_MAX_LENGTH)
		return;
	hash = sip_hash(ret->v + start, ret->n - start);
	ret->n = start + NAME_MAX_LENGTH - HASH_DIGITS - 1;
	buf_printf(ret, "_%llx", (unsigned long long)hash);
}
