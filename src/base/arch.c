#include "base/arch.h"

#include <stddef.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "base/mem.h"

/* The names after __TARGET_ARCH_ are those libbpf's bpf_tracing.h tests. */
static const struct arch archs[] = {
	{"x86_64", "amd64 x86-64 x86", "x86", "x86_64-linux-gnu", "amd64", false},
	{"i386", "386 i486 i586 i686", "x86", "i386-linux-gnu", "i386", false},
	{"arm64", "aarch64", "arm64", "aarch64-linux-gnu", "arm64", false},
	{"arm64be", "aarch64_be", "arm64", "aarch64_be-linux-gnu", "arm64", true},
	{"arm", "armhf armel armv6l armv7l armv8l", "arm", "arm-linux-gnueabihf", "armhf", false},
	{"powerpc", "ppc64le ppc64el powerpc64le", "powerpc", "powerpc64le-linux-gnu", "ppc64el",
	 false},
	{"ppc64", "powerpc64", "powerpc", "powerpc64-linux-gnu", "ppc64", true},
	{"s390x", "s390", "s390", "s390x-linux-gnu", "s390x", true},
	{"riscv64", "riscv", "riscv", "riscv64-linux-gnu", "riscv64", false},
	{"loongarch64", "loong64 loongarch", "loongarch", "loongarch64-linux-gnu", "loong64",
	 false},
	{"mips64", "mips", "mips", "mips64-linux-gnuabi64", "mips64", true, true},
	{"mips64el", "mips64le mipsel", "mips", "mips64el-linux-gnuabi64", "mips64el", false, true},
	{"sparc64", "sparc", "sparc", "sparc64-linux-gnu", "sparc64", true, true},
};

static bool has_word(const char *words, const char *word)
{
	size_t size = strchr(word, ' ') ? 0 : strlen(word);

	for (const char *p = words; size && (p = strstr(p, word)); p += size)
		if ((p == words || p[-1] == ' ') && (p[size] == ' ' || !p[size]))
			return true;
	return false;
}

const struct arch *arch_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (str_eq(archs[i].name, name) || has_word(archs[i].aliases, name))
			return &archs[i];
	return NULL;
}

const struct arch *arch_host(void)
{
	struct utsname u;

	return uname(&u) < 0 ? NULL : arch_find(u.machine);
}

void arch_macros(struct strv *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++) {
		_cleanup_free_ char *name = xasprintf("__TARGET_ARCH_%s", archs[i].define);

		if (!strv_has(ret, name))
			strv_add(ret, name);
	}
}

void arch_system_dirs(const struct arch *arch, struct strv *ret)
{
	strv_addf(ret, "/usr/local/include/%s", arch->multiarch);
	strv_addf(ret, "/usr/include/%s", arch->multiarch);
	/* Of packages for cross compilers. */
	strv_addf(ret, "/usr/%s/include", arch->multiarch);
}

void arch_names(struct strv *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		strv_add(ret, archs[i].name);
}
