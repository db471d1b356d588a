#include "compiler/arch.h"

#include <fnmatch.h>
#include <stddef.h>
#include <sys/utsname.h>

#include "base/mem.h"

/* The names after __TARGET_ARCH_ are those libbpf's bpf_tracing.h tests. */
static const struct arch archs[] = {
	{"x86_64", "x86", "x86_64-linux-gnu", false},
	{"i?86", "x86", "i386-linux-gnu", false},
	{"aarch64", "arm64", "aarch64-linux-gnu", false},
	{"aarch64_be", "arm64", "aarch64_be-linux-gnu", true},
	{"arm*", "arm", "arm-linux-gnueabihf", false},
	{"ppc64le", "powerpc", "powerpc64le-linux-gnu", false},
	{"ppc64", "powerpc", "powerpc64-linux-gnu", true},
	{"s390x", "s390", "s390x-linux-gnu", true},
	{"riscv64", "riscv", "riscv64-linux-gnu", false},
	{"loongarch64", "loongarch", "loongarch64-linux-gnu", false},
	{"mips64", "mips", "mips64-linux-gnuabi64", true},
	{"sparc64", "sparc", "sparc64-linux-gnu", true},
};

const struct arch *arch_host(void)
{
	struct utsname u;

	if (uname(&u) < 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (fnmatch(archs[i].machine, u.machine, 0) == 0)
			return &archs[i];
	return NULL;
}
