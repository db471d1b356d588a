/* What the parts of object_compare share. */
#ifndef SKEP_BTF_COMPARE_PARTS_H
#define SKEP_BTF_COMPARE_PARTS_H

#include "btf/canonical_ext.h"
#include "btf/canonical_types.h"

/* One of the two objects, opened. */
struct compare_side {
	const char *name;
	struct canonical_elf elf;
	struct canonical_types types; /* n is 0: it has no .BTF */
	struct canonical_ext ext;     /* its lists are empty: it has no .BTF.ext */
};

/* How much two types must have in common depends on how they were reached. */
enum compare_level {
	COMPARE_MAP,	 /* the definition of a map: its members' pointees stand for values */
	COMPARE_KERNEL,	 /* what libbpf or the kernel compares with the kernel's types */
	COMPARE_DIRECT,	 /* a variable, a parameter, and whatever their own pointers lead to */
	COMPARE_MEMBER,	 /* a member: by value */
	COMPARE_POINTEE, /* behind a member's pointer: only by name */
	COMPARE_KPTR,	 /* the same with a type tag: by kind and name */
	COMPARE_LEVELS,
};

/* Objects that could be one program have fewer pairs than that by far. */
#define COMPARE_PAIRS_MAX (1u << 21)

/* Two types that are to be compared, and the way there. */
struct compare_pair {
	uint32_t ids[2];
	uint32_t parent; /* in compare.pairs; of the first one: itself */
	uint32_t nth;	 /* which member or parameter of the parent */
	uint8_t level, step;
};

struct compare {
	struct compare_side sides[2];
	struct strv *differences;
	size_t n_differences;
	VEC(struct compare_pair) pairs; /* of the comparison under way */
	const char *root;		/* its name */
	bool too_many;			/* COMPARE_PAIRS_MAX was reached */
	struct map seen;		/* pairs that were compared: struct compare_key, owned */
};

/* Reports one difference. */
void compare_differ(struct compare *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Something that both objects should have. Its key is its name in messages. */
struct compare_item {
	char *key; /* owned */
	uint32_t index;
};

struct compare_items {
	VEC(struct compare_item) v;
};

void compare_add(struct compare_items *items, uint32_t index, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * Collects from both sides (0 and 1) and pairs by key, the n-th of a key with the n-th. Calls visit
 * with the indices of each pair; what only one object has is a difference.
 */
void compare_match(struct compare *c,
		   void (*collect)(struct compare *c, int side, struct compare_items *ret),
		   void (*visit)(struct compare *c, const char *key, uint32_t a, uint32_t b));

/* compare_sections.c: sections with their code, data and relocations; symbols. */
void compare_sections(struct compare *c);
void compare_symbols(struct compare *c);

/* compare_ext.c: the records of .BTF.ext. */
void compare_ext(struct compare *c);
/* Whether an instruction's constant is the number of a type, which the loader fills in. */
bool compare_is_type_id(const struct compare_side *s, uint32_t section, uint64_t offset);

/* compare_decls.c: functions, variables and tags. */
void compare_decls(struct compare *c);

/*
 * compare_types.c: two types and what they lead to, as far as they were not compared before. root
 * says in messages where they are from.
 */
void compare_types(struct compare *c, const char *root, uint32_t a, uint32_t b,
		   enum compare_level level);
void compare_types_end(struct compare *c);

/* compare_text.c: "struct task_struct", "a pointer"; not NULL, the caller frees. */
char *compare_describe(const struct canonical_types *t, uint32_t id);
/* What a CO-RE relocation refers to, as "task_struct.mm.exe_file"; not NULL, the caller frees. */
char *compare_describe_access(const struct canonical_types *t, uint32_t root, const char *access,
			      bool enumerator);

static inline const char *compare_text(const struct compare_side *s, uint32_t offset)
{
	return s->types.view.strings + offset;
}

#endif
