#include "llvm/debug.h"

#include <errno.h>

#include "base/message.h"

/* Numbers of DWARF, and of operands in LLVM's nodes. */
#define TAG_POINTER 0x0f
#define TAG_STRUCTURE 0x13
#define TAG_UNION 0x17
#define TAG_ENUMERATION 0x04
#define TAG_VARIANT_PART 0x33
#define FLAG_FORWARD 4
#define OPERAND_NAME 2

/* A set of nodes: open addressing, a power of two. */
struct node_set {
	LLVMMetadataRef *slots;
	size_t n, size;
};

struct walk {
	LLVMContextRef context;
	VEC(LLVMMetadataRef) stack;
	struct node_set seen;
	unsigned elements;   /* where a composite type holds its members */
	bool knows_variants; /* LLVM makes BTF of enums that carry data, and none of pointers' names
			      */
	struct buf *emptied;
};

static size_t find_slot(const struct node_set *set, LLVMMetadataRef node)
{
	size_t i = ((uintptr_t)node >> 4) * 0x9e3779b97f4a7c15 >> 20 & (set->size - 1);

	while (set->slots[i] && set->slots[i] != node)
		i = (i + 1) & (set->size - 1);
	return i;
}

static void grow(struct node_set *set)
{
	struct node_set larger = {.n = set->n, .size = set->size ? 2 * set->size : 1024};

	larger.slots = xcalloc(larger.size, sizeof(LLVMMetadataRef));
	for (size_t i = 0; i < set->size; i++)
		if (set->slots[i])
			larger.slots[find_slot(&larger, set->slots[i])] = set->slots[i];
	free(set->slots);
	*set = larger;
}

/* Whether the node is new. */
static bool add_node(struct node_set *set, LLVMMetadataRef node)
{
	size_t i;

	if (2 * set->n >= set->size)
		grow(set);
	i = find_slot(set, node);
	if (set->slots[i])
		return false;
	set->slots[i] = node;
	set->n++;
	return true;
}

static void push(struct walk *w, LLVMMetadataRef node)
{
	unsigned kind = llvm.GetMetadataKind(node);

	if (kind >= METADATA_FIRST_NODE && kind != METADATA_ARG_LIST && add_node(&w->seen, node))
		vec_push(&w->stack, node);
}

static void rename_node(struct walk *w, LLVMValueRef node, const char *name, size_t len)
{
	llvm.ReplaceMDNodeOperandWith(node, OPERAND_NAME,
				      llvm.MDStringInContext2(w->context, name, len));
}

static void clean_name(struct walk *w, LLVMValueRef node)
{
	LLVMValueRef operand = llvm.GetOperand(node, OPERAND_NAME);
	_cleanup_buf_ struct buf clean = {0};
	const char *name;
	unsigned len;

	if (!operand)
		return;
	name = llvm.GetMDString(operand, &len);
	debug_clean_name(name, len, &clean);
	if (clean.n != len || (len && memcmp(clean.v, name, len) != 0))
		rename_node(w, node, clean.v, clean.n);
}

struct member {
	LLVMMetadataRef node;
	uint64_t offset;
	size_t nth;
};

static int compare_members(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return x->nth < y->nth ? -1 : 1;
}

static void set_elements(struct walk *w, LLVMValueRef type, LLVMMetadataRef *nodes, size_t n)
{
	llvm.ReplaceMDNodeOperandWith(type, w->elements,
				      llvm.MDNodeInContext2(w->context, nodes, n));
}

/* BTF knows structs whose members are ordered, and nothing else in them. */
static void order_members(struct walk *w, LLVMValueRef type, struct member *members, size_t n,
			  size_t n_elements)
{
	_cleanup_free_ LLVMMetadataRef *nodes = xcalloc(n, sizeof(LLVMMetadataRef));
	bool ordered = n == n_elements;

	for (size_t i = 1; i < n; i++)
		ordered &= members[i - 1].offset <= members[i].offset;
	if (ordered)
		return;
	qsort(members, n, sizeof(*members), compare_members);
	for (size_t i = 0; i < n; i++)
		nodes[i] = members[i].node;
	set_elements(w, type, nodes, n);
}

static void note_emptied(struct walk *w, LLVMValueRef type)
{
	LLVMValueRef operand = llvm.GetOperand(type, OPERAND_NAME);
	unsigned len;

	if (!operand)
		return;
	if (w->emptied->n)
		buf_puts(w->emptied, ", ");
	buf_puts(w->emptied, llvm.GetMDString(operand, &len));
}

