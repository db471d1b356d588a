#include "kernel/cpu.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/message.h"

/* What the kernel's JITs answer for an instruction they cannot translate; not in errno.h. */
#ifndef ENOTSUPP
#define ENOTSUPP 524
#endif

/* Instruction set v4 is younger than the system headers of Debian 12. */
#define CODE_LOAD_SIGNED 0x80 /* a mode of BPF_LDX */
#define CODE_GOTOL (BPF_JMP32 | BPF_JA)
#define CODE_BSWAP (BPF_ALU64 | BPF_END | BPF_TO_LE)

/* clang-format off */
#define INSN(op, to, from, offset, value) \
	{.code = (op), .dst_reg = (to), .src_reg = (from), .off = (offset), .imm = (value)}
#define EXIT INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define SET(reg, value) INSN(BPF_ALU64 | BPF_MOV | BPF_K, reg, 0, 0, value)
/*
 * The packet's length: a number the verifier cannot know. It rewrites or removes what depends on
 * known numbers, and then the JIT would never see the instructions asked about.
 */
#define LOAD_LENGTH(reg) INSN(BPF_LDX | BPF_MEM | BPF_W, reg, BPF_REG_1, 0, 0)

static const struct bpf_insn v1_program[] = {
	SET(BPF_REG_0, 0),
	EXIT,
};

static const struct bpf_insn v2_program[] = {
	LOAD_LENGTH(BPF_REG_2),
	SET(BPF_REG_0, 0),
	/* Both ways lead to the next instruction: neither can be proven dead. */
	INSN(BPF_JMP | BPF_JLT | BPF_K, BPF_REG_2, 0, 0, 60),
	INSN(BPF_JMP | BPF_JLE | BPF_X, BPF_REG_2, BPF_REG_0, 0, 0),
	INSN(BPF_JMP | BPF_JSLT | BPF_K, BPF_REG_2, 0, 0, 70),
	INSN(BPF_JMP | BPF_JSLE | BPF_K, BPF_REG_2, 0, 0, 80),
	EXIT,
};

static const struct bpf_insn v3_program[] = {
	LOAD_LENGTH(BPF_REG_2),
	SET(BPF_REG_0, 0),
	INSN(BPF_ALU | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, 7),
	INSN(BPF_JMP32 | BPF_JLT | BPF_K, BPF_REG_2, 0, 0, 60),
	INSN(BPF_JMP32 | BPF_JSGT | BPF_X, BPF_REG_2, BPF_REG_0, 0, 0),
	INSN(BPF_ALU | BPF_MOV | BPF_X, BPF_REG_0, BPF_REG_2, 0, 0),
	EXIT,
};

static const struct bpf_insn v4_program[] = {
	LOAD_LENGTH(BPF_REG_2),
	INSN(BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_2, -8, 0),
	INSN(BPF_LDX | CODE_LOAD_SIGNED | BPF_B, BPF_REG_3, BPF_REG_10, -8, 0),
	INSN(BPF_LDX | CODE_LOAD_SIGNED | BPF_W, BPF_REG_4, BPF_REG_10, -8, 0),
	/* A move that extends the sign names the number of bits in its offset. */
	INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_5, BPF_REG_3, 16, 0),
	INSN(BPF_ALU | BPF_MOV | BPF_X, BPF_REG_5, BPF_REG_5, 8, 0),
	INSN(CODE_BSWAP, BPF_REG_4, 0, 0, 32),
	/* Offset 1 makes a division signed. */
	INSN(BPF_ALU64 | BPF_DIV | BPF_K, BPF_REG_4, 0, 1, 3),
	INSN(BPF_ALU | BPF_MOD | BPF_K, BPF_REG_5, 0, 1, 5),
	INSN(BPF_ALU64 | BPF_ADD | BPF_X, BPF_REG_4, BPF_REG_5, 0, 0),
	/* Both ways stay reachable, so that the long jump is still there for the JIT. */
	SET(BPF_REG_0, 0),
	INSN(BPF_JMP | BPF_JGT | BPF_K, BPF_REG_4, 0, 1, 60),
	INSN(CODE_GOTOL, 0, 0, 0, 1),
	SET(BPF_REG_0, 1),
	EXIT,
};
/* clang-format on */

/* Oldest first: each set includes those before it. */
static const struct {
	const char *cpu;
	const struct bpf_insn *insns;
	uint32_t n;
} levels[] = {
	{"v1", v1_program, ARRAY_SIZE(v1_program)},
	{"v2", v2_program, ARRAY_SIZE(v2_program)},
	{"v3", v3_program, ARRAY_SIZE(v3_program)},
	{"v4", v4_program, ARRAY_SIZE(v4_program)},
};

/* Loads a program and lets it go again; 0 or a negative errno. */
static int try_program(const struct bpf_insn *insns, uint32_t n)
{
	union bpf_attr attr;
	long fd;
	int tries = 5;

	memset(&attr, 0, sizeof(attr));
	/* The kind of program that has needed the least rights since the first kernels with BPF. */
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insns = (uint64_t)(uintptr_t)insns;
	attr.insn_cnt = n;
	attr.license = (uint64_t)(uintptr_t)"GPL";
	do {
		/* The verifier gives up with EAGAIN when a signal arrives meanwhile. */
		fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	} while (fd < 0 && errno == EAGAIN && --tries);
	if (fd < 0)
		return -errno;
	close((int)fd);
	return 0;
}

/* Whether a failed load means "unknown instruction", not something amiss with the attempt. */
static bool is_refusal(int err)
{
	return err == -EINVAL || err == -ENOTSUPP || err == -EOPNOTSUPP;
}

int kernel_probe_cpu(const char **ret_cpu)
{
	const char *best = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		int err = try_program(levels[i].insns, levels[i].n);

		if (err == -EPERM)
			return message_error(err, "cannot probe the kernel: loading programs needs "
						  "CAP_BPF (or root); name a cpu (v1 to v4) "
						  "instead of \"probe\"");
		if (err < 0 && best && is_refusal(err))
			break;
		if (err < 0)
			return message_error(err,
					     "cannot probe the kernel: loading a test program: %s; "
					     "name a cpu (v1 to v4) instead of \"probe\"",
					     strerror(-err));
		best = levels[i].cpu;
	}
	*ret_cpu = best;
	return 0;
}
