#include "kernel/translated.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

/* Younger than the headers of Debian 12, or the kernel's own, which only a listing shows. */
#define MODE_MEM_SIGNED 0x80	   /* of LDX: extends the sign */
#define MODE_PROBE_MEM 0x20	   /* a load that may fault */
#define MODE_PROBE_MEM_SIGNED 0x40 /* the same with the sign extended */
#define MODE_PROBE_MEM32 0xa0	   /* of an arena */
#define MODE_NOSPEC 0xc0
#define OP_MAY_GOTO 0xe0 /* of JMP */
#define ATOMIC_LOAD 0x100
#define ATOMIC_STORE 0x110
#define OFFSET_CAST 1	 /* of MOV: into or out of an arena */
#define OFFSET_PERCPU -1 /* of MOV: the address on this processor */

static const char *const sizes[] = {
	[BPF_W >> 3] = "u32", [BPF_H >> 3] = "u16", [BPF_B >> 3] = "u8", [BPF_DW >> 3] = "u64"};
static const char *const signed_sizes[] = {
	[BPF_W >> 3] = "s32", [BPF_H >> 3] = "s16", [BPF_B >> 3] = "s8", [BPF_DW >> 3] = "s64"};

static const char *const sums[16] = {
	[BPF_ADD >> 4] = "+=",	[BPF_SUB >> 4] = "-=",	[BPF_MUL >> 4] = "*=",
	[BPF_DIV >> 4] = "/=",	[BPF_OR >> 4] = "|=",	[BPF_AND >> 4] = "&=",
	[BPF_LSH >> 4] = "<<=", [BPF_RSH >> 4] = ">>=", [BPF_MOD >> 4] = "%=",
	[BPF_XOR >> 4] = "^=",	[BPF_MOV >> 4] = "=",	[BPF_ARSH >> 4] = "s>>=",
};

static const char *const comparisons[16] = {
	[BPF_JEQ >> 4] = "==",	 [BPF_JGT >> 4] = ">",	  [BPF_JGE >> 4] = ">=",
	[BPF_JSET >> 4] = "&",	 [BPF_JNE >> 4] = "!=",	  [BPF_JSGT >> 4] = "s>",
	[BPF_JSGE >> 4] = "s>=", [BPF_JLT >> 4] = "<",	  [BPF_JLE >> 4] = "<=",
	[BPF_JSLT >> 4] = "s<",	 [BPF_JSLE >> 4] = "s<=",
};

static const char *const atomics[16] = {[BPF_ADD >> 4] = "add",
					[BPF_AND >> 4] = "and",
					[BPF_OR >> 4] = "or",
					[BPF_XOR >> 4] = "xor"};

static const char *size_of(const struct bpf_insn *i)
{
	return sizes[BPF_SIZE(i->code) >> 3];
}

static void put_unknown(const struct bpf_insn *i, struct buf *b)
{
	buf_printf(b, "unknown instruction 0x%02x", i->code);
}

static void put_move(const struct bpf_insn *i, char reg, struct buf *b)
{
	if (BPF_CLASS(i->code) == BPF_ALU64 && i->off == OFFSET_CAST)
		buf_printf(b, "r%d = addr_space_cast(r%d, %u, %u)", i->dst_reg, i->src_reg,
			   (uint32_t)i->imm >> 16, (uint32_t)i->imm & 0xffff);
	else if (BPF_CLASS(i->code) == BPF_ALU64 && i->off == OFFSET_PERCPU)
		buf_printf(b, "r%d = &(void __percpu *)(r%d)", i->dst_reg, i->src_reg);
	else if (i->off)
		buf_printf(b, "%c%d = (s%d)%c%d", reg, i->dst_reg, i->off, reg, i->src_reg);
	else
		buf_printf(b, "%c%d = %c%d", reg, i->dst_reg, reg, i->src_reg);
}

static void put_swap(const struct bpf_insn *i, struct buf *b)
{
	const char *name = BPF_CLASS(i->code) == BPF_ALU64 ? "bswap"
			   : BPF_SRC(i->code) == BPF_TO_BE ? "be"
							   : "le";

	buf_printf(b, "r%d = %s%d r%d", i->dst_reg, name, i->imm, i->dst_reg);
}

