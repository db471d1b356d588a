#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>

#include <cmocka.h>

#include "base/path.h"
#include "canonical_invent.h"
#include "canonical_opened.h"

static void order_of_input_does_not_matter(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 3000; i++) {
		_cleanup_buf_ struct buf first = {0};
		struct model m;

		model_invent(i, 1 + i % 6, i % 5, &m);
		finish_model(&m, 0, i & 1, &first);
		for (uint64_t seed = 1; seed <= 3; seed++) {
			_cleanup_buf_ struct buf other = {0};

			finish_model(&m, seed, i & 1, &other);
			assert_same_bytes(&first, &other);
		}
	}
}

/*
 * Rings of pointers: nothing leads to them, all types look alike, and only how they hang together
 * tells them apart.
 */
static void rings_are_told_apart(void **state)
{
	static const uint32_t rings[] = {3, 5, 3, 1, 8, 1, 2, 5};

	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		_cleanup_buf_ struct buf first = {0}, other = {0};
		struct model m = {0};

		for (size_t i = 0; i < ARRAY_SIZE(rings); i++) {
			uint32_t start = m.n + 1;

			for (uint32_t j = 0; j < rings[i]; j++)
				m.types[++m.n] = (struct model_type){
					.kind = BTF_KIND_PTR,
					.name = "",
					.size_or_type = start + (j + 1) % rings[i]};
			/* A tail that leads into every second ring. */
			if (i % 2)
				m.types[++m.n] = (struct model_type){
					.kind = BTF_KIND_PTR, .name = "", .size_or_type = start};
		}
		finish_model(&m, 0, false, &first);
		finish_model(&m, seed, false, &other);
		assert_same_bytes(&first, &other);
	}
}

/* Types that differ in one small thing only, which must decide their order. */
static void small_differences_decide(void **state)
{
	static const struct model_type base[] = {
		{BTF_KIND_FUNC, "known", 2},
		{BTF_KIND_FUNC_PROTO, "", 3, {0}, {{"a", 4}, {"b", 5}}, 2},
		{BTF_KIND_INT, "x", 4, {32}},
		{BTF_KIND_INT, "y", 4, {32}},
		{BTF_KIND_INT, "z", 4, {32}},
		/* Six copies of a pointer to a struct of which one detail differs. */
		{BTF_KIND_PTR, "", 7},
		{BTF_KIND_STRUCT, "s", 8, {0}, {{"one", 3, 0}, {"two", 3, 32}}, 2},
		{BTF_KIND_PTR, "", 9},
		{BTF_KIND_STRUCT, "s", 8, {0}, {{"one", 3, 0}, {"three", 3, 32}}, 2},
		{BTF_KIND_PTR, "", 11},
		{BTF_KIND_STRUCT, "s", 8, {0}, {{"one", 3, 0}, {"two", 4, 32}}, 2},
		{BTF_KIND_PTR, "", 13},
		{BTF_KIND_STRUCT, "s", 8, {0}, {{"one", 3, 0}, {"two", 3, 33}}, 2},
		{BTF_KIND_ARRAY, "", 0, {3, 4, 1}},
		{BTF_KIND_ARRAY, "", 0, {3, 5, 1}},
		{BTF_KIND_ARRAY, "", 0, {3, 0, 1}},
		{BTF_KIND_FUNC_PROTO, "", 0, {0}, {{"a", 3}, {"b", 0}}, 2},
		{BTF_KIND_FUNC_PROTO, "", 0, {0}, {{"a", 0}, {"b", 3}}, 2},
	};
	struct model m = {.n = ARRAY_SIZE(base), .n_funcs = 1};

	(void)state;
	memcpy(m.types + 1, base, sizeof(base));
	m.funcs[0] = (struct model_record){.section = MODEL_PROG_A, .type = 1};
	for (uint64_t seed = 1; seed <= 100; seed++) {
		_cleanup_buf_ struct buf first = {0}, other = {0};

		finish_model(&m, 0, false, &first);
		finish_model(&m, seed, false, &other);
		assert_same_bytes(&first, &other);
	}
}

static void finishing_again_changes_nothing(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 500; i++) {
		_cleanup_buf_ struct buf once = {0}, twice = {0};
		struct model m;

		model_invent(i, 3, i % 5, &m);
		finish_model(&m, i, i & 1, &once);
		assert_int_equal(object_finish(once.v, once.n, "test.o", &plain, &twice), 0);
		assert_same_bytes(&once, &twice);
	}
}

/* Two types that only differ far away are still different. */
static void content_matters(void **state)
{
	_cleanup_buf_ struct buf a = {0}, b = {0};
	struct model m;

	(void)state;
	model_invent(5, 3, 2, &m);
	finish_model(&m, 1, false, &a);
	m.types[m.n].name = "changed";
	finish_model(&m, 1, false, &b);
	assert_true(a.n != b.n || memcmp(a.v, b.v, a.n) != 0);
}

