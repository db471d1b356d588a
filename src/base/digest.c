#include "base/digest.h"

#include <endian.h>
#include <errno.h>
#include <unistd.h>

void digest_begin(struct digest_state *s)
{
	sha256_init(&s->ctx);
}

void digest_add(struct digest_state *s, const void *data, size_t len)
{
	sha256_update(&s->ctx, len, data);
}

void digest_add_u64(struct digest_state *s, uint64_t value)
{
	value = htole64(value);
	digest_add(s, &value, sizeof(value));
}

void digest_add_string(struct digest_state *s, const char *text)
{
	size_t len = strlen(text);

	digest_add_u64(s, len);
	digest_add(s, text, len);
}

struct digest digest_end(struct digest_state *s)
{
	struct digest d;

	sha256_digest(&s->ctx, DIGEST_SIZE, d.bytes);
	return d;
}

struct digest digest_of(const void *data, size_t len)
{
	struct digest_state s;

	digest_begin(&s);
	digest_add(&s, data, len);
	return digest_end(&s);
}

int digest_of_fd(int fd, struct digest *ret)
{
	uint8_t block[64 * 1024];
	struct digest_state s;
	ssize_t n;

	digest_begin(&s);
	for (;;) {
		n = read(fd, block, sizeof(block));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		digest_add(&s, block, (size_t)n);
	}
	*ret = digest_end(&s);
	return 0;
}

void digest_hex(const struct digest *d, char hex[static DIGEST_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		hex[2 * i] = digits[d->bytes[i] >> 4];
		hex[2 * i + 1] = digits[d->bytes[i] & 15];
	}
	hex[2 * DIGEST_SIZE] = '\0';
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool digest_parse(const char *hex, struct digest *ret)
{
	struct digest d;

	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		int high = nibble(hex[2 * i]);
		int low = high < 0 ? -1 : nibble(hex[2 * i + 1]);

		if (low < 0)
			return false;
		d.bytes[i] = (uint8_t)(high << 4 | low);
	}
	*ret = d;
	return true;
}