static void put_sum(const struct bpf_insn *i, struct buf *b)
{
	char reg = BPF_CLASS(i->code) == BPF_ALU ? 'w' : 'r';
	const char *sum = sums[BPF_OP(i->code) >> 4];
	bool by_sign = i->off == 1 && (BPF_OP(i->code) == BPF_DIV || BPF_OP(i->code) == BPF_MOD);

	if (BPF_OP(i->code) == BPF_END) {
		put_swap(i, b);
	} else if (BPF_OP(i->code) == BPF_NEG) {
		buf_printf(b, "%c%d = -%c%d", reg, i->dst_reg, reg, i->dst_reg);
	} else if (!sum) {
		put_unknown(i, b);
	} else if (BPF_SRC(i->code) == BPF_K) {
		buf_printf(b, "%c%d %s%s %d", reg, i->dst_reg, by_sign ? "s" : "", sum, i->imm);
	} else if (BPF_OP(i->code) == BPF_MOV) {
		put_move(i, reg, b);
	} else {
		buf_printf(b, "%c%d %s%s %c%d", reg, i->dst_reg, by_sign ? "s" : "", sum, reg,
			   i->src_reg);
	}
}

static void put_atomic(const struct bpf_insn *i, struct buf *b)
{
	const char *width = BPF_SIZE(i->code) == BPF_DW ? "64" : "", *size = size_of(i);
	const char *name = atomics[(i->imm & 0xf0) >> 4];

	if (i->imm == BPF_CMPXCHG)
		buf_printf(b, "r0 = atomic%s_cmpxchg((%s *)(r%d %+d), r0, r%d)", width, size,
			   i->dst_reg, i->off, i->src_reg);
	else if (i->imm == BPF_XCHG)
		buf_printf(b, "r%d = atomic%s_xchg((%s *)(r%d %+d), r%d)", i->src_reg, width, size,
			   i->dst_reg, i->off, i->src_reg);
	else if (i->imm == ATOMIC_LOAD)
		buf_printf(b, "r%d = load_acquire((%s *)(r%d %+d))", i->dst_reg, size, i->src_reg,
			   i->off);
	else if (i->imm == ATOMIC_STORE)
		buf_printf(b, "store_release((%s *)(r%d %+d), r%d)", size, i->dst_reg, i->off,
			   i->src_reg);
	else if (!name || (i->imm & ~0xf1))
		put_unknown(i, b);
	else if (i->imm & BPF_FETCH)
		buf_printf(b, "r%d = atomic%s_fetch_%s((%s *)(r%d %+d), r%d)", i->src_reg, width,
			   name, size, i->dst_reg, i->off, i->src_reg);
	else
		buf_printf(b, "lock *(%s *)(r%d %+d) %s r%d", size, i->dst_reg, i->off,
			   sums[(i->imm & 0xf0) >> 4], i->src_reg);
}

static void put_store(const struct bpf_insn *i, struct buf *b)
{
	unsigned mode = BPF_MODE(i->code);

	if (BPF_CLASS(i->code) == BPF_ST && mode == MODE_NOSPEC)
		buf_puts(b, "nospec");
	else if (BPF_CLASS(i->code) == BPF_ST)
		buf_printf(b, "*(%s *)(r%d %+d) = %d", size_of(i), i->dst_reg, i->off, i->imm);
	else if (mode == BPF_MEM || mode == MODE_PROBE_MEM32)
		buf_printf(b, "*(%s *)(r%d %+d) = r%d", size_of(i), i->dst_reg, i->off, i->src_reg);
	else
		put_atomic(i, b);
}

static void put_load(const struct bpf_insn *i, struct buf *b)
{
	unsigned mode = BPF_MODE(i->code);
	bool is_signed = mode == MODE_MEM_SIGNED || mode == MODE_PROBE_MEM_SIGNED;

	buf_printf(b, "r%d = *(%s *)(r%d %+d)", i->dst_reg,
		   is_signed ? signed_sizes[BPF_SIZE(i->code) >> 3] : size_of(i), i->src_reg,
		   i->off);
}

