/* Modules: reading one from an input, and the functions, variables and aliases in it. */
#ifndef SKEP_LLVM_MODULE_H
#define SKEP_LLVM_MODULE_H

#include <stdbool.h>

#include "base/mem.h"
#include "llvm/api.h"
#include "llvm/inputs.h"

/*
 * Reads a module: of bitcode only what lies outside functions, the bodies follow on demand from
 * in->data, which must live until the module is gone. Negative errno after a message.
 */
int module_read(LLVMContextRef context, const struct input_module *in, LLVMModuleRef *ret);

typedef VEC(LLVMValueRef) module_values;

/* Its functions, variables, aliases and ifuncs, in that order; replaces what ret held. */
void module_list(LLVMModuleRef module, module_values *ret);

/* A value's name, valid until it gets another. */
static inline const char *value_name(LLVMValueRef v)
{
	size_t len;

	return llvm.GetValueName2(v, &len);
}

/* LLVM's own: intrinsics, llvm.used and the like. */
bool value_is_llvms(LLVMValueRef v);
/* Its comdat, or NULL. */
LLVMComdatRef value_comdat(LLVMValueRef v);
/* Whether only its own module sees it. */
bool value_is_local(LLVMValueRef v);

/*
 * Makes a definition a declaration, which may be another value; what is left of v in that case is
 * local, and nothing refers to it.
 */
void value_forget_definition(LLVMModuleRef module, LLVMValueRef v);

#endif
