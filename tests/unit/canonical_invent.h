/* Random models of objects. */
#ifndef SKEP_TEST_CANONICAL_INVENT_H
#define SKEP_TEST_CANONICAL_INVENT_H

#include "canonical_model.h"

/* Gives a model functions, lines and relocations at rising instructions of both sections. */
static void model_invent_records(struct model *m, uint64_t *random)
{
	static const uint32_t kinds[] = {BPF_CORE_FIELD_BYTE_OFFSET, BPF_CORE_TYPE_ID_LOCAL,
					 BPF_CORE_TYPE_ID_TARGET, BPF_CORE_TYPE_EXISTS};

	m->n_funcs = model_below(random, 3);
	m->n_lines = model_below(random, MODEL_RECORDS + 1);
	m->n_core = model_below(random, MODEL_RECORDS + 1);
	for (uint32_t i = 0; i < MODEL_RECORDS; i++) {
		struct model_record r = {
			.section = i < MODEL_RECORDS / 2 ? MODEL_PROG_A : MODEL_PROG_B,
			.insn = 16 * (i % (MODEL_RECORDS / 2)),
			.type = 1 + model_below(random, m->n),
			.kind = kinds[model_below(random, 4)],
			.path = "./dir/file.c",
			.text = i % 2 ? "\treturn 0;" : "0:1",
		};

		m->funcs[i] = m->lines[i] = m->core[i] = r;
		m->core[i].type = 1 + model_below(random, m->n);
	}
}

static void model_invent_type(struct model *m, uint32_t i, uint64_t *random, uint32_t n_names)
{
	static const char *const names[] = {"", "a", "b", "node", "value", "other"};
	static const uint8_t kinds[] = {
		BTF_KIND_PTR,	 BTF_KIND_PTR,	      BTF_KIND_CONST,	 BTF_KIND_STRUCT,
		BTF_KIND_STRUCT, BTF_KIND_UNION,      BTF_KIND_ARRAY,	 BTF_KIND_INT,
		BTF_KIND_FUNC,	 BTF_KIND_FUNC_PROTO, BTF_KIND_DECL_TAG, BTF_KIND_ENUM,
		BTF_KIND_FWD,	 BTF_KIND_TYPEDEF,    BTF_KIND_ENUM64,	 BTF_KIND_FLOAT,
	};
	struct model_type *t = &m->types[i];

	t->kind = kinds[model_below(random, sizeof(kinds))];
	t->name = names[model_below(random, n_names)];
	t->size_or_type = model_below(random, m->n + 1);
	for (int j = 0; j < 3; j++)
		t->fixed[j] = model_below(random, m->n + 1);
	if (t->kind == BTF_KIND_ENUM || t->kind == BTF_KIND_ENUM64 || t->kind == BTF_KIND_STRUCT ||
	    t->kind == BTF_KIND_UNION || t->kind == BTF_KIND_FUNC_PROTO)
		t->n_parts = model_below(random, MODEL_PARTS);
	for (uint32_t j = 0; j < t->n_parts; j++)
		t->parts[j] = (struct model_part){
			.name = names[model_below(random, n_names)],
			.type = model_below(random, m->n + 1),
			.value = model_below(random, 3),
		};
}

/* Makes the i-th type a section of variables, which follow it. alike: at one place, of one name. */
static void model_invent_section(struct model *m, uint32_t i, const char *name, bool alike,
				 uint64_t *random)
{
	static const char *const names[MODEL_PARTS] = {"first", "second", "third", "fourth"};
	struct model_type *t = &m->types[i];

	*t = (struct model_type){.kind = BTF_KIND_DATASEC, .name = name, .n_parts = MODEL_PARTS};
	for (uint32_t j = 0; j < MODEL_PARTS; j++) {
		t->parts[j] = (struct model_part){.type = i + 1 + j, .value = 4};
		t->parts[j].place = alike ? 0 : 4 * (MODEL_PARTS - j);
		m->types[i + 1 + j] = (struct model_type){
			.kind = BTF_KIND_VAR,
			.name = alike ? MODEL_ALIKE : names[j],
			.size_or_type = model_below(random, m->n + 1),
			.fixed = {1},
		};
	}
}

/*
 * A model of anything. With few of the six names there are, many types are alike; n_sections of
 * variables are at most four, two of which have one name.
 */
static void model_invent(uint64_t seed, uint32_t n_names, uint32_t n_sections, struct model *ret)
{
	static const char *const sections[] = {".maps", ".data", ".ksyms", ".data"};
	uint64_t random = seed;

	*ret = (struct model){.n = n_sections * (MODEL_PARTS + 1) + 1 + model_below(&random, 60)};
	for (uint32_t i = 1; i <= ret->n; i++)
		model_invent_type(ret, i, &random, n_names);
	for (uint32_t i = 0; i < n_sections; i++)
		model_invent_section(ret, 1 + i * (MODEL_PARTS + 1), sections[i], n_names < 3,
				     &random);
	model_invent_records(ret, &random);
}

#endif
