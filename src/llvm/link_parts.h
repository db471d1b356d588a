/* One link: what the parts of the linker share. All of it lives in the child process. */
#ifndef SKEP_LLVM_LINK_PARTS_H
#define SKEP_LLVM_LINK_PARTS_H

#include <setjmp.h>
#include <stdint.h>

#include "base/map.h"
#include "llvm/api.h"
#include "llvm/inputs.h"
#include "llvm/link.h"

/* A name that modules define or refer to. */
struct link_symbol {
	char *name;
	/* The module whose definition counts: its number plus one; 0: nobody defines it. */
	uint32_t winner;
	/* The first module that refers to it, likewise. */
	uint32_t user;
	uint8_t rank;	    /* of the winner's definition; the higher counts */
	uint8_t visibility; /* as LLVM numbers them */
	bool comdat;	    /* so is the winner's definition */
	bool exported;
	bool wanted;	      /* a module that was linked later refers to it */
	bool asked;	      /* its module was linked once more for its sake */
	bool agreed;	      /* several modules define it, all the same: their license */
	uint64_t size;	      /* of common variables */
	LLVMValueRef content; /* of a license; only while modules are looked at */
};

/* A name that modules use for something which only they see. */
struct link_local {
	char *name;
	VEC(uint32_t) modules; /* their numbers, ascending */
};

struct link {
	const struct link_options *o;
	struct inputs in;
	bool btf; /* debug information is read: for BTF, for itself, or for libbpf's linker */
	LLVMContextRef context;
	LLVMModuleRef module; /* what is linked so far */
	LLVMTargetMachineRef machine;
	LLVMTargetDataRef layout;
	char *triple;
	const char *reading; /* the input that LLVM is at, for messages; NULL: none */
	FILE *log;
	unsigned n_errors; /* that LLVM's diagnostics reported */
	jmp_buf *on_fatal; /* where LLVM's fatal errors end */

	VEC(LLVMModuleRef) modules; /* read but not linked yet, by number of input; NULL: neither */
	VEC(struct link_symbol *) symbols;
	struct map by_name;   /* of symbols */
	struct map locals;    /* of struct link_local by name */
	struct strv exports;  /* what is kept, for whatever reason */
	struct strv provided; /* what objects among the inputs define */
};

/* link_say.c: messages, LLVM's diagnostics, the log */

/* Writes a line to the log when the level is asked for. */
void link_log(const struct link *l, enum link_log level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A warning for the user, unless only errors are asked for. */
void link_warn(const struct link *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Directs the context's diagnostics and LLVM's fatal errors to l. */
void link_listen(struct link *l);

/* link_symbols.c: which definition of a name counts */

/* Whether it is what each source file of a program states for itself, its license or a version: the
 * same may be there twice, as libbpf's linker sees it, too. */
bool link_is_statement(LLVMValueRef v);
/*
 * Looks at all modules that were read: which definition of a name counts is decided as LLVM decides
 * it when everything is linked in the order of the inputs. -EEXIST after a message: strong
 * definitions of one name.
 */
int link_survey(struct link *l);
/* The symbol of this name, or NULL. */
struct link_symbol *link_find_symbol(const struct link *l, const char *name);
/* Whether a module, or an object among the inputs, defines it. */
bool link_is_defined(const struct link *l, const char *name);
/*
 * The name that something local to a module gets in the end: its own, or with a number after it
 * when a global symbol or another module's is called the same. It follows from the inputs, not from
 * what is taken of them. Caller frees.
 */
char *link_local_name(const struct link *l, const char *name, uint32_t module);
/* Adds the names that modules define. */
void link_list_defined(const struct link *l, struct strv *names);
/* Warns of exports that nobody defines. */
void link_report_missing(const struct link *l);

/* link_undefined.c: names that are used and that nobody defines */

/*
 * Those of the module as it is, and those of the objects among the inputs: -EBADMSG after a message
 * for each, or only warnings where such a result makes sense.
 */
int link_check_module(const struct link *l);
int link_check_objects(const struct link *l);

/* link_modules.c: reading and joining modules */

/* Makes a context, whose diagnostics are l's. */
void link_open_context(struct link *l);
/* Reads all modules. */
int link_read(struct link *l);

/* link_target.c: what code is made for */

/* 'l', 'b', or '\0' when a triple names no BPF target. */
char link_byte_order(const char *triple);
/* Decides on the target, which is the option's or the modules'. */
int link_choose_target(struct link *l);
/* Makes the machine for it; LLVM's options are known by then. */
int link_make_machine(struct link *l);
/* Joins the modules to l->module: everything, or what the exports need. */
int link_join(struct link *l);

/* Where the IR is kept when LLVM crashes. Caller frees. */
char *link_crash_file(const struct link_options *o);

/* link_optimize.c: from the joined module to the result */

/* Gives LLVM its options, which are the process's: when names are known, before the target is. */
int link_give_options(struct link *l);
/* Makes internal what is not exported, and runs the passes. */
int link_optimize(struct link *l);
/* Appends the result to ret as asked for; an object as LLVM leaves it. */
int link_emit(struct link *l, struct buf *ret);

/* link_objects.c: what follows once there is an object; knows nothing of LLVM */

/* Adds the global names that the objects among the inputs define, and those they refer to. */
int link_list_names(const struct inputs *in, struct strv *defined, struct strv *needed);
/* -EINVAL after a message: objects among the inputs cannot become what is asked for. */
int link_check_inputs(const struct link_options *o, const struct inputs *in);
/* How many of the inputs are of this kind. */
size_t link_count(const struct inputs *in, enum module_kind kind);
/*
 * Links the objects among the inputs to object (empty: there was no bitcode), and puts the result
 * into its final form, which replaces object.
 */
int link_finish(const struct link_options *o, const struct inputs *in, struct buf *object);

#endif
