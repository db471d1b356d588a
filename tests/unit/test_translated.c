#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "kernel/translated.h"

/* The words are those of bpftool prog dump xlated, which real programs were compared with. */
static const struct {
	struct bpf_insn insn;
	const char *text;
} cases[] = {
	{{.code = 0xb7, .dst_reg = 1, .imm = -5}, "r1 = -5"},
	{{.code = 0xb4, .dst_reg = 1, .imm = 5}, "w1 = 5"},
	{{.code = 0xbf, .dst_reg = 1, .src_reg = 10}, "r1 = r10"},
	{{.code = 0xbc, .dst_reg = 1, .src_reg = 2}, "w1 = w2"},
	{{.code = 0xbf, .dst_reg = 1, .src_reg = 2, .off = 16}, "r1 = (s16)r2"},
	{{.code = 0xbc, .dst_reg = 1, .src_reg = 2, .off = 8}, "w1 = (s8)w2"},
	{{.code = 0xbf, .dst_reg = 1, .src_reg = 2, .off = 1, .imm = 0x10000},
	 "r1 = addr_space_cast(r2, 1, 0)"},
	{{.code = 0xbf, .dst_reg = 0, .src_reg = 0, .off = -1}, "r0 = &(void __percpu *)(r0)"},
	{{.code = 0x07, .dst_reg = 2, .imm = -8}, "r2 += -8"},
	{{.code = 0x1c, .dst_reg = 2, .src_reg = 3}, "w2 -= w3"},
	{{.code = 0xc7, .dst_reg = 2, .imm = 32}, "r2 s>>= 32"},
	{{.code = 0x37, .dst_reg = 2, .off = 1, .imm = 3}, "r2 s/= 3"},
	{{.code = 0x9f, .dst_reg = 2, .src_reg = 3, .off = 1}, "r2 s%= r3"},
	{{.code = 0x9f, .dst_reg = 2, .src_reg = 3}, "r2 %= r3"},
	{{.code = 0x87, .dst_reg = 4}, "r4 = -r4"},
	{{.code = 0x84, .dst_reg = 4}, "w4 = -w4"},
	{{.code = 0xdc, .dst_reg = 4, .imm = 16}, "r4 = be16 r4"},
	{{.code = 0xd4, .dst_reg = 4, .imm = 64}, "r4 = le64 r4"},
	{{.code = 0xd7, .dst_reg = 4, .imm = 32}, "r4 = bswap32 r4"},
	{{.code = 0x7b, .dst_reg = 10, .src_reg = 1, .off = -16}, "*(u64 *)(r10 -16) = r1"},
	{{.code = 0x73, .dst_reg = 10, .src_reg = 1, .off = 1}, "*(u8 *)(r10 +1) = r1"},
	{{.code = 0x62, .dst_reg = 10, .off = -4, .imm = 7}, "*(u32 *)(r10 -4) = 7"},
	{{.code = 0x79, .dst_reg = 1, .src_reg = 10, .off = -24}, "r1 = *(u64 *)(r10 -24)"},
	{{.code = 0x91, .dst_reg = 1, .src_reg = 2, .off = 0}, "r1 = *(s8 *)(r2 +0)"},
	{{.code = 0xdb, .dst_reg = 1, .src_reg = 2, .off = 8}, "lock *(u64 *)(r1 +8) += r2"},
	{{.code = 0xc3, .dst_reg = 1, .src_reg = 2, .imm = 0x51},
	 "r2 = atomic_fetch_and((u32 *)(r1 +0), r2)"},
	{{.code = 0xdb, .dst_reg = 1, .src_reg = 2, .imm = 0xe1},
	 "r2 = atomic64_xchg((u64 *)(r1 +0), r2)"},
	{{.code = 0xdb, .dst_reg = 1, .src_reg = 2, .imm = 0xf1},
	 "r0 = atomic64_cmpxchg((u64 *)(r1 +0), r0, r2)"},
	{{.code = 0xdb, .dst_reg = 1, .src_reg = 2, .imm = 0x100},
	 "r1 = load_acquire((u64 *)(r2 +0))"},
	{{.code = 0xdb, .dst_reg = 1, .src_reg = 2, .imm = 0x110},
	 "store_release((u64 *)(r1 +0), r2)"},
	{{.code = 0x30, .imm = 12}, "r0 = *(u8 *)skb[12]"},
	{{.code = 0x48, .src_reg = 7, .imm = 2}, "r0 = *(u16 *)skb[r7 + 2]"},
	{{.code = 0x05, .off = -3}, "goto pc-3"},
	{{.code = 0x06, .imm = 70000}, "gotol pc+70000"},
	{{.code = 0xe5, .off = 4}, "may_goto pc+4"},
	{{.code = 0x15, .dst_reg = 1, .off = 2, .imm = -1}, "if r1 == 0xffffffff goto pc+2"},
	{{.code = 0x1d, .dst_reg = 1, .src_reg = 2, .off = 2}, "if r1 == r2 goto pc+2"},
	{{.code = 0xa6, .dst_reg = 1, .off = 7, .imm = 2}, "if w1 < 0x2 goto pc+7"},
	{{.code = 0x6d, .dst_reg = 1, .src_reg = 2, .off = 0}, "if r1 s> r2 goto pc+0"},
	{{.code = 0x85, .src_reg = 1, .off = 5, .imm = 1}, "call pc+5"},
	{{.code = 0x85, .imm = 12345}, "call unknown#12345"},
	{{.code = 0x95}, "exit"},
	{{.code = 0xf7}, "unknown instruction 0xf7"},
	{{.code = 0xf5}, "unknown instruction 0xf5"},
};

static void test_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf b = {0};
		_cleanup_free_ char *want = xasprintf("0: %s\n", cases[i].text);

		translated_print(&cases[i].insn, 1, &b);
		assert_string_equal(b.v, want);
	}
}

/* A load of 64 bits is two instructions, and one line. */
static void test_numbers_count_halves(void **state)
{
	static const struct bpf_insn insns[] = {
		{.code = 0x18, .dst_reg = 1, .imm = -2}, {.imm = 0x12}, {.code = 0x95}};
	_cleanup_buf_ struct buf b = {0}, half = {0};

	(void)state;
	translated_print(insns, 3, &b);
	assert_string_equal(b.v, "0: r1 = 0x12fffffffe\n2: exit\n");
	translated_print(insns, 1, &half);
	assert_string_equal(half.v, "0: r1 = 0xfffffffe\n");
}

/* Whatever the bytes are, each gives a line. */
static void test_every_code(void **state)
{
	(void)state;
	for (int code = 0; code < 256; code++)
		for (int imm = 0; imm < 0x200; imm += 7) {
			struct bpf_insn insn = {.code = (uint8_t)code, .dst_reg = 15, .imm = imm};
			_cleanup_buf_ struct buf b = {0};

			translated_print(&insn, 1, &b);
			assert_true(str_starts(b.v, "0: ") && str_ends(b.v, "\n"));
			assert_null(strstr(b.v, "(null)"));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_numbers_count_halves),
		cmocka_unit_test(test_every_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
