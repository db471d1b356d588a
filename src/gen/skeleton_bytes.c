/* The object's bytes as a C string: what compilers read fastest, and mostly readable. */
#include "gen/skeleton_parts.h"

#define LINE_WIDTH 96

struct spelling {
	char text[4];
	uint8_t len;
};

/* A one- or two-digit octal escape would swallow an octal digit that follows it. */
struct spellings {
	struct spelling normal[256], before_digit[256];
};

static struct spelling spell_octal(unsigned char c, unsigned digits)
{
	struct spelling s = {.text = {'\\'}, .len = 1};

	for (unsigned i = digits; i-- > 0;)
		s.text[s.len++] = (char)('0' + ((c >> (3 * i)) & 7));
	return s;
}

static void spell_all(struct spellings *ret)
{
	for (unsigned c = 0; c < 256; c++) {
		struct spelling plain = {.text = {(char)c}, .len = 1};

		ret->normal[c] = spell_octal((unsigned char)c, c < 8 ? 1 : c < 64 ? 2 : 3);
		ret->before_digit[c] = spell_octal((unsigned char)c, 3);
		/* '?' is escaped as well: two of them could begin a trigraph. */
		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '?')
			ret->normal[c] = ret->before_digit[c] = plain;
	}
}

void skeleton_put_bytes(const void *data, size_t size, struct buf *ret)
{
	const unsigned char *p = data, *end = p + size;
	size_t most = 4 * size + 2 * (4 * size / (LINE_WIDTH - 4) + 1);
	struct spellings spellings;
	size_t column = 0;
	char *out;

	spell_all(&spellings);
	if (ret->n + most + 8 > ret->cap)
		ret->v = mem_grow(ret->v, &ret->cap, ret->n + most + 8, 1);
	out = ret->v + ret->n;
	for (; p < end; p++) {
		bool digit = p + 1 < end && p[1] >= '0' && p[1] <= '7';
		const struct spelling *s =
			digit ? &spellings.before_digit[*p] : &spellings.normal[*p];

		if (column + s->len > LINE_WIDTH) {
			*out++ = '\\';
			*out++ = '\n';
			column = 0;
		}
		memcpy(out, s->text, sizeof(s->text));
		out += s->len;
		column += s->len;
	}
	ret->n = (size_t)(out - ret->v);
	ret->v[ret->n] = '\0';
}
