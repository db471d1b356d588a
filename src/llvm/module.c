#include "llvm/module.h"

#include <errno.h>

#include "base/message.h"

/* LLVM takes the buffer of bitcode it could read. Why it could not, the diagnostic handler said. */
static int read_bitcode(LLVMContextRef context, const struct input_module *in, LLVMModuleRef *ret)
{
	LLVMMemoryBufferRef buffer = llvm.CreateMemoryBufferWithMemoryRange((const char *)in->data,
									    in->size, in->name, 0);

	if (!llvm.GetBitcodeModuleInContext2(context, buffer, ret))
		return 0;
	llvm.DisposeMemoryBuffer(buffer);
	return message_error(-EBADMSG, "link: %s: LLVM %u cannot read it", in->name, llvm.major);
}

/* LLVM's parser wants a NUL after the text, which only a copy has for sure. */
static int read_text(LLVMContextRef context, const struct input_module *in, LLVMModuleRef *ret)
{
	LLVMMemoryBufferRef buffer = llvm.CreateMemoryBufferWithMemoryRangeCopy(
		(const char *)in->data, in->size, in->name);
	char *why = NULL;
	int failed = (llvm.ParseIRInContext ?: llvm.ParseIRInContext2)(context, buffer, ret, &why);

	if (!llvm.ParseIRInContext)
		llvm.DisposeMemoryBuffer(buffer);
	if (!failed)
		return 0;
	/* "FILE:LINE:COLUMN: error: ...", then the line itself. */
	return message_error(-EBADMSG, "link: %.*s", (int)strcspn(why, "\n"), why);
}

int module_read(LLVMContextRef context, const struct input_module *in, LLVMModuleRef *ret)
{
	return in->kind == MODULE_IR ? read_text(context, in, ret) : read_bitcode(context, in, ret);
}

static void list(LLVMModuleRef module, LLVMValueRef (*first)(LLVMModuleRef),
		 LLVMValueRef (*next)(LLVMValueRef), module_values *ret)
{
	for (LLVMValueRef v = first(module); v; v = next(v))
		vec_push(ret, v);
}

void module_list(LLVMModuleRef module, module_values *ret)
{
	ret->n = 0;
	list(module, llvm.GetFirstFunction, llvm.GetNextFunction, ret);
	list(module, llvm.GetFirstGlobal, llvm.GetNextGlobal, ret);
	list(module, llvm.GetFirstGlobalAlias, llvm.GetNextGlobalAlias, ret);
	list(module, llvm.GetFirstGlobalIFunc, llvm.GetNextGlobalIFunc, ret);
}

bool value_is_llvms(LLVMValueRef v)
{
	return strncmp(value_name(v), "llvm.", 5) == 0;
}

LLVMComdatRef value_comdat(LLVMValueRef v)
{
	/* Of anything else LLVM must not be asked. */
	return llvm.IsAFunction(v) || llvm.IsAGlobalVariable(v) ? llvm.GetComdat(v) : NULL;
}

bool value_is_local(LLVMValueRef v)
{
	unsigned linkage = llvm.GetLinkage(v);

	return linkage == LINKAGE_INTERNAL || linkage == LINKAGE_PRIVATE;
}

static bool is_function(LLVMValueRef v)
{
	return llvm.GetTypeKind(llvm.GlobalGetValueType(v)) == TYPE_FUNCTION;
}

/*
 * What nothing refers to and only its module sees is not linked. It cannot be removed: LLVM has no
 * function for aliases, and still wants to read the bodies of functions.
 */
static void replace(LLVMValueRef v, LLVMValueRef by)
{
	_cleanup_free_ char *name = xstrdup(value_name(v));

	llvm.ReplaceAllUsesWith(v, by);
	llvm.SetValueName2(v, "", 0);
	llvm.SetLinkage(v, LINKAGE_INTERNAL);
	llvm.SetValueName2(by, name, strlen(name));
}

void value_forget_definition(LLVMModuleRef module, LLVMValueRef v)
{
	LLVMTypeRef type = llvm.GlobalGetValueType(v);

	if (llvm.IsAGlobalVariable(v)) {
		llvm.SetInitializer(v, NULL);
		llvm.SetLinkage(v, LINKAGE_EXTERNAL);
		llvm.SetComdat(v, NULL);
	} else if (is_function(v)) {
		replace(v, llvm.AddFunction(module, "", type));
	} else {
		replace(v, llvm.AddGlobal(module, type, ""));
	}
}
