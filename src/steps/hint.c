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
