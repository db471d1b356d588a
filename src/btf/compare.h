/*
 * Whether two objects made from one program in two ways (with a slice of vmlinux.h and with all of
 * it) are the same to libbpf and the kernel. Their types have other numbers, and need not be
 * complete where nobody looks into them.
 */
#ifndef SKEP_BTF_COMPARE_H
#define SKEP_BTF_COMPARE_H

#include <stddef.h>

#include "base/str.h"

/* More differences than this are only counted. */
#define COMPARE_DIFFERENCES_MAX 20

/*
 * Compares two relocatable ELF64 BPF objects of either byte order, as object_finish leaves them:
 * code and data, symbols, relocations, CO-RE relocations, function and line records, and the types
 * of functions, variables, maps and declaration tags. Appends a line for each difference to
 * ret_differences, at most COMPARE_DIFFERENCES_MAX and one that counts the rest; none when they
 * are the same. a_name and b_name name the objects in them. 0, or a negative errno after a
 * message when one of them cannot be read: -EBADMSG, -EOPNOTSUPP, -EFBIG.
 */
int object_compare(const void *a, size_t a_size, const char *a_name, const void *b, size_t b_size,
		   const char *b_name, struct strv *ret_differences);

#endif
