#include "kernel/expect.h"

#include <errno.h>

#include "base/map.h"
#include "base/message.h"
#include "btf/canonical_elf.h"
#include "btf/check.h"
#include "btf/view.h"
#include "kernel/expect_parts.h"

/* With each program all auxiliary ones are loaded. */
#define MAX_AUXILIARY 256

struct program {
	const char *name;
	uint32_t section;
	uint64_t at;
	bool is_optional, has_annotations;
	struct annotated said;
};

struct reading {
	const char *name;
	struct canonical_elf elf;
	struct btf_view btf;
	VEC(struct program) programs; /* in the object's order */
	struct map by_name;	      /* index in programs plus one */
	VEC(struct annotation) annotations;
	struct strv auxiliary[2]; /* by side */
};

static void close_reading(struct reading *r)
{
	vec_foreach (p, &r->programs)
		annotated_free(&p->said);
	for (size_t i = 0; i < ARRAY_SIZE(r->auxiliary); i++)
		strv_free(&r->auxiliary[i]);
	vec_free(&r->programs);
	map_free(&r->by_name);
	vec_free(&r->annotations);
	btf_view_close(&r->btf);
	canonical_elf_free(&r->elf);
}

static int compare_programs(const void *pa, const void *pb)
{
	const struct program *a = pa, *b = pb;

	if (a->section != b->section)
		return a->section < b->section ? -1 : 1;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* Libbpf's idea of a program: a global function in a section that says what it is for. */
static bool is_program(const struct reading *r, const struct canonical_symbol *s)
{
	const struct canonical_section *section;

	if (ELF64_ST_TYPE(s->s.st_info) != STT_FUNC || ELF64_ST_BIND(s->s.st_info) == STB_LOCAL ||
	    !s->s.st_shndx || s->s.st_shndx >= r->elf.sections.n)
		return false;
	section = &r->elf.sections.v[s->s.st_shndx];
	return (section->h.sh_flags & SHF_EXECINSTR) && !str_eq(section->name, ".text");
}

static void find_programs(struct reading *r)
{
	vec_foreach (s, &r->elf.symbols) {
		if (!is_program(r, s))
			continue;
		vec_push(&r->programs,
			 ((struct program){
				 .name = s->name,
				 .section = s->s.st_shndx,
				 .at = s->s.st_value,
				 .is_optional = r->elf.sections.v[s->s.st_shndx].name[0] == '?',
			 }));
	}
	if (r->programs.n)
		qsort(r->programs.v, r->programs.n, sizeof(*r->programs.v), compare_programs);
	for (size_t i = r->programs.n; i; i--)
		map_put(&r->by_name, r->programs.v[i - 1].name, (void *)i);
}

/* A number up to the character that ends it, saturated; 0 when there is none. Moves *s behind. */
static uint32_t read_order(const char **s, char end)
{
	const char *p = *s;
	uint64_t n = 0;

	for (; *p >= '0' && *p <= '9'; p++)
		n = n * 10 + (unsigned)(*p - '0') < UINT32_MAX ? n * 10 + (unsigned)(*p - '0')
							       : UINT32_MAX;
	if (p == *s || *p != end)
		return 0;
	*s = p + 1;
	return (uint32_t)n;
}

/*
 * "comment:NAME=VALUE", since Linux 6.12 "comment:NAME=NUMBER=TEXT" where several of a kind may be,
 * later "comment:NUMBER:NAME=VALUE". Numbers rise in the order of the source. Other comments are
 * somebody else's.
 */
static bool read_tag(const char *tag, struct annotation *ret)
{
	const char *text, *value;
	bool is_numbered;
	uint32_t order;

	if (!str_starts(tag, "comment:"))
		return false;
	text = tag + strlen("comment:");
	order = read_order(&text, ':');
	is_numbered = text > tag + strlen("comment:");
	if (!str_starts(text, "test_") && !str_starts(text, "load_mode"))
		return false;
	value = strchr(text, '=');
	if (value && !is_numbered) {
		value++;
		order = read_order(&value, '=');
	}
	*ret = (struct annotation){
		.tag = tag, .text = text, .order = order, .is_numbered = is_numbered};
	return true;
}

/* Of a function whole, not of a parameter. */
static bool is_of_whole(const struct btf_view *v, const struct btf_record *r)
{
	return btf_view_u32(v, btf_record_entry(r, 0)) == UINT32_MAX;
}

static void find_annotations(struct reading *r)
{
	const struct btf_view *v = &r->btf;
	const char *lost = NULL;

	for (uint32_t id = v->first; id < v->end; id++) {
		struct btf_record of, tag;
		struct annotation a;
		size_t nth;

		if (btf_view_kind(v, id) != BTF_KIND_DECL_TAG)
			continue;
		tag = btf_view_type(v, id);
		if (!is_of_whole(v, &tag) || tag.size_or_type < v->first ||
		    btf_view_kind(v, tag.size_or_type) != BTF_KIND_FUNC ||
		    !read_tag(v->strings + tag.name, &a))
			continue;
		of = btf_view_type(v, tag.size_or_type);
		nth = (size_t)map_get(&r->by_name, v->strings + of.name);
		lost = nth || lost ? lost : v->strings + of.name;
		a.program = (uint32_t)nth - 1;
		a.type = id;
		if (nth)
			vec_push(&r->annotations, a);
	}
	if (lost)
		message_warning("%s: the function %s is no program: its annotations are not looked "
				"at",
				r->name, lost);
}

static int compare_annotations(const void *pa, const void *pb)
{
	const struct annotation *a = pa, *b = pb;

	if (a->program != b->program)
		return a->program < b->program ? -1 : 1;
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return a->type < b->type ? -1 : a->type > b->type;
}

static int take_annotations(struct reading *r)
{
	if (r->annotations.n)
		qsort(r->annotations.v, r->annotations.n, sizeof(*r->annotations.v),
		      compare_annotations);
	vec_foreach (a, &r->annotations) {
		struct program *p = &r->programs.v[a->program];
		const char *why = annotation_take(a, &p->said);

		p->has_annotations = true;
		if (why)
			return message_error(-EINVAL, "%s: program %s: annotation \"%.200s\": %s",
					     r->name, p->name, a->tag, why);
	}
	return 0;
}

/* What is not said of one side. */
static void complete(struct program *p)
{
	struct annotated_side *with = &p->said.sides[0], *without = &p->said.sides[1];

	if (!with->is_named && !without->is_named)
		with->is_named = true;
	if (!without->has_outcome)
		without->must_fail = with->must_fail;
	if (!without->has_result) {
		without->has_result = with->has_result;
		without->is_any_result = with->is_any_result;
		without->result = with->result;
	}
	if (!without->messages.n)
		expected_texts_copy(&with->messages, &without->messages);
	if (!without->translated.n)
		expected_texts_copy(&with->translated, &without->translated);
}

static int find_auxiliary(struct reading *r)
{
	vec_foreach (p, &r->programs)
		for (size_t i = 0; i < ARRAY_SIZE(r->auxiliary); i++)
			if (p->said.is_auxiliary && p->said.sides[i].is_named)
				strv_add(&r->auxiliary[i], p->name);
	for (size_t i = 0; i < ARRAY_SIZE(r->auxiliary); i++)
		if (r->auxiliary[i].n > MAX_AUXILIARY)
			return message_error(-EINVAL, "%s: more than %d auxiliary programs",
					     r->name, MAX_AUXILIARY);
	return 0;
}

/* Texts are looked for in a log, which is asked for at once: what a rejected program went through,
 * all of an accepted one. */
static uint32_t log_level_of(const struct annotated *a, const struct annotated_side *s)
{
	if (a->log_level || !s->messages.n)
		return a->log_level;
	return s->must_fail ? 1 : 2;
}

/* How it is loaded. */
static struct load_try attempt_of(const struct reading *r, const struct program *p, size_t side)
{
	const struct annotated *a = &p->said;
	const struct annotated_side *s = &a->sides[side];
	struct load_try t = {
		.program = xstrdup(p->name),
		.unprivileged = side,
		.run = s->has_result && !s->must_fail && !a->is_not_run,
		.want_translated = s->translated.n && !s->must_fail,
		.log_level = log_level_of(a, s),
		.flags = a->flags,
	};

	strv_add_all(&t.with, &r->auxiliary[side]);
	return t;
}

/* Takes what belongs to the side. */
static void add_expectation(const struct reading *r, struct program *p, size_t side,
			    expectation_list *ret)
{
	const struct annotated *a = &p->said;
	struct annotated_side *s = &p->said.sides[side];
	struct expectation e = {
		.program = xstrdup(p->name),
		.description = a->description ? xstrdup(a->description) : NULL,
		.unprivileged = side,
		.must_fail = s->must_fail,
		.messages = s->messages,
		.translated = s->translated,
		.has_result = s->has_result && !s->must_fail,
		.is_any_result = s->is_any_result,
		.result = s->result,
		.attempt = attempt_of(r, p, side),
		.gap = s->gap,
		.is_moot = s->is_moot,
	};

	for (size_t i = 0; i < a->archs.n; i++)
		vec_push(&e.archs, a->archs.v[i]);
	s->messages = s->translated = (expected_texts){0};
	s->gap = NULL;
	vec_push(ret, e);
}

static int make_expectations(struct reading *r, expectation_list *ret)
{
	int err;

	vec_foreach (p, &r->programs)
		complete(p);
	err = find_auxiliary(r);
	if (err < 0)
		return err;
	vec_foreach (p, &r->programs)
		for (size_t side = 0; side < ARRAY_SIZE(p->said.sides); side++)
			if (p->said.sides[side].is_named && !p->said.is_auxiliary &&
			    (p->has_annotations || !p->is_optional))
				add_expectation(r, p, side, ret);
	return 0;
}

static int open_reading(struct reading *r, const void *object, size_t size)
{
	const struct canonical_section *s;
	uint32_t nth;
	int err = canonical_elf_read(object, size, r->name, &r->elf);

	if (err < 0)
		return err;
	nth = canonical_find_section(&r->elf, ".BTF");
	s = &r->elf.sections.v[nth];
	if (!nth || s->h.sh_type == SHT_NOBITS)
		return -ENOENT;
	err = btf_check(s->data, s->h.sh_size, 0, 0, r->name);
	return err < 0 ? err : btf_view_open(s->data, s->h.sh_size, 0, 0, r->name, &r->btf);
}

int expectations_read(const char *name, const void *object, size_t size, expectation_list *ret)
{
	_cleanup_(close_reading) struct reading r = {.name = name};
	expectation_list l = {0};
	int err = open_reading(&r, object, size);

	if (err < 0)
		return err == -ENOENT ? 0 : err;
	find_programs(&r);
	find_annotations(&r);
	if (!r.annotations.n)
		return 0;
	err = take_annotations(&r);
	err = err < 0 ? err : make_expectations(&r, &l);
	if (err < 0)
		return err;
	*ret = l;
	return 0;
}

void expectations_free(expectation_list *l)
{
	vec_foreach (e, l) {
		free(e->program);
		free(e->description);
		expected_texts_free(&e->messages);
		expected_texts_free(&e->translated);
		vec_free(&e->archs);
		free(e->attempt.program);
		strv_free(&e->attempt.with);
		free(e->gap);
	}
	vec_free(l);
}
