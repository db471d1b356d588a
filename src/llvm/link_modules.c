/*
 * Joining modules. With link_all LLVM gets each of them whole. Otherwise all definitions but the
 * exported ones are marked linkonce_odr, of which LLVM's linker takes only what is referred to, and
 * reads only the bodies of that from the bitcode.
 *
 * What a module needs of one that was linked before it is still missing then. That one is linked
 * once more, until nothing is missing. So that the variables and functions which only a module
 * itself sees do not come twice, they are global under names of their own until the end. Types in
 * debug information would come twice all the same: with it, all is linked again from the start, and
 * what turned out to be needed is taken the first time.
 */
#include <errno.h>

#include "base/message.h"
#include "llvm/link_parts.h"
#include "llvm/module.h"

#define LOCAL_PREFIX "skep:" /* skep:MODULE.VALUE:NAME */

/*
 * A CO-RE relocation is the use of a variable that does not exist: what its name says up to the
 * first ':' (of a field) or '$' (of a type) is of no meaning, and a C program has no two types of
 * one name, or such variables of one number. Several programs do: what must not become one gets a
 * name for each module.
 */
static void tell_relocations_apart(LLVMModuleRef module, size_t i)
{
	for (LLVMValueRef v = llvm.GetFirstGlobal(module); v; v = llvm.GetNextGlobal(v)) {
		_cleanup_free_ char *name = xstrdup(value_name(v)), *own = NULL;
		size_t n = strcspn(name, ":$");

		if (!value_is_llvms(v) || !strchr(name, '$'))
			continue;
		own = xasprintf("%.*s.%zu%s", (int)n, name, i, name + n);
		llvm.SetValueName2(v, own, strlen(own));
	}
}

static int read_module(struct link *l, size_t i, LLVMModuleRef *ret)
{
	const struct input_module *in = &l->in.modules.v[i];
	LLVMModuleRef m;
	int err;

	l->reading = in->name;
	err = module_read(l->context, in, &m);
	l->reading = NULL;
	if (err < 0)
		return err;
	tell_relocations_apart(m, i);
	/* Of bodies that are read later it is removed then. */
	if (!l->btf)
		llvm.StripModuleDebugInfo(m);
	*ret = m;
	return 0;
}

int link_read(struct link *l)
{
	for (size_t i = 0; i < l->in.modules.n; i++) {
		LLVMModuleRef m = NULL;
		int err = 0;

		if (l->in.modules.v[i].kind != MODULE_ELF)
			err = read_module(l, i, &m);
		if (err < 0)
			return err;
		vec_push(&l->modules, m);
	}
	return 0;
}

static void rename_local(LLVMValueRef v, size_t module, size_t nth)
{
	_cleanup_free_ char *name =
		xasprintf(LOCAL_PREFIX "%zu.%zu:%s", module, nth, value_name(v));

	llvm.SetValueName2(v, name, strlen(name));
}

/* Everything is linked to one module: what only it sees is internal in the end, whatever it was. */
static void restore_locals(const struct link *l)
{
	module_values values = {0};

	module_list(l->module, &values);
	vec_foreach (v, &values) {
		const char *name = value_name(*v);
		_cleanup_free_ char *own = NULL;
		unsigned long module;
		char *end;

		if (!str_starts(name, LOCAL_PREFIX))
			continue;
		module = strtoul(name + strlen(LOCAL_PREFIX), &end, 10);
		own = link_local_name(l, strchr(end, ':') + 1, (uint32_t)module);
		llvm.SetValueName2(*v, own, strlen(own));
		llvm.SetLinkage(*v, LINKAGE_INTERNAL);
	}
	vec_free(&values);
}

/* Lists such as llvm.used would be there twice; and groups that must not come twice would fail. */
static bool leave_out(LLVMValueRef v)
{
	LLVMComdatRef comdat = value_comdat(v);

	if (comdat && llvm.GetComdatSelectionKind(comdat) != COMDAT_ANY)
		llvm.SetComdat(v, NULL);
	if (llvm.GetLinkage(v) != LINKAGE_APPENDING)
		return false;
	llvm.DeleteGlobal(v);
	return true;
}

