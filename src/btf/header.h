/* Types as C: the header commonly called vmlinux.h. */
#ifndef SKEP_BTF_HEADER_H
#define SKEP_BTF_HEADER_H

#include "base/str.h"
#include "btf/source.h"

/*
 * Appends the C header of all types of a source to ret, as `bpftool btf dump file FILE format c`
 * prints it: same types, same order, same text. A source that is a header is appended as it is.
 * -EBADMSG after a message when the types cannot be printed.
 */
int btf_print_header(const struct btf_source *s, struct buf *ret);

/*
 * The same; grown is called now and then with what there is, which then ends with a whole
 * declaration.
 */
int btf_print_header_while(const struct btf_source *s, struct buf *ret,
			   void (*grown)(const struct buf *text, void *arg), void *arg);

/*
 * The same in a child process, where libbpf may crash or hang without harm; for sources from
 * outside. Other negative errno after a message when that happens.
 */
int btf_print_header_in_child(const struct btf_source *s, struct buf *ret);

#endif
