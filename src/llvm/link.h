/*
 * Linking LLVM modules to one BPF object, as bpf-linker does: what is exported and what that needs
 * is kept, everything else goes. Uses whichever libLLVM fits the inputs. LLVM's options are
 * process-global and its fatal errors end the process, so link_run does all of it in a child.
 */
#ifndef SKEP_LLVM_LINK_H
#define SKEP_LLVM_LINK_H

#include "base/str.h"

enum link_emit { LINK_OBJECT, LINK_ASSEMBLY, LINK_IR, LINK_BITCODE };

enum link_log {
	LINK_LOG_OFF,
	LINK_LOG_ERROR,
	LINK_LOG_WARN,
	LINK_LOG_INFO,
	LINK_LOG_DEBUG,
	LINK_LOG_TRACE
};

struct link_options {
	struct strv inputs;
	const char *output;
	enum link_emit emit;
	const char *target;   /* triple, or NULL: that of the inputs */
	const char *cpu;      /* "generic", "v1" to "v4"; probe is resolved */
	const char *features; /* "+alu32,-dwarfris", or "" */
	char optimize;	      /* '0' to '3', 's', 'z' */
	bool btf;	      /* with BTF; it always is when objects are among the inputs, as
				 libbpf's linker needs it */
	bool debug_info;      /* keep DWARF in the output */
	bool allow_trap;      /* llvm.trap may be reached */
	bool unroll_loops, ignore_inline_never, disable_expand_memcpy_in_order,
		disable_memory_builtins;
	bool fatal_errors;	 /* LLVM's error diagnostics end the link */
	bool allow_undefined;	 /* names that nobody defines are no error: the object is linked
				    further */
	bool link_all;		 /* every function of every module, not only what is needed */
	struct strv exports;	 /* names to keep */
	bool export_c;		 /* also functions in named sections and variables that are not
				    static: what C programs show to their loader */
	struct strv llvm_args;	 /* for LLVM's own command line */
	const char *dump_module; /* folder for pre-opt.ll and post-opt.ll; NULL: none. An existing
				    file, or a name that ends in .ll, gets the latter */
	const char *llvm;	 /* --llvm, or NULL */
	enum link_log log_level;
	const char *log_file;  /* NULL: stderr */
	bool keep_ir_on_crash; /* in OUTPUT.crash.ll */
};

/* Links; the output appears whole or not at all. Negative errno after a message. */
int link_run(const struct link_options *o);

#endif