/* next is the second half of a load of 64 bits, or NULL at the end. */
static void put_constant(const struct bpf_insn *i, const struct bpf_insn *next, struct buf *b)
{
	uint64_t high = next ? (uint32_t)next->imm : 0;

	if (i->code == (BPF_LD | BPF_IMM | BPF_DW))
		buf_printf(b, "r%d = 0x%llx", i->dst_reg,
			   (unsigned long long)(high << 32 | (uint32_t)i->imm));
	else if (BPF_MODE(i->code) == BPF_ABS)
		buf_printf(b, "r0 = *(%s *)skb[%d]", size_of(i), i->imm);
	else if (BPF_MODE(i->code) == BPF_IND)
		buf_printf(b, "r0 = *(%s *)skb[r%d + %d]", size_of(i), i->src_reg, i->imm);
	else
		put_unknown(i, b);
}

/* The kernel keeps the distance of a function's call where jumps have theirs. */
static void put_call(const struct bpf_insn *i, struct buf *b)
{
	if (i->src_reg == BPF_PSEUDO_CALL)
		buf_printf(b, "call pc%+d", i->off ? i->off : i->imm);
	else
		buf_printf(b, "call unknown#%d", i->imm);
}

static void put_jump(const struct bpf_insn *i, struct buf *b)
{
	bool is_wide = BPF_CLASS(i->code) == BPF_JMP;
	unsigned op = BPF_OP(i->code);
	const char *comparison = comparisons[op >> 4];
	char reg = is_wide ? 'r' : 'w';

	if (is_wide && op == BPF_CALL)
		put_call(i, b);
	else if (is_wide && op == BPF_EXIT)
		buf_puts(b, "exit");
	else if (is_wide && op == BPF_JA && BPF_SRC(i->code) == BPF_X)
		buf_printf(b, "gotox r%d", i->dst_reg);
	else if (is_wide && op == BPF_JA)
		buf_printf(b, "goto pc%+d", i->off);
	else if (op == BPF_JA)
		buf_printf(b, "gotol pc%+d", i->imm);
	else if (is_wide && op == OP_MAY_GOTO)
		buf_printf(b, "may_goto pc%+d", i->off);
	else if (!comparison)
		put_unknown(i, b);
	else if (BPF_SRC(i->code) == BPF_X)
		buf_printf(b, "if %c%d %s %c%d goto pc%+d", reg, i->dst_reg, comparison, reg,
			   i->src_reg, i->off);
	else
		buf_printf(b, "if %c%d %s 0x%x goto pc%+d", reg, i->dst_reg, comparison,
			   (uint32_t)i->imm, i->off);
}

static void put_instruction(const struct bpf_insn *i, const struct bpf_insn *next, struct buf *b)
{
	switch (BPF_CLASS(i->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		put_sum(i, b);
		return;
	case BPF_ST:
	case BPF_STX:
		put_store(i, b);
		return;
	case BPF_LDX:
		put_load(i, b);
		return;
	case BPF_LD:
		put_constant(i, next, b);
		return;
	default:
		put_jump(i, b);
	}
}

void translated_print(const struct bpf_insn *insns, size_t n, struct buf *ret)
{
	for (size_t i = 0; i < n; i++) {
		bool is_double = insns[i].code == (BPF_LD | BPF_IMM | BPF_DW);

		buf_printf(ret, "%zu: ", i);
		put_instruction(&insns[i], i + 1 < n ? &insns[i + 1] : NULL, ret);
		buf_putc(ret, '\n');
		i += is_double;
	}
}

int translated_read(int program_fd, struct buf *ret)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);
	_cleanup_free_ struct bpf_insn *insns = NULL;

	if (bpf_prog_get_info_by_fd(program_fd, &info, &size) < 0)
		return -errno;
	size = info.xlated_prog_len;
	insns = xcalloc(1, size);
	info = (struct bpf_prog_info){.xlated_prog_len = size,
				      .xlated_prog_insns = (uint64_t)(uintptr_t)insns};
	size = sizeof(info);
	if (bpf_prog_get_info_by_fd(program_fd, &info, &size) < 0)
		return -errno;
	translated_print(insns, info.xlated_prog_len / sizeof(*insns), ret);
	return 0;
}
