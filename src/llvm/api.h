/*
 * The LLVM-C functions that are used here, taken from a libLLVM that is loaded at run time. The
 * declarations are our own, so that no headers of LLVM are needed to build; the names of the opaque
 * structs are LLVM's, so that tests/unit/test_llvm_api.c can hold both against each other. Nothing
 * outside this folder sees LLVM.
 */
#ifndef SKEP_LLVM_API_H
#define SKEP_LLVM_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct LLVMOpaqueContext *LLVMContextRef;
typedef struct LLVMOpaqueModule *LLVMModuleRef;
typedef struct LLVMOpaqueType *LLVMTypeRef;
typedef struct LLVMOpaqueValue *LLVMValueRef;
typedef struct LLVMOpaqueUse *LLVMUseRef;
typedef struct LLVMOpaqueBasicBlock *LLVMBasicBlockRef;
typedef struct LLVMOpaqueMetadata *LLVMMetadataRef;
typedef struct LLVMOpaqueValueMetadataEntry LLVMValueMetadataEntry;
typedef struct LLVMOpaqueMemoryBuffer *LLVMMemoryBufferRef;
typedef struct LLVMOpaqueDiagnosticInfo *LLVMDiagnosticInfoRef;
typedef struct LLVMOpaqueError *LLVMErrorRef;
typedef struct LLVMComdat *LLVMComdatRef;
typedef struct LLVMTarget *LLVMTargetRef;
typedef struct LLVMOpaqueTargetMachine *LLVMTargetMachineRef;
typedef struct LLVMOpaqueTargetData *LLVMTargetDataRef;
typedef struct LLVMOpaquePassBuilderOptions *LLVMPassBuilderOptionsRef;
typedef void (*LLVMDiagnosticHandler)(LLVMDiagnosticInfoRef, void *);
typedef void (*LLVMFatalErrorHandler)(const char *);

/* Numbers of LLVM's enums. */
enum {
	LINKAGE_EXTERNAL = 0,
	LINKAGE_AVAILABLE_EXTERNALLY = 1,
	LINKAGE_LINKONCE = 2,
	LINKAGE_LINKONCE_ODR = 3,
	LINKAGE_WEAK = 5,
	LINKAGE_WEAK_ODR = 6,
	LINKAGE_APPENDING = 7,
	LINKAGE_INTERNAL = 8,
	LINKAGE_PRIVATE = 9,
	LINKAGE_EXTERN_WEAK = 12,
	LINKAGE_COMMON = 14,
	LINKAGES = 17,
};
enum { VISIBILITY_DEFAULT, VISIBILITY_HIDDEN, VISIBILITY_PROTECTED };
enum { COMDAT_ANY = 0 };
enum { TYPE_FUNCTION = 9 };
enum { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_REMARK, SEVERITY_NOTE };
enum { CODEGEN_ASSEMBLY = 0, CODEGEN_OBJECT = 1 };
enum { CODEGEN_LEVEL_AGGRESSIVE = 3 };
enum {
	METADATA_FIRST_NODE = 4, /* what comes before are strings and values */
	METADATA_DERIVED_TYPE = 12,
	METADATA_COMPOSITE_TYPE = 13,
	METADATA_SUBPROGRAM = 17,
	METADATA_ARG_LIST = 34, /* no node */
};
#define ATTRIBUTE_OF_FUNCTION ((unsigned)-1)

