/*
 * Debug information that kernels accept as BTF. Languages other than C put names and types into it
 * that BTF cannot express.
 */
#ifndef SKEP_LLVM_DEBUG_H
#define SKEP_LLVM_DEBUG_H

#include "llvm/module.h"

/*
 * Makes what the module's functions and variables refer to expressible: names become identifiers of
 * C and members are ordered by their offset; for an LLVM before 21, which would make BTF of them
 * that kernels refuse, pointers lose their names, and enums that carry data lose what they carry.
 * Gives the names of those enums, separated by ", ".
 */
void debug_sanitize(LLVMContextRef context, LLVMModuleRef module, struct buf *ret_emptied);

/*
 * Appends a name as an identifier of C: other characters become "_3C_" (hexadecimal), and what is
 * longer than kernels allow ends with a hash of the whole.
 */
void debug_clean_name(const char *name, size_t len, struct buf *ret);

#endif
