/* Instructions as the kernel has them after verification, as text. */
#ifndef SKEP_KERNEL_TRANSLATED_H
#define SKEP_KERNEL_TRANSLATED_H

#include <linux/bpf.h>

#include "base/str.h"

/*
 * One line for each instruction, "N: TEXT", in the words of the kernel's own listing
 * (kernel/bpf/disasm.c), which tests of the kernel compare with. A call that the kernel has made
 * an address of is "call unknown".
 */
void translated_print(const struct bpf_insn *insns, size_t n, struct buf *ret);

/* The same of a loaded program. Negative errno, without a message. */
int translated_read(int program_fd, struct buf *ret);

#endif
