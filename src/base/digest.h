/* SHA-256 digests (FIPS 180-4), computed by nettle, which uses the CPU's instructions. */
#ifndef SKEP_BASE_DIGEST_H
#define SKEP_BASE_DIGEST_H

#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DIGEST_SIZE 32
#define DIGEST_HEX_SIZE (2 * DIGEST_SIZE + 1)

struct digest {
	uint8_t bytes[DIGEST_SIZE];
};

struct digest_state {
	struct sha256_ctx ctx;
};

void digest_begin(struct digest_state *s);
void digest_add(struct digest_state *s, const void *data, size_t len);
/* Adds a string with its length before it, so that neighbouring strings cannot run together. */
void digest_add_string(struct digest_state *s, const char *text);
/* Adds a number as 8 little-endian bytes. */
void digest_add_u64(struct digest_state *s, uint64_t value);
struct digest digest_end(struct digest_state *s);

struct digest digest_of(const void *data, size_t len);
/* Digest of everything readable from fd, from its current offset. Negative errno on failure. */
int digest_of_fd(int fd, struct digest *ret);

/* Writes 64 hexadecimal digits and a NUL. */
void digest_hex(const struct digest *d, char hex[static DIGEST_HEX_SIZE]);

/* Reads 64 lower-case hexadecimal digits; what follows them does not matter. */
bool digest_parse(const char *hex, struct digest *ret);

static inline bool digest_eq(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, DIGEST_SIZE) == 0;
}

#endif
