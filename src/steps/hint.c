#include "steps/steps.h"

/* The first that fits is told. */
static const struct {
	const char *words, *hint;
} hints[] = {
	{"No space left on device",
	 "the disk is full; make room there, or build elsewhere with -o"},
	{"gnu/stubs-32.h' file not found",
	 "glibc's headers take this target for 32-bit x86; add -D__x86_64__ to cflags "
	 "(defines: {__x86_64__: 1}), or do not include libc headers"},
	{"bpf/bpf_helpers.h' file not found",
	 "libbpf's headers are missing; Debian has them in libbpf-dev"},
	{"asm/types.h' file not found",
	 "the kernel's user-space headers are missing; Debian has them in linux-libc-dev"},
	{"linux/bpf.h' file not found",
	 "the kernel's user-space headers are missing; Debian has them in linux-libc-dev"},
	{"Must specify a BPF target arch",
	 "bpf_tracing.h needs to know the architecture: -D__TARGET_ARCH_x86, for example"},
};

const char *step_noise(const char *said)
{
	/* To a compiler this is a reason to print its stack, which is nobody's concern. */
	if (strstr(said, "No space left on device"))
		return strstr(said, "PLEASE submit a bug report");
	return NULL;
}

char *step_hint(const struct step *s, const char *said)
{
	(void)s;
	for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
		if (strstr(said, hints[i].words))
			return xstrdup(hints[i].hint);
	return NULL;
}

/*
 * The type that a compiler misses, in words such as "incomplete definition of type 'const struct
 * user_pt_regs'" or "no member named 'regs' in 'struct pt_regs'". Caller frees.
 */
static char *missing_type(const char *said)
{
	static const char *const words[] = {"incomplete definition of type '",
					    "has incomplete type '", "incomplete type '",
					    "no member named '"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *at = strstr(said, words[i]);

		if (!at)
			continue;
		at += strlen(words[i]);
		if (i == ARRAY_SIZE(words) - 1) {
			at = strstr(at, "' in '");
			if (!at)
				return NULL;
			at += strlen("' in '");
		}
		if (str_starts(at, "const "))
			at += strlen("const ");
		if (str_starts(at, "volatile "))
			at += strlen("volatile ");
		return xstrndup(at, strcspn(at, "'\n"));
	}
	return NULL;
}

/* A program for another architecture that is compiled with types which are not that one's. */
char *step_hint_compile(const struct step *s, const char *said)
{
	const struct compile *c = step_compile_of(s);
	const struct arch *arch = c->way->arch.arch;
	_cleanup_free_ char *type = arch && !c->way->arch.has_types ? missing_type(said) : NULL;

	if (!type || arch == arch_host())
		return step_hint(s, said);
	return xasprintf(
		"%s is not as it is on %s: the types it was compiled with are another "
		"architecture's; give those of %s: --vmlinux %s=FILE, or vmlinux: {%s: FILE} in "
		"skep.yaml (raw BTF, a kernel with BTF, or a header)",
		type, arch->name, arch->name, arch->name, arch->name);
}