/* X(result, name without "LLVM", arguments): every library must have these. */
#define LLVM_FUNCTIONS(X)                                                                          \
	X(void, GetVersion, (unsigned *, unsigned *, unsigned *))                                  \
	X(LLVMContextRef, ContextCreate, (void))                                                   \
	X(void, ContextDispose, (LLVMContextRef))                                                  \
	X(void, ContextSetDiagnosticHandler, (LLVMContextRef, LLVMDiagnosticHandler, void *))      \
	X(void, ContextSetDiscardValueNames, (LLVMContextRef, int))                                \
	X(char *, GetDiagInfoDescription, (LLVMDiagnosticInfoRef))                                 \
	X(unsigned, GetDiagInfoSeverity, (LLVMDiagnosticInfoRef))                                  \
	X(void, DisposeMessage, (char *))                                                          \
	X(void, InstallFatalErrorHandler, (LLVMFatalErrorHandler))                                 \
	X(void, ParseCommandLineOptions, (int, const char *const *, const char *))                 \
	X(LLVMModuleRef, ModuleCreateWithNameInContext, (const char *, LLVMContextRef))            \
	X(void, DisposeModule, (LLVMModuleRef))                                                    \
	X(const char *, GetTarget, (LLVMModuleRef))                                                \
	X(void, SetTarget, (LLVMModuleRef, const char *))                                          \
	X(const char *, GetModuleInlineAsm, (LLVMModuleRef, size_t *))                             \
	X(void, SetModuleInlineAsm2, (LLVMModuleRef, const char *, size_t))                        \
	X(char *, PrintModuleToString, (LLVMModuleRef))                                            \
	X(int, StripModuleDebugInfo, (LLVMModuleRef))                                              \
	X(LLVMValueRef, GetFirstFunction, (LLVMModuleRef))                                         \
	X(LLVMValueRef, GetNextFunction, (LLVMValueRef))                                           \
	X(LLVMValueRef, GetFirstGlobal, (LLVMModuleRef))                                           \
	X(LLVMValueRef, GetNextGlobal, (LLVMValueRef))                                             \
	X(LLVMValueRef, GetFirstGlobalAlias, (LLVMModuleRef))                                      \
	X(LLVMValueRef, GetNextGlobalAlias, (LLVMValueRef))                                        \
	X(LLVMValueRef, GetFirstGlobalIFunc, (LLVMModuleRef))                                      \
	X(LLVMValueRef, GetNextGlobalIFunc, (LLVMValueRef))                                        \
	X(const char *, GetValueName2, (LLVMValueRef, size_t *))                                   \
	X(void, SetValueName2, (LLVMValueRef, const char *, size_t))                               \
	X(int, IsDeclaration, (LLVMValueRef))                                                      \
	X(unsigned, GetLinkage, (LLVMValueRef))                                                    \
	X(void, SetLinkage, (LLVMValueRef, unsigned))                                              \
	X(unsigned, GetVisibility, (LLVMValueRef))                                                 \
	X(void, SetVisibility, (LLVMValueRef, unsigned))                                           \
	X(const char *, GetSection, (LLVMValueRef))                                                \
	X(LLVMComdatRef, GetComdat, (LLVMValueRef))                                                \
	X(void, SetComdat, (LLVMValueRef, LLVMComdatRef))                                          \
	X(unsigned, GetComdatSelectionKind, (LLVMComdatRef))                                       \
	X(LLVMTypeRef, GlobalGetValueType, (LLVMValueRef))                                         \
	X(unsigned, GetTypeKind, (LLVMTypeRef))                                                    \
	X(LLVMValueRef, AddFunction, (LLVMModuleRef, const char *, LLVMTypeRef))                   \
	X(LLVMValueRef, AddGlobal, (LLVMModuleRef, LLVMTypeRef, const char *))                     \
	X(LLVMValueRef, GetInitializer, (LLVMValueRef))                                            \
	X(void, SetInitializer, (LLVMValueRef, LLVMValueRef))                                      \
	X(void, DeleteGlobal, (LLVMValueRef))                                                      \
	X(void, ReplaceAllUsesWith, (LLVMValueRef, LLVMValueRef))                                  \
	X(LLVMValueRef, IsAFunction, (LLVMValueRef))                                               \
	X(LLVMValueRef, IsAGlobalVariable, (LLVMValueRef))                                         \
	X(LLVMValueRef, IsAGlobalValue, (LLVMValueRef))                                            \
	X(LLVMValueRef, IsAInstruction, (LLVMValueRef))                                            \
	X(LLVMValueRef, IsAMDNode, (LLVMValueRef))                                                 \
	X(LLVMUseRef, GetFirstUse, (LLVMValueRef))                                                 \
	X(LLVMValueRef, GetUser, (LLVMUseRef))                                                     \
	X(LLVMBasicBlockRef, GetInstructionParent, (LLVMValueRef))                                 \
	X(LLVMValueRef, GetBasicBlockParent, (LLVMBasicBlockRef))                                  \
	X(LLVMBasicBlockRef, GetFirstBasicBlock, (LLVMValueRef))                                   \
	X(LLVMBasicBlockRef, GetNextBasicBlock, (LLVMBasicBlockRef))                               \
	X(LLVMValueRef, GetFirstInstruction, (LLVMBasicBlockRef))                                  \
	X(LLVMValueRef, GetNextInstruction, (LLVMValueRef))                                        \
	X(unsigned, GetEnumAttributeKindForName, (const char *, size_t))                           \
	X(void, RemoveEnumAttributeAtIndex, (LLVMValueRef, unsigned, unsigned))                    \
	X(LLVMMemoryBufferRef, CreateMemoryBufferWithMemoryRange,                                  \
	  (const char *, size_t, const char *, int))                                               \
	X(LLVMMemoryBufferRef, CreateMemoryBufferWithMemoryRangeCopy,                              \
	  (const char *, size_t, const char *))                                                    \
	X(void, DisposeMemoryBuffer, (LLVMMemoryBufferRef))                                        \
	X(const char *, GetBufferStart, (LLVMMemoryBufferRef))                                     \
	X(size_t, GetBufferSize, (LLVMMemoryBufferRef))                                            \
	X(int, GetBitcodeModuleInContext2, (LLVMContextRef, LLVMMemoryBufferRef, LLVMModuleRef *)) \
	X(int, LinkModules2, (LLVMModuleRef, LLVMModuleRef))                                       \
	X(LLVMMemoryBufferRef, WriteBitcodeToMemoryBuffer, (LLVMModuleRef))                        \
	X(void, InitializeBPFTarget, (void))                                                       \
	X(void, InitializeBPFTargetInfo, (void))                                                   \
	X(void, InitializeBPFTargetMC, (void))                                                     \
	X(void, InitializeBPFAsmPrinter, (void))                                                   \
	X(void, InitializeBPFAsmParser, (void))                                                    \
	X(int, GetTargetFromTriple, (const char *, LLVMTargetRef *, char **))                      \
	X(LLVMTargetMachineRef, CreateTargetMachine,                                               \
	  (LLVMTargetRef, const char *, const char *, const char *, unsigned, unsigned, unsigned)) \
	X(LLVMTargetDataRef, CreateTargetDataLayout, (LLVMTargetMachineRef))                       \
	X(LLVMTargetDataRef, GetModuleDataLayout, (LLVMModuleRef))                                 \
	X(void, SetModuleDataLayout, (LLVMModuleRef, LLVMTargetDataRef))                           \
	X(unsigned long long, ABISizeOfType, (LLVMTargetDataRef, LLVMTypeRef))                     \
	X(int, TargetMachineEmitToMemoryBuffer,                                                    \
	  (LLVMTargetMachineRef, LLVMModuleRef, unsigned, char **, LLVMMemoryBufferRef *))         \
	X(LLVMErrorRef, RunPasses,                                                                 \
	  (LLVMModuleRef, const char *, LLVMTargetMachineRef, LLVMPassBuilderOptionsRef))          \
	X(LLVMPassBuilderOptionsRef, CreatePassBuilderOptions, (void))                             \
	X(void, DisposePassBuilderOptions, (LLVMPassBuilderOptionsRef))                            \
	X(char *, GetErrorMessage, (LLVMErrorRef))                                                 \
	X(void, DisposeErrorMessage, (char *))                                                     \
	X(unsigned, GetMetadataKind, (LLVMMetadataRef))                                            \
	X(LLVMValueRef, MetadataAsValue, (LLVMContextRef, LLVMMetadataRef))                        \
	X(LLVMMetadataRef, ValueAsMetadata, (LLVMValueRef))                                        \
	X(int, GetNumOperands, (LLVMValueRef))                                                     \
	X(LLVMValueRef, GetOperand, (LLVMValueRef, unsigned))                                      \
	X(uint16_t, GetDINodeTag, (LLVMMetadataRef))                                               \
	X(uint64_t, DITypeGetOffsetInBits, (LLVMMetadataRef))                                      \
	X(unsigned, DITypeGetFlags, (LLVMMetadataRef))                                             \
	X(LLVMMetadataRef, MDStringInContext2, (LLVMContextRef, const char *, size_t))             \
	X(LLVMMetadataRef, MDNodeInContext2, (LLVMContextRef, LLVMMetadataRef *, size_t))          \
	X(void, ReplaceMDNodeOperandWith, (LLVMValueRef, unsigned, LLVMMetadataRef))               \
	X(const char *, GetMDString, (LLVMValueRef, unsigned *))                                   \
	X(LLVMValueMetadataEntry *, GlobalCopyAllMetadata, (LLVMValueRef, size_t *))               \
	X(LLVMValueMetadataEntry *, InstructionGetAllMetadataOtherThanDebugLoc,                    \
	  (LLVMValueRef, size_t *))                                                                \
	X(LLVMMetadataRef, ValueMetadataEntriesGetMetadata, (LLVMValueMetadataEntry *, unsigned))  \
	X(void, DisposeValueMetadataEntries, (LLVMValueMetadataEntry *))

