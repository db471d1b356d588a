/*
 * Judging BTF from outside before a library reads it: libbpf's reader and printer crash, hang or
 * print for ever on damaged input.
 */
#ifndef SKEP_BTF_CHECK_H
#define SKEP_BTF_CHECK_H

#include <stddef.h>
#include <stdint.h>

/* Raw BTF larger than this is refused; a kernel of 126,000 types has 5.5 MB. */
#define BTF_SIZE_MAX (256u << 20)

/* Types may be nested, and refer to each other, this deep; kernels need about 30. */
#define BTF_DEPTH_MAX 256

/*
 * Checks raw BTF of either byte order completely: header, sections, every record, name and type
 * id, and that no type contains itself or stands only for itself. base_types and
 * base_strings_size describe the BTF it continues (btf__type_cnt and the size of its strings, 0
 * when it stands alone; the base must have passed this check). `what` names the file in messages.
 * 0, or a negative errno after a message: -EBADMSG when it is damaged, -EOPNOTSUPP when it is of
 * an unknown kind, -EFBIG.
 */
int btf_check(const void *raw, size_t size, uint32_t base_types, uint32_t base_strings_size,
	      const char *what);

struct btf;

/*
 * Checks that libbpf can print every type of BTF that passed btf_check as C: that no struct is
 * part of itself in a way that C cannot express, that every member's size is known where padding
 * depends on it, and that the text would not grow beyond reason. -EBADMSG after a message when
 * not. On success *ret_depth is how many types a declaration may have open at once.
 */
int btf_check_printable(const struct btf *btf, const char *what, unsigned *ret_depth);

#endif