static void describe_entries(const struct opened *o, uint32_t id, int depth, struct buf *b);

/* A type as text without ids, as far as depth steps lead. */
static void describe_type(const struct opened *o, uint32_t id, int depth, struct buf *b)
{
	struct btf_record r;

	if (!id || !depth) {
		buf_putc(b, id ? '*' : '0');
		return;
	}
	r = btf_view_type(&o->types.view, id);
	buf_putc(b, '(');
	for (uint32_t i = 0; i < (r.kind == BTF_KIND_DATASEC ? 3 : canonical_n_words(&r)); i++) {
		uint32_t word = btf_view_u32(&o->types.view, r.at + 4 * (size_t)i);

		switch (canonical_word_kind(&r, i)) {
		case CANONICAL_NAME:
			buf_printf(b, "'%s'", string_at(o, word));
			break;
		case CANONICAL_TYPE:
			describe_type(o, word, depth - 1, b);
			break;
		default:
			buf_printf(b, " %x ", word);
		}
	}
	describe_entries(o, id, depth, b);
	buf_putc(b, ')');
}

/* The variables of a section, as a set. */
static void describe_entries(const struct opened *o, uint32_t id, int depth, struct buf *b)
{
	_cleanup_strv_ struct strv all = {0};

	vec_foreach (d, &o->types.datasecs) {
		for (uint32_t i = 0; d->id == id && i < d->n; i++) {
			const struct canonical_entry *y = &o->types.entries.v[d->first + i];
			struct buf one = {0};

			buf_printf(&one, "[%d %u %u ", (int)y->place, y->size, !!y->reloc);
			describe_type(o, y->type, depth - 1, &one);
			strv_take(&all, buf_steal(&one));
		}
	}
	strv_sort(&all);
	for (size_t i = 0; i < all.n; i++)
		buf_puts(b, all.v[i]);
}

/* All types, as a set. */
static void describe_types(const struct opened *o, struct buf *b)
{
	_cleanup_strv_ struct strv all = {0};

	for (uint32_t id = 1; id <= o->types.n; id++) {
		struct buf one = {0};

		describe_type(o, id, 4, &one);
		strv_take(&all, buf_steal(&one));
	}
	strv_sort(&all);
	for (size_t i = 0; i < all.n; i++)
		buf_printf(b, "%s\n", all.v[i]);
}

/* Functions, lines and relocations, with what their relocations name. */
static void describe_records(const struct opened *o, struct buf *b)
{
	for (int i = 0; i < CANONICAL_LISTS; i++) {
		vec_foreach (g, &o->ext.lists[i].groups) {
			for (uint32_t j = 0; j < g->n; j++) {
				const struct canonical_record *r =
					&o->ext.lists[i].records.v[g->first + j];

				buf_printf(b, "%d %s+%u %d ", i, string_at(o, g->name), r->words[0],
					   !!r->reloc);
				/* Paths are tidied: "./dir/file.c". */
				if (i == CANONICAL_LINES)
					buf_puts(b, path_base(string_at(o, r->words[1])));
				else
					describe_type(o, r->words[1], 4, b);
				if (i != CANONICAL_FUNCS)
					buf_printf(b, " %s %u", string_at(o, r->words[2]),
						   r->words[3]);
				buf_putc(b, '\n');
			}
		}
	}
}

static void content_is_kept(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 300; i++) {
		_cleanup_buf_ struct buf in = {0}, out = {0}, before = {0}, after = {0};
		struct opened a, b;
		struct model m;

		model_invent(i, 1 + i % 6, i % 5, &m);
		model_write(&m, i, i & 1, &in);
		finish_model(&m, i + 1, i & 1, &out);
		open_object(&in, &a);
		open_object(&out, &b);
		describe_types(&a, &before);
		describe_types(&b, &after);
		assert_string_equal(before.v, after.v);
		before.n = after.n = 0;
		buf_puts(&before, "");
		buf_puts(&after, "");
		describe_records(&a, &before);
		describe_records(&b, &after);
		assert_int_equal(a.ext.lists[0].records.n, m.n_funcs);
		close_object(&a);
		close_object(&b);
		assert_string_equal(before.v, after.v);
	}
}

static uint32_t immediate_at(const struct opened *o, uint32_t section, uint32_t insn)
{
	return canonical_u32(&o->elf, o->elf.sections.v[section].data + insn + 4);
}

