/* What several source files describe is there once, and everything still refers to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "btf/dedup.h"
#include "canonical_opened.h"

/*
 * Two files describe struct node, which refers to itself, and each has a variable of it; the second
 * has a function that refers to its own.
 */
static const struct model twice = {
	.types =
		{
			[1] = {BTF_KIND_INT, "int", 4, {32}},
			[2] = {BTF_KIND_STRUCT, "node", 8, {0}, {{"next", 3, 0}}, 1},
			[3] = {BTF_KIND_PTR, "", 2},
			[4] = {BTF_KIND_STRUCT, "node", 8, {0}, {{"next", 5, 0}}, 1},
			[5] = {BTF_KIND_PTR, "", 4},
			[6] = {BTF_KIND_DATASEC,
			       ".data",
			       0,
			       {0},
			       {{"", 7, 8, 16}, {"", 8, 8, 24}},
			       2},
			[7] = {BTF_KIND_VAR, "one", 2, {1}},
			[8] = {BTF_KIND_VAR, "two", 4, {1}},
			[9] = {BTF_KIND_FUNC_PROTO, "", 1, {0}, {{"n", 5}}, 1},
			[10] = {BTF_KIND_FUNC, "func", 9},
			[11] = {BTF_KIND_STRUCT, "other", 4, {0}, {{"n", 1, 0}}, 1},
		},
	.n = 11,
	.funcs = {{MODEL_PROG_A, 0, 10}},
	.n_funcs = 1,
	.lines = {{MODEL_PROG_A, 0, 0, 0, "dir/file.c", "\treturn 0;"}},
	.n_lines = 1,
	.core = {{MODEL_PROG_A, 16, 4, BPF_CORE_TYPE_ID_LOCAL, 0, "0"},
		 {MODEL_PROG_A, 32, 11, BPF_CORE_TYPE_ID_LOCAL, 0, "0"}},
	.n_core = 2,
};

static void dedup(uint64_t seed, bool swap, struct buf *ret)
{
	_cleanup_buf_ struct buf in = {0}, out = {0};

	model_write(&twice, seed, swap, &in);
	assert_int_equal(object_dedup(in.v, in.n, "test.o", &out), 0);
	assert_int_equal(object_finish(out.v, out.n, "test.o", &plain, ret), 0);
}

static const char *name_of(const struct opened *o, uint32_t id)
{
	return string_at(o, btf_view_type(&o->types.view, id).name);
}

static uint32_t count(const struct opened *o, const char *name)
{
	uint32_t n = 0;

	for (uint32_t id = 1; id < o->types.view.first + o->types.n; id++)
		n += btf_view_kind(&o->types.view, id) == BTF_KIND_STRUCT &&
		     str_eq(name_of(o, id), name);
	return n;
}

/* Where the section's variables lie is no longer for the linker to say. */
static void assert_places(const struct opened *o)
{
	uint32_t id = 1;
	struct btf_record r;

	while (btf_view_kind(&o->types.view, id) != BTF_KIND_DATASEC)
		id++;
	r = btf_view_type(&o->types.view, id);
	assert_int_equal(r.n, 2);
	for (unsigned i = 0; i < r.n; i++) {
		const uint8_t *entry = btf_record_entry(&r, i);
		uint32_t variable = btf_view_u32(&o->types.view, entry);

		assert_int_equal(btf_view_u32(&o->types.view, entry + 4),
				 str_eq(name_of(o, variable), "one") ? 16 : 24);
	}
	assert_int_equal(canonical_find_section(&o->elf, ".rel.BTF"), 0);
	assert_int_equal(canonical_find_section(&o->elf, ".rel.BTF.ext"), 0);
}

static void each_type_is_there_once(void **state)
{
	(void)state;
	for (int swap = 0; swap < 2; swap++) {
		_cleanup_buf_ struct buf first = {0};
		struct opened o;

		dedup(0, swap, &first);
		open_object(&first, &o);
		assert_int_equal(count(&o, "node"), 1);
		assert_int_equal(count(&o, "other"), 1);
		assert_int_equal(o.ext.lists[CANONICAL_FUNCS].records.n, 1);
		assert_int_equal(o.ext.lists[CANONICAL_LINES].records.n, 1);
		assert_int_equal(o.ext.lists[CANONICAL_CORE].records.n, 2);
		assert_string_equal(name_of(&o, o.ext.lists[CANONICAL_FUNCS].records.v[0].words[1]),
				    "func");
		assert_string_equal(name_of(&o, o.ext.lists[CANONICAL_CORE].records.v[0].words[1]),
				    "node");
		assert_string_equal(name_of(&o, o.ext.lists[CANONICAL_CORE].records.v[1].words[1]),
				    "other");
		assert_places(&o);
		close_object(&o);
		for (uint64_t seed = 1; seed < 50; seed++) {
			_cleanup_buf_ struct buf again = {0};

			dedup(seed, swap, &again);
			assert_same_bytes(&again, &first);
		}
	}
}

/* Neither relocations nor doubles are needed. */
static void a_second_time_changes_nothing(void **state)
{
	_cleanup_buf_ struct buf once = {0}, raw = {0}, again = {0};

	(void)state;
	dedup(7, false, &once);
	assert_int_equal(object_dedup(once.v, once.n, "test.o", &raw), 0);
	assert_int_equal(object_finish(raw.v, raw.n, "test.o", &plain, &again), 0);
	assert_same_bytes(&again, &once);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_type_is_there_once),
		cmocka_unit_test(a_second_time_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
