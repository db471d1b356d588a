/* Names that BTF cannot hold, as bpf-linker changes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "llvm/debug.h"

static const struct {
	const char *name, *clean;
} names[] = {
	{"task_struct", "task_struct"},
	{"", ""},
	{"Pair<u32, u64>", "Pair_3C_u32_2C__20_u64_3E_"},
	{"prog::{closure#0}", "prog_3A__3A__7B_closure_23_0_7D_"},
	{"[u8; 32]", "_5B_u8_3B__20_32_5D_"},
	{"gr\xc3\xb6\xc3\x9f", "gr_C3__B6__C3__9F_"},
	/* bpf-linker's own example of a long one. */
	{"my_function<aya_bpf::this::is::a::very::long::namespace::BpfContext, "
	 "aya_log_ebpf::this::is::a::very::long::namespace::WriteToBuf>",
	 "my_function_3C_aya_bpf_3A__3A_this_3A__3A_is_3A__3A_a_3A__3A_very_3A__3A_long_3A__3A_"
	 "namespace_3A__3A_BpfContex_94e4085604b3142f"},
};

static void clean_names_are_identifiers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_buf_ struct buf clean = {0};

		buf_puts(&clean, "");
		debug_clean_name(names[i].name, strlen(names[i].name), &clean);
		assert_string_equal(clean.v, names[i].clean);
	}
}

static void the_longest_name_stays(void **state)
{
	_cleanup_buf_ struct buf clean = {0}, longer = {0};
	char name[130];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[129] = '\0';
	debug_clean_name(name, 128, &clean);
	assert_int_equal(clean.n, 128);
	assert_memory_equal(clean.v, name, 128);
	debug_clean_name(name, 129, &longer);
	assert_int_equal(longer.n <= 128, 1);
	assert_int_equal(longer.v[111], '_');
}

/* Numbers, of which the first that differs counts. */
static void versions_are_compared(void **state)
{
	static const struct {
		unsigned major, minor, patch;
		bool is_since; /* 21.1.5 */
	} cases[] = {
		{19, 9, 9, false}, {20, 1, 8, false}, {21, 0, 9, false}, {21, 1, 4, false},
		{21, 1, 5, true},  {21, 1, 10, true}, {21, 2, 0, true},	 {22, 0, 0, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		llvm.major = cases[i].major;
		llvm.minor = cases[i].minor;
		llvm.patch = cases[i].patch;
		assert_int_equal(llvm_is_since(21, 1, 5), cases[i].is_since);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_names_are_identifiers),
		cmocka_unit_test(versions_are_compared),
		cmocka_unit_test(the_longest_name_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
