#include "btf/format.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* Makes room for n more bytes and a NUL. */
static void reserve(struct buf *b, size_t n)
{
	if (b->n + n + 1 > b->cap)
		b->v = mem_grow(b->v, &b->cap, b->n + n + 1, 1);
}

static void put(struct buf *b, const char *s, size_t n)
{
	reserve(b, n);
	memcpy(b->v + b->n, s, n);
	b->n += n;
}

static void put_number(struct buf *b, uint64_t value, bool negative)
{
	char digits[24], *p = digits + sizeof(digits);

	do
		*--p = (char)('0' + value % 10);
	while (value /= 10);
	if (negative)
		*--p = '-';
	put(b, p, (size_t)(digits + sizeof(digits) - p));
}

static void put_signed(struct buf *b, int64_t value)
{
	put_number(b, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
}

/* The length of a conversion after its '%', taking its argument; 0 when it is not one of ours. */
static size_t put_conversion(struct buf *b, const char *spec, va_list *ap)
{
	const char *s;

	switch (spec[0]) {
	case 's':
		s = va_arg(*ap, const char *);
		put(b, s, strlen(s));
		return 1;
	case 'd':
		put_signed(b, va_arg(*ap, int));
		return 1;
	case 'u':
		put_number(b, va_arg(*ap, unsigned), false);
		return 1;
	case 'z':
		if (spec[1] == 'd')
			put_signed(b, va_arg(*ap, ssize_t));
		else if (spec[1] == 'u')
			put_number(b, va_arg(*ap, size_t), false);
		else
			return 0;
		return 2;
	case 'l':
		if (spec[1] != 'l')
			return 0;
		if (spec[2] == 'd')
			put_signed(b, va_arg(*ap, long long));
		else if (spec[2] == 'u')
			put_number(b, va_arg(*ap, unsigned long long), false);
		else
			return 0;
		return 3;
	default:
		return 0;
	}
}

void format_append(struct buf *b, const char *fmt, va_list ap)
{
	size_t start = b->n;
	const char *p = fmt;
	va_list args;

	va_copy(args, ap);
	while (*p) {
		const char *literal = p;
		size_t len;

		while (*p && *p != '%')
			p++;
		put(b, literal, (size_t)(p - literal));
		if (!*p)
			break;
		len = put_conversion(b, p + 1, &args);
		if (!len) {
			b->n = start;
			buf_vprintf(b, fmt, ap);
			break;
		}
		p += 1 + len;
	}
	va_end(args);
	reserve(b, 0);
	b->v[b->n] = '\0';
}