/* The linkage of what is taken although nothing refers to it yet. */
static unsigned kept_linkage(unsigned linkage)
{
	switch (linkage) {
	case LINKAGE_LINKONCE:
		return LINKAGE_WEAK;
	case LINKAGE_LINKONCE_ODR:
	case LINKAGE_AVAILABLE_EXTERNALLY:
		return LINKAGE_WEAK_ODR;
	default:
		return linkage;
	}
}

static unsigned linkage_on_demand(const struct link_symbol *s, bool again, unsigned linkage)
{
	return again || (!s->exported && !s->wanted) ? LINKAGE_LINKONCE_ODR : kept_linkage(linkage);
}

/* Where all is taken: exports must not be taken for superfluous, and names be the same as ever. */
static void mark_whole(struct link *l, LLVMModuleRef module, size_t i)
{
	module_values values = {0};

	module_list(module, &values);
	for (size_t k = 0; k < values.n; k++) {
		LLVMValueRef v = values.v[k];
		const struct link_symbol *s;

		if (value_is_llvms(v) || llvm.IsDeclaration(v))
			continue;
		if (value_is_local(v)) {
			rename_local(v, i + 1, k);
			continue;
		}
		s = link_find_symbol(l, value_name(v));
		if (s && s->agreed && s->winner != i + 1)
			value_forget_definition(module, v);
		else if (s && s->exported)
			llvm.SetLinkage(v, kept_linkage(llvm.GetLinkage(v)));
	}
	vec_free(&values);
}

static void mark_value(struct link *l, LLVMModuleRef module, size_t i, LLVMValueRef v, size_t nth,
		       bool again)
{
	const struct link_symbol *s;

	if (again && leave_out(v))
		return;
	if (value_is_llvms(v) || llvm.IsDeclaration(v))
		return;
	if (value_is_local(v)) {
		rename_local(v, i + 1, nth);
		llvm.SetLinkage(v, LINKAGE_LINKONCE_ODR);
		return;
	}
	s = link_find_symbol(l, value_name(v));
	if (s && s->winner == i + 1)
		llvm.SetLinkage(v, linkage_on_demand(s, again, llvm.GetLinkage(v)));
	else
		value_forget_definition(module, v);
}

static void mark(struct link *l, LLVMModuleRef module, size_t i, bool again)
{
	module_values values = {0};

	if (again)
		llvm.SetModuleInlineAsm2(module, "", 0);
	module_list(module, &values);
	for (size_t k = 0; k < values.n; k++)
		mark_value(l, module, i, values.v[k], k, again);
	vec_free(&values);
}

/* Older versions of rustc define their stack probe in assembly, for whatever architecture. */
static void drop_probestack(LLVMModuleRef module)
{
	size_t size;
	const char *text = llvm.GetModuleInlineAsm(module, &size);

	if (text && memmem(text, size, "__rust_probestack", strlen("__rust_probestack")))
		llvm.SetModuleInlineAsm2(module, "", 0);
}

/* Takes a module that was read, or reads it again. */
static int join_module(struct link *l, size_t i, bool again)
{
	LLVMModuleRef m = steal(&l->modules.v[i]);
	int err;

	if (!m && (err = read_module(l, i, &m)) < 0)
		return err;
	drop_probestack(m);
	llvm.SetTarget(m, l->triple);
	llvm.SetModuleDataLayout(m, l->layout);
	if (l->o->link_all)
		mark_whole(l, m, i);
	else
		mark(l, m, i, again);
	l->reading = l->in.modules.v[i].name;
	err = llvm.LinkModules2(l->module, m);
	if (err)
		err = message_error(-EBADMSG, "link: %s: it cannot be linked", l->reading);
	l->reading = NULL;
	return err;
}

