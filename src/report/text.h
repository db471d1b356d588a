/*
 * Words and numbers as reports print them. What a text holds may come from outside: it is made
 * visible, escaped or cut here.
 */
#ifndef SKEP_REPORT_TEXT_H
#define SKEP_REPORT_TEXT_H

#include <stdint.h>

#include "base/str.h"

/* The code point at *s, which is moved behind it; UINT32_MAX for a byte that is not UTF-8. */
uint32_t text_next(const char **s);

/* Columns that a text takes on a terminal. */
size_t text_width(const char *s);
/* The text in at most width columns; of a longer one the middle gives way to "..". */
void text_put_cut(struct buf *b, const char *s, size_t width);
/* The same, filled with blanks to exactly width columns: on the right, or in front. */
void text_put_left(struct buf *b, const char *s, size_t width);
void text_put_right(struct buf *b, const char *s, size_t width);

/* One line of outside text: tabs become blanks, other control characters visible. */
void text_put_line(struct buf *b, const char *s, size_t size);

/* "1,234,567" */
void text_put_number(struct buf *b, uint64_t n);
/* The same in five columns: "9,999", "12.3k", "123k", "1.2M". */
void text_put_short_number(struct buf *b, uint64_t n);
/* "52 us", "1.2 ms", "3.4 s" */
void text_put_time(struct buf *b, uint64_t nanoseconds);

/*
 * The text for XML and HTML, in elements and in quoted attributes. Control characters but line
 * feeds and tabs are left out, as XML has no way to write them; what is not UTF-8 becomes U+FFFD.
 */
void text_put_markup(struct buf *b, const char *s);

#endif
