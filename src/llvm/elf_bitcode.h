/* Objects as the linker sees them: whether bitcode lies in them, and if not, of what use they are.
 */
#ifndef SKEP_LLVM_ELF_BITCODE_H
#define SKEP_LLVM_ELF_BITCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llvm/bitstream.h"

struct elf_content {
	VEC(struct span) bitcode; /* what is in sections .llvmbc, in their order */
	bool is_object;		  /* relocatable */
	bool is_bpf;
	bool defines;  /* a symbol is defined, not only referred to */
	bool metadata; /* rustc's: it has a section .rmeta */
};

/* Whether it begins as ELF files do. */
bool elf_content_is(const uint8_t *data, size_t size);
/*
 * Looks through an ELF file of 32 or 64 bits and either byte order. -EBADMSG after a message
 * naming `what` when it is damaged, -EOPNOTSUPP when the bitcode is compressed.
 */
int elf_content_read(const uint8_t *data, size_t size, const char *what, struct elf_content *ret);
void elf_content_free(struct elf_content *c);

#endif