static void clean_members(struct walk *w, LLVMValueRef type)
{
	LLVMValueRef elements = llvm.GetOperand(type, w->elements);
	int n_elements = elements ? llvm.GetNumOperands(elements) : 0;
	_cleanup_free_ struct member *members = xcalloc((size_t)n_elements + 1, sizeof(*members));
	size_t n = 0;

	for (int i = 0; i < n_elements; i++) {
		LLVMValueRef v = llvm.GetOperand(elements, (unsigned)i);
		LLVMMetadataRef node = v ? llvm.ValueAsMetadata(v) : NULL;
		unsigned kind = node ? llvm.GetMetadataKind(node) : 0;

		if (kind != METADATA_DERIVED_TYPE && kind != METADATA_COMPOSITE_TYPE)
			continue;
		if (!w->knows_variants && llvm.GetDINodeTag(node) == TAG_VARIANT_PART) {
			note_emptied(w, type);
			set_elements(w, type, NULL, 0);
			return;
		}
		members[n] = (struct member){node, llvm.DITypeGetOffsetInBits(node), n};
		n++;
	}
	if (n)
		order_members(w, type, members, n, (size_t)n_elements);
}

static void clean_struct(struct walk *w, LLVMMetadataRef node, LLVMValueRef type)
{
	if (!(llvm.DITypeGetFlags(node) & FLAG_FORWARD))
		clean_members(w, type);
	clean_name(w, type);
}

static void clean_only_name(struct walk *w, LLVMMetadataRef node, LLVMValueRef value)
{
	(void)node;
	clean_name(w, value);
}

static void drop_name(struct walk *w, LLVMMetadataRef node, LLVMValueRef type)
{
	(void)node;
	if (!w->knows_variants && llvm.GetOperand(type, OPERAND_NAME))
		rename_node(w, type, "", 0);
}

static const struct {
	unsigned kind;
	uint16_t tag; /* 0: any */
	void (*clean)(struct walk *w, LLVMMetadataRef node, LLVMValueRef value);
} cleaners[] = {
	{METADATA_COMPOSITE_TYPE, TAG_STRUCTURE, clean_struct},
	{METADATA_COMPOSITE_TYPE, TAG_UNION, clean_struct},
	{METADATA_COMPOSITE_TYPE, TAG_ENUMERATION, clean_only_name},
	{METADATA_DERIVED_TYPE, TAG_POINTER, drop_name},
	{METADATA_SUBPROGRAM, 0, clean_only_name},
};

static void visit(struct walk *w, LLVMMetadataRef node)
{
	LLVMValueRef value = llvm.MetadataAsValue(w->context, node);
	unsigned kind = llvm.GetMetadataKind(node);
	uint16_t tag = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cleaners); i++) {
		if (cleaners[i].kind != kind)
			continue;
		tag = tag ?: llvm.GetDINodeTag(node);
		if (!cleaners[i].tag || cleaners[i].tag == tag)
			cleaners[i].clean(w, node, value);
	}
	for (int n = llvm.GetNumOperands(value), i = 0; i < n; i++) {
		LLVMValueRef operand = llvm.GetOperand(value, (unsigned)i);

		if (operand && llvm.IsAMDNode(operand))
			push(w, llvm.ValueAsMetadata(operand));
	}
}

static void walk_from(struct walk *w, LLVMMetadataRef node)
{
	push(w, node);
	while (w->stack.n)
		visit(w, w->stack.v[--w->stack.n]);
}

static void walk_entries(struct walk *w, LLVMValueMetadataEntry *entries, size_t n)
{
	for (size_t i = 0; i < n; i++)
		walk_from(w, llvm.ValueMetadataEntriesGetMetadata(entries, (unsigned)i));
	llvm.DisposeValueMetadataEntries(entries);
}

/*
 * Where instructions come from is left out: scopes of functions that were inlined are in no BTF.
 * What CO-RE accesses hang on their instructions is not.
 */
static void walk_body(struct walk *w, LLVMValueRef function)
{
	LLVMBasicBlockRef block = llvm.GetFirstBasicBlock(function);

	for (; block; block = llvm.GetNextBasicBlock(block)) {
		LLVMValueRef v = llvm.GetFirstInstruction(block);

		for (; v; v = llvm.GetNextInstruction(v)) {
			size_t n = 0;
			LLVMValueMetadataEntry *entries =
				llvm.InstructionGetAllMetadataOtherThanDebugLoc(v, &n);

			walk_entries(w, entries, n);
		}
	}
}

static bool has_metadata(LLVMValueRef v)
{
	return llvm.IsAFunction(v) || llvm.IsAGlobalVariable(v);
}

void debug_sanitize(LLVMContextRef context, LLVMModuleRef module, struct buf *ret_emptied)
{
	struct walk w = {
		.context = context,
		.elements = llvm.major < 21 ? 4 : 6,
		.knows_variants = llvm_is_since(21, 1, 5),
		.emptied = ret_emptied,
	};
	module_values values = {0};

	module_list(module, &values);
	vec_foreach (v, &values) {
		size_t n = 0;

		if (has_metadata(*v)) {
			LLVMValueMetadataEntry *entries = llvm.GlobalCopyAllMetadata(*v, &n);

			walk_entries(&w, entries, n);
		}
		if (llvm.IsAFunction(*v))
			walk_body(&w, *v);
	}
	vec_free(&values);
	vec_free(&w.stack);
	free(w.seen.slots);
}
