#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "base/file.h"
#include "base/message.h"
#include "llvm/debug.h"
#include "llvm/link_parts.h"
#include "llvm/module.h"

static void list_args(const struct link *l, struct strv *args)
{
	const struct link_options *o = l->o;

	strv_add(args, "skep");
	/*
	 * Accessors that return more than a register holds must be inlined. What LLVM takes for
	 * cold is not, whatever its attributes say.
	 */
	strv_add(args, "--cold-callsite-rel-freq=0");
	if (o->unroll_loops) {
		strv_add(args, "--unroll-runtime");
		strv_add(args, "--unroll-runtime-multi-exit");
		strv_addf(args, "--unroll-max-upperbound=%u", UINT_MAX);
		strv_addf(args, "--unroll-threshold=%u", UINT_MAX);
	}
	/* With this memset becomes a call of a function, which compiler_builtins brings, and C not.
	 */
	if (!o->disable_expand_memcpy_in_order && link_is_defined(l, "memset"))
		strv_add(args, "--bpf-expand-memcpy-in-order");
	/*
	 * A call of __bpf_trap, a kernel function that few loaders resolve; LLVM makes them
	 * since 21. To look for an option that is not there takes LLVM 3 ms.
	 */
	if (!o->allow_trap && llvm.major >= 21)
		strv_add(args, "--bpf-disable-trap-unreachable");
	/* Calls of memcpy and the like are no errors: compiler_builtins brings the functions. */
	if (llvm.major >= 23)
		strv_add(args, "--bpf-allows-libcalls");
	strv_add_all(args, &o->llvm_args);
}

int link_give_options(struct link *l)
{
	_cleanup_strv_ struct strv args = {0};

	list_args(l, &args);
	for (size_t i = 1; i < args.n; i++)
		link_log(l, LINK_LOG_DEBUG, "LLVM option: %s", args.v[i]);
	llvm.ParseCommandLineOptions((int)args.n, (const char *const *)args.v, "");
	return 0;
}

static void remove_attribute(LLVMValueRef function, const char *name)
{
	llvm.RemoveEnumAttributeAtIndex(function, ATTRIBUTE_OF_FUNCTION,
					llvm.GetEnumAttributeKindForName(name, strlen(name)));
}

/*
 * What is not exported is internal: LLVM may change it as it likes, and drop it. Groups have served
 * their purpose, and libbpf knows none.
 */
static void make_internal(struct link *l)
{
	module_values values = {0};

	module_list(l->module, &values);
	vec_foreach (v, &values) {
		const struct link_symbol *s = link_find_symbol(l, value_name(*v));

		if (value_is_llvms(*v))
			continue;
		if (l->o->ignore_inline_never && llvm.IsAFunction(*v)) {
			remove_attribute(*v, "noinline");
			/* It must not be there alone. */
			remove_attribute(*v, "optnone");
		}
		if (value_comdat(*v))
			llvm.SetComdat(*v, NULL);
		if (llvm.IsDeclaration(*v))
			continue;
		if (s && s->exported) {
			llvm.SetVisibility(*v, s->visibility);
			continue;
		}
		llvm.SetLinkage(*v, LINKAGE_INTERNAL);
		llvm.SetVisibility(*v, VISIBILITY_DEFAULT);
	}
	vec_free(&values);
}

static int write_ir(const struct link *l, const char *path)
{
	char *text = llvm.PrintModuleToString(l->module);
	int err = file_write(path, text, strlen(text));

	llvm.DisposeMessage(text);
	return err < 0 ? message_error(err, "link: %s: %s", path, strerror(-err)) : 0;
}

static bool is_dump_file(const char *path)
{
	return file_exists(path) || str_ends(path, ".ll");
}

/* Writes the module into the folder that was asked for; or to the file, of which there is one. */
static int dump(const struct link *l, const char *name, bool last)
{
	const char *to = l->o->dump_module;
	_cleanup_free_ char *path = NULL;
	int err;

	if (!to || (is_dump_file(to) && !last))
		return 0;
	if (is_dump_file(to))
		return write_ir(l, to);
	err = file_make_dirs(to);
	if (err < 0)
		return message_error(err, "link: %s: %s", to, strerror(-err));
	path = xasprintf("%s/%s", to, name);
	return write_ir(l, path);
}

static void prepare_debug_info(struct link *l)
{
	_cleanup_buf_ struct buf emptied = {0};

	if (l->btf)
		debug_sanitize(l->context, l->module, &emptied);
	if (emptied.n)
		link_log(l, LINK_LOG_INFO, "without their content in BTF: %s", emptied.v);
}

static const struct {
	char level;
	const char *passes;
} pipelines[] = {
	/* Hardly anything that is not optimised at all compiles for BPF. */
	{'0', "default<O1>,dce"}, {'1', "default<O1>,dce"}, {'2', "default<O2>,dce"},
	{'3', "default<O3>,dce"}, {'s', "default<Os>,dce"}, {'z', "default<Oz>,dce"},
};

static int run_passes(struct link *l)
{
	LLVMPassBuilderOptionsRef options = llvm.CreatePassBuilderOptions();
	const char *passes = pipelines[2].passes;
	LLVMErrorRef error;
	char *why;

	for (size_t i = 0; i < ARRAY_SIZE(pipelines); i++)
		if (pipelines[i].level == l->o->optimize)
			passes = pipelines[i].passes;
	link_log(l, LINK_LOG_DEBUG, "passes: %s", passes);
	error = llvm.RunPasses(l->module, passes, l->machine, options);
	llvm.DisposePassBuilderOptions(options);
	if (!error)
		return 0;
	why = llvm.GetErrorMessage(error);
	message_error(-EBADMSG, "link: LLVM: %s", why);
	llvm.DisposeErrorMessage(why);
	return -EBADMSG;
}

static int keep_for_crash(const struct link *l)
{
	_cleanup_free_ char *path = link_crash_file(l->o);

	return l->o->keep_ir_on_crash ? write_ir(l, path) : 0;
}

int link_optimize(struct link *l)
{
	int err = dump(l, "pre-opt.ll", false);

	err = err ?: keep_for_crash(l);
	if (err < 0)
		return err;
	prepare_debug_info(l);
	make_internal(l);
	err = run_passes(l);
	return err ?: dump(l, "post-opt.ll", true);
}

static void take_buffer(LLVMMemoryBufferRef b, struct buf *ret)
{
	buf_add(ret, llvm.GetBufferStart(b), llvm.GetBufferSize(b));
	llvm.DisposeMemoryBuffer(b);
}

static int generate(struct link *l, unsigned kind, struct buf *ret)
{
	LLVMMemoryBufferRef b = NULL;
	char *why = NULL;

	if (llvm.TargetMachineEmitToMemoryBuffer(l->machine, l->module, kind, &why, &b))
		return message_error(-EBADMSG, "link: LLVM: %s", why ? why : "no code came of it");
	take_buffer(b, ret);
	return 0;
}

int link_emit(struct link *l, struct buf *ret)
{
	char *text;

	switch (l->o->emit) {
	case LINK_OBJECT:
		return generate(l, CODEGEN_OBJECT, ret);
	case LINK_ASSEMBLY:
		return generate(l, CODEGEN_ASSEMBLY, ret);
	case LINK_BITCODE:
		take_buffer(llvm.WriteBitcodeToMemoryBuffer(l->module), ret);
		return 0;
	case LINK_IR:
		text = llvm.PrintModuleToString(l->module);
		buf_puts(ret, text);
		llvm.DisposeMessage(text);
		return 0;
	}
	return -EINVAL;
}
