/*
 * Types that an object describes several times: LLVM writes what several source files describe once
 * for each of them when it links these.
 */
#ifndef SKEP_BTF_DEDUP_H
#define SKEP_BTF_DEDUP_H

#include <stddef.h>

#include "base/str.h"

/*
 * Appends to ret a relocatable BPF object of either byte order with each of its types once, as
 * libbpf tells them apart. Its BTF has no relocations any more, as in objects that libbpf linked.
 * It takes whatever libbpf does of damaged objects: for a process of its own. `what` names the
 * object in messages; negative errno after one.
 */
int object_dedup(const void *in, size_t size, const char *what, struct buf *ret);

#endif
