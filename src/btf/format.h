/* Formatting the fragments libbpf prints types with. */
#ifndef SKEP_BTF_FORMAT_H
#define SKEP_BTF_FORMAT_H

#include <stdarg.h>

#include "base/str.h"

/*
 * Appends to b as buf_vprintf does, several times faster for the few conversions that libbpf uses
 * (%s, %d, %u and their long forms, without flags or widths); others are left to printf.
 */
void format_append(struct buf *b, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

#endif
