#include "types.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>

static struct btf *shared; /* lives as long as the process */

/* The linker (--wrap) gives libbpf these for the functions that it calls. */
struct btf *__real_btf__load_vmlinux_btf(void);
struct btf *__wrap_btf__load_vmlinux_btf(void);
void __real_btf__free(struct btf *btf);
void __wrap_btf__free(struct btf *btf);

struct btf *__wrap_btf__load_vmlinux_btf(void)
{
	return shared ? shared : __real_btf__load_vmlinux_btf();
}

void __wrap_btf__free(struct btf *btf)
{
	if (!shared || btf != shared)
		__real_btf__free(btf);
}

void types_share(void)
{
	libbpf_print_fn_t print = libbpf_set_print(NULL);

	shared = __real_btf__load_vmlinux_btf();
	libbpf_set_print(print);
}