static void instructions_hold_the_new_ids(void **state)
{
	unsigned n = 0;

	(void)state;
	for (uint64_t i = 0; i < 300; i++) {
		_cleanup_buf_ struct buf out = {0};
		struct opened o;
		struct model m;

		model_invent(i, 4, 1, &m);
		finish_model(&m, i + 1, i & 1, &out);
		open_object(&out, &o);
		vec_foreach (g, &o.ext.lists[CANONICAL_CORE].groups) {
			for (uint32_t j = 0; j < g->n; j++) {
				const struct canonical_record *r =
					&o.ext.lists[CANONICAL_CORE].records.v[g->first + j];
				bool holds = r->words[3] == BPF_CORE_TYPE_ID_LOCAL ||
					     r->words[3] == BPF_CORE_TYPE_ID_TARGET;

				n += holds;
				assert_int_equal(immediate_at(&o, g->section, r->words[0]),
						 holds ? r->words[1] : 1000 + r->words[0]);
			}
		}
		close_object(&o);
	}
	assert_true(n > 100);
}

/* Maps first, then functions, then other variables, then sections; entries by their place. */
static void order_is_natural(void **state)
{
	static const char *const expected[] = {
		"map",	"key",	 "func",  "",	    "arg",   "func2", "var2",
		"var1", ".maps", ".data", "unused", "alias", "real",  "tag",
	};
	struct model m = {
		.types =
			{
				[1] = {BTF_KIND_DATASEC,
				       ".data",
				       0,
				       {0},
				       {{"", 2, 4, 8}, {"", 3, 4, 0}},
				       2},
				[2] = {BTF_KIND_VAR, "var1", 9, {1}},
				[3] = {BTF_KIND_VAR, "var2", 9, {1}},
				[4] = {BTF_KIND_DECL_TAG, "tag", 7, {-1u}},
				[5] = {BTF_KIND_DATASEC, ".maps", 0, {0}, {{"", 6, 4, 0}}, 1},
				[6] = {BTF_KIND_VAR, "map", 9, {1}},
				[7] = {BTF_KIND_FUNC, "func", 8},
				[8] = {BTF_KIND_FUNC_PROTO, "", 9, {0}, {{"ctx", 10}}, 1},
				[9] = {BTF_KIND_INT, "key", 4, {32}},
				[10] = {BTF_KIND_FWD, "arg"},
				[11] = {BTF_KIND_FWD, "unused"},
				[12] = {BTF_KIND_INT, "real", 8, {64}},
				[13] = {BTF_KIND_TYPEDEF, "alias", 12},
				[14] = {BTF_KIND_FUNC, "func2", 8},
			},
		.n = 14,
		.funcs = {{MODEL_PROG_A, 0, 7}, {MODEL_PROG_B, 0, 14}},
		.n_funcs = 2,
	};

	(void)state;
	for (uint64_t seed = 0; seed < 20; seed++) {
		_cleanup_buf_ struct buf out = {0};
		struct opened o;

		finish_model(&m, seed, seed & 1, &out);
		open_object(&out, &o);
		for (uint32_t i = 0; i < ARRAY_SIZE(expected); i++)
			assert_string_equal(canonical_name(&o.types, i + 1), expected[i]);
		assert_int_equal(o.types.datasecs.v[1].n, 2);
		assert_string_equal(
			canonical_name(&o.types,
				       o.types.entries.v[o.types.datasecs.v[1].first].type),
			"var2");
		close_object(&o);
	}
}

static void strings_are_used_and_single(void **state)
{
	_cleanup_buf_ struct buf out = {0};
	_cleanup_strv_ struct strv seen = {0};
	struct opened o;
	struct model m;

	(void)state;
	model_invent(11, 6, 3, &m);
	/* As a path is called in the end. */
	m.types[m.n].name = "dir/file.c";
	finish_model(&m, 11, false, &out);
	open_object(&out, &o);
	for (uint32_t at = 0; at < o.types.view.strings_size;
	     at += strlen(seen.v[seen.n - 1]) + 1) {
		const char *s = string_at(&o, at);

		assert_false(str_starts(s, "unused"));
		assert_false(strv_has(&seen, s));
		strv_add(&seen, s);
	}
	assert_true(strv_has(&seen, "dir/file.c") || !m.n_lines);
	close_object(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_of_input_does_not_matter),
		cmocka_unit_test(rings_are_told_apart),
		cmocka_unit_test(small_differences_decide),
		cmocka_unit_test(finishing_again_changes_nothing),
		cmocka_unit_test(content_matters),
		cmocka_unit_test(content_is_kept),
		cmocka_unit_test(instructions_hold_the_new_ids),
		cmocka_unit_test(order_is_natural),
		cmocka_unit_test(strings_are_used_and_single),
	};

	return cmocka_run_group_tests_name("canonical", tests, NULL, NULL);
}
