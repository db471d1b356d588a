/*
 * Memory: allocation that cannot fail (out of memory ends the process with a message and exit
 * status 2), and growable arrays of any type.
 */
#ifndef SKEP_BASE_MEM_H
#define SKEP_BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *xreallocarray(void *p, size_t n, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
/* Copies len bytes and terminates them. */
char *xstrndup(const char *s, size_t len) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2), returns_nonnull));
char *xvasprintf(const char *fmt, va_list ap)
	__attribute__((format(printf, 1, 0), returns_nonnull));

/* Makes room for at least want elements of the given size; doubles, so appending is linear. */
void *mem_grow(void *p, size_t *cap, size_t want, size_t size);

/* A growable array: struct { T *v; size_t n, cap; }. Zero-initialised is empty. */
#define VEC(T)                 \
	struct {               \
		T *v;          \
		size_t n, cap; \
	}

#define vec_push(a, x)                                                                     \
	do {                                                                               \
		if ((a)->n == (a)->cap)                                                    \
			(a)->v = mem_grow((a)->v, &(a)->cap, (a)->n + 1, sizeof(*(a)->v)); \
		(a)->v[(a)->n++] = (x);                                                    \
	} while (0)

#define vec_reserve(a, want)                                                           \
	do {                                                                           \
		if ((want) > (a)->cap)                                                 \
			(a)->v = mem_grow((a)->v, &(a)->cap, (want), sizeof(*(a)->v)); \
	} while (0)

#define vec_free(a)                    \
	do {                           \
		free((a)->v);          \
		(a)->v = NULL;         \
		(a)->n = (a)->cap = 0; \
	} while (0)

#define vec_foreach(p, a) \
	for (__typeof__((a)->v + 0) p = (a)->v, p##_end = p + (a)->n; p < p##_end; p++)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
