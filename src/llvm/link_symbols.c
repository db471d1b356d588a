#include <errno.h>

#include "base/message.h"
#include "llvm/link_parts.h"
#include "llvm/module.h"

/* What counts more when a name is defined several times; of equals the first counts. */
static const uint8_t ranks[LINKAGES] = {
	[LINKAGE_AVAILABLE_EXTERNALLY] = 1,
	[LINKAGE_LINKONCE] = 2,
	[LINKAGE_LINKONCE_ODR] = 2,
	[LINKAGE_WEAK] = 3,
	[LINKAGE_WEAK_ODR] = 3,
	[LINKAGE_COMMON] = 4,
	[LINKAGE_EXTERNAL] = 5,
};
#define RANK_COMMON 4
#define RANK_STRONG 5

/* Of a whole library that is there twice nobody wants to read every name. */
#define DUPLICATES_MAX 10

struct link_symbol *link_find_symbol(const struct link *l, const char *name)
{
	return map_get(&l->by_name, name);
}

bool link_is_defined(const struct link *l, const char *name)
{
	const struct link_symbol *s = link_find_symbol(l, name);

	return (s && s->winner) || strv_has(&l->provided, name);
}

static struct link_symbol *get_symbol(struct link *l, const char *name)
{
	struct link_symbol *s = link_find_symbol(l, name);

	if (s)
		return s;
	s = xcalloc(1, sizeof(*s));
	s->name = xstrdup(name);
	vec_push(&l->symbols, s);
	map_put(&l->by_name, s->name, s);
	return s;
}

static const char *input_name(const struct link *l, uint32_t number)
{
	return l->in.modules.v[number - 1].name;
}

static int report_duplicate(const struct link *l, const struct link_symbol *s, uint32_t number)
{
	return message_error(-EEXIST, "link: %s is defined twice: in %s and in %s", s->name,
			     input_name(l, s->winner), input_name(l, number));
}

/* Whether a definition counts more than the one that counted so far. */
static bool beats(const struct link_symbol *s, uint8_t rank, uint64_t size)
{
	if (rank != s->rank)
		return rank > s->rank;
	return rank == RANK_COMMON && size > s->size;
}

bool link_is_statement(LLVMValueRef v)
{
	const char *section = llvm.GetSection(v);

	return llvm.IsAGlobalVariable(v) && section &&
	       (str_eq(section, "license") || str_eq(section, "version"));
}

/* A second strong definition is an error, unless it is such a statement and the same. */
static int add_duplicate(struct link *l, struct link_symbol *s, LLVMValueRef v, uint32_t number)
{
	if (!link_is_statement(v) || !s->content)
		return report_duplicate(l, s, number);
	/* Equal constants are one. */
	if (llvm.GetInitializer(v) != s->content)
		return message_error(-EEXIST, "link: %s and %s differ in their %s",
				     input_name(l, s->winner), input_name(l, number),
				     llvm.GetSection(v));
	s->agreed = true;
	return 0;
}

static int add_definition(struct link *l, struct link_symbol *s, LLVMModuleRef module,
			  LLVMValueRef v, uint32_t number)
{
	unsigned linkage = llvm.GetLinkage(v);
	uint8_t rank = linkage < LINKAGES ? ranks[linkage] : 0;
	uint64_t size = 0;
	bool comdat = value_comdat(v) != NULL;

	if (rank == RANK_COMMON)
		size = llvm.ABISizeOfType(llvm.GetModuleDataLayout(module),
					  llvm.GlobalGetValueType(v));
	/* Members of a comdat may be there twice: one group counts. */
	if (rank == RANK_STRONG && s->rank == RANK_STRONG && !(comdat && s->comdat))
		return add_duplicate(l, s, v, number);
	if (beats(s, rank, size)) {
		s->content = link_is_statement(v) ? llvm.GetInitializer(v) : NULL;
		s->winner = number;
		s->rank = rank;
		s->size = size;
		s->comdat = comdat;
	}
	return 0;
}

/* What C programs show to their loader: programs, and the variables that are not static. */
static bool is_interface(LLVMValueRef v)
{
	const char *section = llvm.GetSection(v);

	return llvm.IsAGlobalVariable(v) || (llvm.IsAFunction(v) && section && *section);
}

/* Of all that modules say of a name, what hides it most counts. */
static void note_visibility(struct link_symbol *s, LLVMValueRef v)
{
	unsigned visibility = llvm.GetVisibility(v);

	if (s->visibility == VISIBILITY_DEFAULT || visibility == VISIBILITY_HIDDEN)
		s->visibility = (uint8_t)visibility;
}

static void add_local(struct link *l, const char *name, uint32_t number)
{
	struct link_local *x = map_get(&l->locals, name);

	if (!x) {
		x = xcalloc(1, sizeof(*x));
		x->name = xstrdup(name);
		map_put(&l->locals, x->name, x);
	}
	vec_push(&x->modules, number);
}

char *link_local_name(const struct link *l, const char *name, uint32_t module)
{
	const struct link_symbol *s = link_find_symbol(l, name);
	const struct link_local *x = map_get(&l->locals, name);
	size_t n = s && s->winner ? 1 : 0;

	for (size_t i = 0; x && i < x->modules.n && x->modules.v[i] != module; i++)
		n++;
	return n && *name ? xasprintf("%s.%zu", name, n) : xstrdup(name);
}

static int survey_module(struct link *l, uint32_t number, LLVMModuleRef module)
{
	module_values values = {0};
	int err = 0, n_errors = 0, e;

	module_list(module, &values);
	vec_foreach (v, &values) {
		struct link_symbol *s;

		if (n_errors == DUPLICATES_MAX)
			break;
		if (value_is_llvms(*v))
			continue;
		if (value_is_local(*v)) {
			add_local(l, value_name(*v), number);
			continue;
		}
		s = get_symbol(l, value_name(*v));
		note_visibility(s, *v);
		if (llvm.IsDeclaration(*v)) {
			s->user = s->user ?: number;
			continue;
		}
		s->exported |= l->o->export_c && is_interface(*v);
		e = add_definition(l, s, module, *v, number);
		err = err ?: e;
		n_errors += e < 0;
	}
	vec_free(&values);
	return err;
}

int link_survey(struct link *l)
{
	int err = 0, e;

	for (uint32_t i = 0; i < l->modules.n; i++) {
		if (!l->modules.v[i])
			continue;
		e = survey_module(l, i + 1, l->modules.v[i]);
		err = err ?: e;
	}
	for (size_t i = 0; i < l->exports.n; i++)
		get_symbol(l, l->exports.v[i])->exported = true;
	return err;
}

void link_list_defined(const struct link *l, struct strv *names)
{
	vec_foreach (s, &l->symbols)
		if ((*s)->winner)
			strv_add(names, (*s)->name);
}

void link_report_missing(const struct link *l)
{
	_cleanup_strv_ struct strv known = {0};

	for (size_t i = 0; i < l->o->exports.n; i++) {
		const char *near;

		if (link_is_defined(l, l->o->exports.v[i]))
			continue;
		if (!known.n)
			link_list_defined(l, &known);
		near = strv_nearest(&known, l->o->exports.v[i]);
		link_warn(l, "link: %s: to be exported, but no input defines it%s%s%s",
			  l->o->exports.v[i], near ? "; did you mean " : "", near ?: "",
			  near ? "?" : "");
	}
}
