#include "llvm/api.h"

#include <dlfcn.h>
#include <errno.h>

#include "base/mem.h"
#include "base/message.h"

/* Older ones lack functions, and none of them reads what today's rustc writes. */
#define OLDEST_MAJOR 19

/*
 * Lazily, as a link calls a fraction of what libLLVM refers to; and its thousands of names are
 * looked for in its own libraries before ours, which saves 2 ms.
 */
#ifdef __SANITIZE_ADDRESS__
#define OPEN_FLAGS (RTLD_LOCAL | RTLD_LAZY) /* the sanitizer wants to come before libLLVM */
#else
#define OPEN_FLAGS (RTLD_LOCAL | RTLD_LAZY | RTLD_DEEPBIND)
#endif

struct llvm_api llvm;

static const struct {
	const char *name;
	size_t offset; /* of its pointer in struct llvm_api */
	bool optional;
} functions[] = {
#define REQUIRED(result, name, args) {"LLVM" #name, offsetof(struct llvm_api, name), false},
#define OPTIONAL(result, name, args) {"LLVM" #name, offsetof(struct llvm_api, name), true},
	LLVM_FUNCTIONS(REQUIRED) LLVM_OPTIONAL_FUNCTIONS(OPTIONAL)
#undef REQUIRED
#undef OPTIONAL
};

/* Checked first: what an older library lacks is named by chance, its version by intent. */
static int check_version(void *library, const char *path)
{
	__typeof__(llvm.GetVersion) get;

	*(void **)&get = dlsym(library, "LLVMGetVersion");
	if (get)
		get(&llvm.major, &llvm.minor, &llvm.patch);
	if (llvm.major >= OLDEST_MAJOR)
		return 0;
	if (get || dlsym(library, "LLVMContextCreate"))
		return message_error(-ENOTSUP,
				     "llvm: %s: it is older than LLVM %d, the oldest that will do",
				     path, OLDEST_MAJOR);
	return message_error(-ENOTSUP, "llvm: %s: it is not a libLLVM", path);
}

int llvm_open(const char *path)
{
	void *library = dlopen(path, OPEN_FLAGS);
	int err;

	if (!library)
		return message_error(-ENOENT, "llvm: cannot load the library: %s", dlerror());
	err = check_version(library, path);
	if (err < 0)
		return err;
	if (!dlsym(library, "LLVMInitializeBPFTarget"))
		return message_error(-ENOTSUP, "llvm: %s: it was built without the BPF target",
				     path);
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		void *f = dlsym(library, functions[i].name);

		if (!f && !functions[i].optional)
			return message_error(-ENOTSUP,
					     "llvm: %s: LLVM %u has no %s, which is needed here",
					     path, llvm.major, functions[i].name);
		*(void **)((char *)&llvm + functions[i].offset) = f;
	}
	if (!llvm.ParseIRInContext && !llvm.ParseIRInContext2)
		return message_error(-ENOTSUP, "llvm: %s: LLVM %u has no function to parse IR",
				     path, llvm.major);
	return 0;
}
