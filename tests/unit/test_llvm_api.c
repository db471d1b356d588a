/*
 * Our declarations of LLVM-C functions against those of a real LLVM: this file is compiled once for
 * each version whose headers are installed, and each function that differs is a compile error.
 * Running it loads that version's library and calls a little of it.
 */
#include <llvm-c/BitReader.h>
#include <llvm-c/BitWriter.h>
#include <llvm-c/Comdat.h>
#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/Error.h>
#include <llvm-c/ErrorHandling.h>
#include <llvm-c/IRReader.h>
#include <llvm-c/Linker.h>
#include <llvm-c/Support.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/message.h"
#include "base/str.h"
#include "llvm/api.h"

#define SAME(result, name, args)                                                               \
	_Static_assert(__builtin_types_compatible_p(__typeof__(&LLVM##name),                   \
						    __typeof__(((struct llvm_api *)0)->name)), \
		       "LLVM" #name " is declared differently");
LLVM_FUNCTIONS(SAME)
SAME(int, ParseIRInContext, )
#if LLVM_HEADERS >= 22
SAME(int, ParseIRInContext2, )
#endif

#define EQUAL(ours, theirs) _Static_assert((int)(ours) == (int)(theirs), #ours " has another value")
EQUAL(LINKAGE_EXTERNAL, LLVMExternalLinkage);
EQUAL(LINKAGE_AVAILABLE_EXTERNALLY, LLVMAvailableExternallyLinkage);
EQUAL(LINKAGE_LINKONCE, LLVMLinkOnceAnyLinkage);
EQUAL(LINKAGE_LINKONCE_ODR, LLVMLinkOnceODRLinkage);
EQUAL(LINKAGE_WEAK, LLVMWeakAnyLinkage);
EQUAL(LINKAGE_WEAK_ODR, LLVMWeakODRLinkage);
EQUAL(LINKAGE_APPENDING, LLVMAppendingLinkage);
EQUAL(LINKAGE_INTERNAL, LLVMInternalLinkage);
EQUAL(LINKAGE_PRIVATE, LLVMPrivateLinkage);
EQUAL(LINKAGE_EXTERN_WEAK, LLVMExternalWeakLinkage);
EQUAL(LINKAGE_COMMON, LLVMCommonLinkage);
EQUAL(LINKAGES, LLVMLinkerPrivateWeakLinkage + 1);
EQUAL(VISIBILITY_DEFAULT, LLVMDefaultVisibility);
EQUAL(VISIBILITY_HIDDEN, LLVMHiddenVisibility);
EQUAL(VISIBILITY_PROTECTED, LLVMProtectedVisibility);
EQUAL(COMDAT_ANY, LLVMAnyComdatSelectionKind);
EQUAL(TYPE_FUNCTION, LLVMFunctionTypeKind);
EQUAL(SEVERITY_ERROR, LLVMDSError);
EQUAL(SEVERITY_WARNING, LLVMDSWarning);
EQUAL(SEVERITY_REMARK, LLVMDSRemark);
EQUAL(SEVERITY_NOTE, LLVMDSNote);
EQUAL(CODEGEN_ASSEMBLY, LLVMAssemblyFile);
EQUAL(CODEGEN_OBJECT, LLVMObjectFile);
EQUAL(CODEGEN_LEVEL_AGGRESSIVE, LLVMCodeGenLevelAggressive);
EQUAL(METADATA_COMPOSITE_TYPE, LLVMDICompositeTypeMetadataKind);
EQUAL(METADATA_DERIVED_TYPE, LLVMDIDerivedTypeMetadataKind);
EQUAL(METADATA_SUBPROGRAM, LLVMDISubprogramMetadataKind);
EQUAL(METADATA_FIRST_NODE, LLVMMDTupleMetadataKind);
EQUAL(METADATA_ARG_LIST, LLVMDIArgListMetadataKind);
EQUAL(ATTRIBUTE_OF_FUNCTION, LLVMAttributeFunctionIndex);

static char *said;

static void keep_message(enum message_level level, const char *text, void *arg)
{
	(void)level;
	(void)arg;
	free(said);
	said = xstrdup(text);
}

static void refuse(const char *path, const char *why)
{
	assert_true(llvm_open(path) < 0);
	assert_non_null(said);
	assert_non_null(strstr(said, why));
}

static void what_is_no_libllvm_is_refused(void **state)
{
	(void)state;
	refuse("/nowhere/libLLVM.so", "/nowhere/libLLVM.so");
	refuse("libc.so.6", "not a libLLVM");
}

static void an_installed_library_works(void **state)
{
	LLVMContextRef context;
	LLVMModuleRef module;

	(void)state;
	if (llvm_open(LLVM_LIBRARY) < 0)
		skip();
	assert_int_equal(llvm.major, LLVM_HEADERS);
	context = llvm.ContextCreate();
	module = llvm.ModuleCreateWithNameInContext("m", context);
	llvm.SetTarget(module, "bpf");
	assert_string_equal(llvm.GetTarget(module), "bpf");
	llvm.DisposeModule(module);
	llvm.ContextDispose(context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_libllvm_is_refused),
		cmocka_unit_test(an_installed_library_works),
	};

	message_set_sink(keep_message, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
