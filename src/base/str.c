#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

void buf_add(struct buf *b, const void *data, size_t len)
{
	if (b->n + len + 1 > b->cap)
		b->v = mem_grow(b->v, &b->cap, b->n + len + 1, 1);
	if (len)
		memcpy(b->v + b->n, data, len);
	b->n += len;
	b->v[b->n] = '\0';
}

void buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	/* A guess: most texts fit, and are formatted once. */
	size_t room = 64;
	va_list again;
	int len;

	if (b->n + room > b->cap)
		b->v = mem_grow(b->v, &b->cap, b->n + room, 1);
	room = b->cap - b->n;
	va_copy(again, ap);
	len = vsnprintf(b->v + b->n, room, fmt, again);
	va_end(again);
	if (len < 0) {
		b->v[b->n] = '\0';
		return;
	}
	if ((size_t)len >= room) {
		b->v = mem_grow(b->v, &b->cap, b->n + (size_t)len + 1, 1);
		vsnprintf(b->v + b->n, (size_t)len + 1, fmt, ap);
	}
	b->n += (size_t)len;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

/* The length of the UTF-8 sequence at s (1 to 4), or 0 where there is none. */
static size_t utf8_len(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t len = u[0] < 0x80		    ? 1
		     : u[0] >= 0xc2 && u[0] <= 0xdf ? 2
		     : (u[0] & 0xf0) == 0xe0	    ? 3
		     : u[0] >= 0xf0 && u[0] <= 0xf4 ? 4
						    : 0;

	for (size_t i = 1; i < len; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	if (len == 3 && ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f)))
		return 0;
	if (len == 4 && ((u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f)))
		return 0;
	return len;
}

/*
 * Whether a sequence steers a terminal or turns the direction of what follows, so that other text
 * is seen than is there: C0 and C1 controls, and Unicode's marks, overrides and isolates.
 */
static bool is_control(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;

	if (len == 1)
		return u[0] < 0x20 || u[0] == 0x7f;
	if (len == 2)
		return u[0] == 0xc2 && u[1] < 0xa0;
	if (len != 3 || u[0] != 0xe2)
		return false;
	/* U+200E, U+200F, U+202A to U+202E; U+2066 to U+2069. */
	return (u[1] == 0x80 && (u[2] == 0x8e || u[2] == 0x8f || (u[2] >= 0xaa && u[2] <= 0xae))) ||
	       (u[1] == 0x81 && u[2] >= 0xa6 && u[2] <= 0xa9);
}

void buf_put_visible(struct buf *b, const char *s)
{
	while (*s) {
		size_t len = utf8_len(s);
		bool is_visible = len && !is_control(s, len);

		if (is_visible)
			buf_add(b, s, len);
		for (size_t i = 0; !is_visible && i < (len ? len : 1); i++)
			buf_printf(b, "\\x%02x", (unsigned char)s[i]);
		s += len ? len : 1;
	}
}

/* How many bytes from s on need nothing done to them in JSON, as far as a glance tells. */
static size_t plain_len(const char *s)
{
	size_t n = 0;

	while ((unsigned char)s[n] >= 0x20 && (unsigned char)s[n] < 0x7f && s[n] != '"' &&
	       s[n] != '\\')
		n++;
	return n;
}

void buf_put_json(struct buf *b, const char *s)
{
	buf_putc(b, '"');
	while (*s) {
		size_t len = plain_len(s);

		buf_add(b, s, len);
		s += len;
		if (!*s)
			break;
		len = utf8_len(s);
		if (len == 0) {
			buf_puts(b, "\xef\xbf\xbd");
			len = 1;
		} else if (*s == '"' || *s == '\\') {
			buf_printf(b, "\\%c", *s);
		} else if ((unsigned char)*s < 0x20 || *s == 0x7f) {
			buf_printf(b, "\\u%04x", (unsigned char)*s);
		} else {
			buf_add(b, s, len);
		}
		s += len;
	}
	buf_putc(b, '"');
}

static bool is_shell_safe(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("@%+=:,./-_", c));
}

void buf_put_shell(struct buf *b, const char *s)
{
	size_t i = 0;

	while (is_shell_safe(s[i]))
		i++;
	if (i && !s[i]) {
		buf_puts(b, s);
		return;
	}
	buf_putc(b, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			buf_puts(b, "'\\''");
		else
			buf_putc(b, *s);
	}
	buf_putc(b, '\'');
}

char *buf_steal(struct buf *b)
{
	char *v = b->v ? b->v : xstrdup("");

	*b = (struct buf){0};
	return v;
}

void buf_free(struct buf *b)
{
	free(b->v);
	*b = (struct buf){0};
}

void strv_take(struct strv *a, char *s)
{
	vec_push(a, s);
}

void strv_add(struct strv *a, const char *s)
{
	strv_take(a, xstrdup(s));
}

void strv_addf(struct strv *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strv_take(a, xvasprintf(fmt, ap));
	va_end(ap);
}

void strv_add_joined(struct strv *a, const char *first, const char *second)
{
	size_t n = strlen(first), m = strlen(second);
	char *s = xmalloc(n + m + 1);

	memcpy(s, first, n);
	memcpy(s + n, second, m + 1);
	strv_take(a, s);
}

void strv_add_all(struct strv *a, const struct strv *other)
{
	for (size_t i = 0; i < other->n; i++)
		strv_add(a, other->v[i]);
}

bool strv_has(const struct strv *a, const char *s)
{
	for (size_t i = 0; i < a->n; i++)
		if (str_eq(a->v[i], s))
			return true;
	return false;
}

static int compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *a)
{
	if (a->n)
		qsort(a->v, a->n, sizeof(a->v[0]), compare_strings);
}

void strv_free(struct strv *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i]);
	vec_free(a);
}

bool str_to_ulong(const char *s, unsigned long max, unsigned long *ret)
{
	char *end;
	unsigned long v;

	if (!isdigit((unsigned char)*s))
		return false;
	errno = 0;
	v = strtoul(s, &end, 10);
	if (errno || *end || v > max)
		return false;
	*ret = v;
	return true;
}
