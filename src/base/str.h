/* Strings: a growable byte buffer, a list of strings, and small tests. */
#ifndef SKEP_BASE_STR_H
#define SKEP_BASE_STR_H

#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"

/* Bytes that grow; v is NUL-terminated after every call (n does not count the NUL). */
struct buf {
	char *v;
	size_t n, cap;
};

void buf_add(struct buf *b, const void *data, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* Appends s with control characters and non-UTF-8-safe bytes made visible, for messages. */
void buf_put_visible(struct buf *b, const char *s);
/* Appends s as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void buf_put_json(struct buf *b, const char *s);
/* Appends s as one word for a POSIX shell, quoted only when it must be. */
void buf_put_shell(struct buf *b, const char *s);
/* Hands the bytes to the caller (never NULL) and leaves the buffer empty. */
char *buf_steal(struct buf *b);
void buf_free(struct buf *b);
#define _cleanup_buf_ _cleanup_(buf_free)

/* A list of strings it owns. */
struct strv {
	char **v;
	size_t n, cap;
};

void strv_add(struct strv *a, const char *s);
/* Takes ownership of s. */
void strv_take(struct strv *a, char *s);
void strv_addf(struct strv *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* One string of two. */
void strv_add_joined(struct strv *a, const char *first, const char *second);
void strv_add_all(struct strv *a, const struct strv *other);
bool strv_has(const struct strv *a, const char *s);
/* Sorts by byte value. */
void strv_sort(struct strv *a);
void strv_free(struct strv *a);
#define _cleanup_strv_ _cleanup_(strv_free)

static inline bool str_eq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static inline bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static inline bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

/* The known name that was probably meant by one that is not known, or NULL. */
const char *strv_nearest(const struct strv *known, const char *name);

/* Reads a decimal number without sign or surroundings; false when it is not one or exceeds max. */
bool str_to_ulong(const char *s, unsigned long max, unsigned long *ret);

#endif