/* Of these a library has one or both: the older takes the buffer, the newer (LLVM 22) does not. */
#define LLVM_OPTIONAL_FUNCTIONS(X)                                                                \
	X(int, ParseIRInContext, (LLVMContextRef, LLVMMemoryBufferRef, LLVMModuleRef *, char **)) \
	X(int, ParseIRInContext2, (LLVMContextRef, LLVMMemoryBufferRef, LLVMModuleRef *, char **))

/* The loaded library's functions, without their "LLVM": llvm.ContextCreate(). */
struct llvm_api {
#define LLVM_MEMBER(result, name, args) result(*name) args;
	LLVM_FUNCTIONS(LLVM_MEMBER)
	LLVM_OPTIONAL_FUNCTIONS(LLVM_MEMBER)
#undef LLVM_MEMBER
	unsigned major, minor, patch;
};
extern struct llvm_api llvm;

/* Whether the loaded library is this version or newer. */
static inline bool llvm_is_since(unsigned major, unsigned minor, unsigned patch)
{
	if (llvm.major != major)
		return llvm.major > major;
	return llvm.minor != minor ? llvm.minor > minor : llvm.patch >= patch;
}

/*
 * Loads the library (a path) and fills the table; once per process, as a libLLVM cannot be
 * unloaded: leave with _exit, which also spares its destructors. Negative errno after a message: it
 * cannot be loaded, is too old, or was built without BPF.
 */
int llvm_open(const char *path);

#endif
