#include "report/text.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define GAP ".."

struct range {
	uint32_t first, last;
};

static bool is_in(const struct range *ranges, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* What follows a first byte, and the least code point that takes so many bytes. */
static const struct {
	uint8_t mask, head;
	uint8_t more;
	uint32_t least;
} forms[] = {
	{0x80, 0x00, 0, 0},
	{0xe0, 0xc0, 1, 0x80},
	{0xf0, 0xe0, 2, 0x800},
	{0xf8, 0xf0, 3, 0x10000},
};

uint32_t text_next(const char **s)
{
	const unsigned char *u = (const unsigned char *)(*s)++;

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		uint32_t c = u[0] & (uint8_t)~forms[i].mask;

		if ((u[0] & forms[i].mask) != forms[i].head)
			continue;
		for (size_t k = 1; k <= forms[i].more; k++) {
			if ((u[k] & 0xc0) != 0x80)
				return UINT32_MAX;
			c = c << 6 | (u[k] & 0x3f);
		}
		if (c < forms[i].least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return UINT32_MAX;
		*s += forms[i].more;
		return c;
	}
	return UINT32_MAX;
}

/* The larger blocks of Unicode whose characters take two columns, or none. */
static size_t columns_of(uint32_t c)
{
	static const struct range none[] = {
		{0x300, 0x36f},	  {0x200b, 0x200f}, {0x202a, 0x202e},
		{0x2060, 0x2069}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f},
	};
	static const struct range two[] = {
		{0x1100, 0x115f},   {0x2e80, 0x303e},	{0x3041, 0xa4cf},   {0xac00, 0xd7a3},
		{0xf900, 0xfaff},   {0xfe30, 0xfe6f},	{0xff00, 0xff60},   {0xffe0, 0xffe6},
		{0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
	};

	return is_in(none, ARRAY_SIZE(none), c) ? 0 : is_in(two, ARRAY_SIZE(two), c) ? 2 : 1;
}

size_t text_width(const char *s)
{
	size_t n = 0;

	while (*s)
		n += columns_of(text_next(&s));
	return n;
}

/* The end of the longest beginning of s that takes no more than width columns. */
static const char *head_of(const char *s, size_t width)
{
	while (*s) {
		const char *next = s;
		size_t n = columns_of(text_next(&next));

		if (n > width)
			break;
		width -= n;
		s = next;
	}
	return s;
}

void text_put_cut(struct buf *b, const char *s, size_t width)
{
	size_t all = text_width(s), gap = strlen(GAP), front;
	const char *head, *tail;

	if (all <= width) {
		buf_puts(b, s);
		return;
	}
	if (width <= gap) {
		buf_add(b, s, (size_t)(head_of(s, width) - s));
		return;
	}
	front = (width - gap + 1) / 2;
	head = head_of(s, front);
	buf_add(b, s, (size_t)(head - s));
	buf_puts(b, GAP);
	/* As much of the end as there is room for. */
	for (tail = head; text_width(tail) > width - gap - front; text_next(&tail))
		;
	buf_puts(b, tail);
}

static void put_blanks(struct buf *b, size_t n)
{
	buf_printf(b, "%*s", (int)n, "");
}

void text_put_left(struct buf *b, const char *s, size_t width)
{
	_cleanup_buf_ struct buf cut = {0};

	text_put_cut(&cut, s, width);
	buf_add(b, cut.v, cut.n);
	put_blanks(b, width - text_width(cut.v ? cut.v : ""));
}

void text_put_right(struct buf *b, const char *s, size_t width)
{
	_cleanup_buf_ struct buf cut = {0};

	text_put_cut(&cut, s, width);
	put_blanks(b, width - text_width(cut.v ? cut.v : ""));
	buf_add(b, cut.v, cut.n);
}

void text_put_line(struct buf *b, const char *s, size_t size)
{
	_cleanup_free_ char *line = xstrndup(s, size);

	for (char *p = line; *p; p++)
		if (*p == '\t')
			*p = ' ';
	buf_put_visible(b, line);
}

void text_put_number(struct buf *b, uint64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			buf_putc(b, ',');
		buf_putc(b, digits[i]);
	}
}

void text_put_short_number(struct buf *b, uint64_t n)
{
	static const char units[] = "kMGTPE";
	uint64_t tenths = n / 100; /* of the unit */
	size_t unit = 0;

	if (n < 10000) {
		text_put_number(b, n);
		return;
	}
	for (; tenths >= 10000; unit++)
		tenths /= 1000;
	if (tenths >= 1000)
		buf_printf(b, "%u%c", (unsigned)(tenths / 10), units[unit]);
	else
		buf_printf(b, "%u.%u%c", (unsigned)(tenths / 10), (unsigned)(tenths % 10),
			   units[unit]);
}

void text_put_time(struct buf *b, uint64_t nanoseconds)
{
	double us = (double)nanoseconds / 1000;

	if (us < 1000)
		buf_printf(b, "%.0f us", us);
	else if (us < 1000000)
		buf_printf(b, "%.1f ms", us / 1000);
	else
		buf_printf(b, "%.1f s", us / 1000000);
}

static const char *entity_of(uint32_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* XML 1.0, 2.2; the controls above ASCII are allowed there and are no use to anybody. */
static bool is_markup(uint32_t c)
{
	return c == '\n' || c == '\t' ||
	       (c >= 0x20 && !(c >= 0x7f && c <= 0x9f) && c != 0xfffe && c != 0xffff);
}

void text_put_markup(struct buf *b, const char *s)
{
	while (*s) {
		const char *from = s;
		uint32_t c = text_next(&s);
		const char *entity = entity_of(c);

		if (c == UINT32_MAX)
			buf_puts(b, REPLACEMENT);
		else if (entity)
			buf_puts(b, entity);
		else if (is_markup(c))
			buf_add(b, from, (size_t)(s - from));
	}
}