static int join_all(struct link *l)
{
	int err = 0;

	l->module = llvm.ModuleCreateWithNameInContext("linked_module", l->context);
	llvm.SetTarget(l->module, l->triple);
	llvm.SetModuleDataLayout(l->module, l->layout);
	for (size_t i = 0; i < l->modules.n && !err; i++)
		if (l->in.modules.v[i].kind != MODULE_ELF)
			err = join_module(l, i, false);
	return err;
}

/* Marks the modules that define what is still missing; how many names that is, or -EBADMSG. */
static int find_missing(struct link *l, bool *again)
{
	module_values values = {0};
	int n = 0;

	module_list(l->module, &values);
	vec_foreach (v, &values) {
		struct link_symbol *s;

		if (!llvm.IsDeclaration(*v) || !llvm.GetFirstUse(*v))
			continue;
		s = link_find_symbol(l, value_name(*v));
		if (!s || !s->winner)
			continue;
		if (s->asked) {
			n = message_error(-EBADMSG, "link: %s: its definition of %s is unusable",
					  l->in.modules.v[s->winner - 1].name, s->name);
			break;
		}
		link_log(l, LINK_LOG_DEBUG, "%s: wanted once more for %s",
			 l->in.modules.v[s->winner - 1].name, s->name);
		s->asked = s->wanted = true;
		again[s->winner - 1] = true;
		n++;
	}
	vec_free(&values);
	return n;
}

/* How many names were missing at first, or a negative errno. */
static int join_missing(struct link *l)
{
	_cleanup_free_ bool *again = xcalloc(l->modules.n, sizeof(*again));
	int total = 0, n;

	while ((n = find_missing(l, again)) > 0) {
		total += n;
		for (size_t i = 0; i < l->modules.n; i++) {
			int err = again[i] ? join_module(l, i, true) : 0;

			if (err < 0)
				return err;
			again[i] = false;
		}
	}
	return n < 0 ? n : total;
}

void link_open_context(struct link *l)
{
	const struct link_options *o = l->o;

	l->context = llvm.ContextCreate();
	link_listen(l);
	/* Names of values within functions are only for people; text does not go without them. */
	if (o->emit == LINK_OBJECT && !o->dump_module && !o->keep_ir_on_crash &&
	    !link_count(&l->in, MODULE_IR))
		llvm.ContextSetDiscardValueNames(l->context, 1);
}

static void start_again(struct link *l)
{
	llvm.DisposeModule(l->module);
	llvm.ContextDispose(l->context);
	link_open_context(l);
	for (size_t i = 0; i < l->symbols.n; i++)
		l->symbols.v[i]->asked = false;
}

/*
 * A program states its license once, whatever its sources call the variable: a section with two
 * would say neither.
 */
static int merge_statements(struct link *l)
{
	LLVMValueRef first[2] = {NULL}, next;

	for (LLVMValueRef v = llvm.GetFirstGlobal(l->module); v; v = next) {
		LLVMValueRef *kept;

		next = llvm.GetNextGlobal(v);
		if (!link_is_statement(v) || llvm.IsDeclaration(v))
			continue;
		kept = &first[*llvm.GetSection(v) == 'v'];
		if (!*kept) {
			*kept = v;
			continue;
		}
		if (llvm.GetInitializer(v) != llvm.GetInitializer(*kept))
			return message_error(-EEXIST,
					     "link: %s and %s: the program's sources "
					     "differ in their %s",
					     value_name(*kept), value_name(v), llvm.GetSection(v));
		llvm.ReplaceAllUsesWith(v, *kept);
		llvm.DeleteGlobal(v);
	}
	return 0;
}

int link_join(struct link *l)
{
	int err = join_all(l);

	if (err == 0 && !l->o->link_all)
		err = join_missing(l);
	if (err > 0 && l->btf) {
		link_log(l, LINK_LOG_DEBUG, "linking again for %d names", err);
		start_again(l);
		err = join_all(l);
		err = err < 0 ? err : join_missing(l);
	}
	if (err < 0)
		return err;
	restore_locals(l);
	return l->o->export_c ? merge_statements(l) : 0;
}
