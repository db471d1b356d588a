#include "types.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include "base/mem.h"

/* Of one module, by the number that the kernel gave them. They live as long as the process. */
struct module_types {
	__u32 id;
	struct btf *btf;
};

static struct btf *vmlinux;
static VEC(struct module_types) modules;

/* The linker (--wrap) gives libbpf these for the functions that it calls. */
struct btf *__real_btf__load_vmlinux_btf(void);
struct btf *__wrap_btf__load_vmlinux_btf(void);
struct btf *__real_btf_get_from_fd(int fd, struct btf *base);
struct btf *__wrap_btf_get_from_fd(int fd, struct btf *base);
void __real_btf__free(struct btf *btf);
void __wrap_btf__free(struct btf *btf);

struct btf *__wrap_btf__load_vmlinux_btf(void)
{
	return vmlinux ? vmlinux : __real_btf__load_vmlinux_btf();
}

static int read_info(int fd, struct bpf_btf_info *ret)
{
	__u32 size = sizeof(*ret);

	*ret = (struct bpf_btf_info){0};
	return bpf_btf_get_info_by_fd(fd, ret, &size);
}

struct btf *__wrap_btf_get_from_fd(int fd, struct btf *base)
{
	struct bpf_btf_info info;

	if (base && base == vmlinux && read_info(fd, &info) == 0)
		vec_foreach (m, &modules)
			if (m->id == info.id)
				return m->btf;
	return __real_btf_get_from_fd(fd, base);
}

void __wrap_btf__free(struct btf *btf)
{
	if (btf && btf == vmlinux)
		return;
	vec_foreach (m, &modules)
		if (m->btf == btf)
			return;
	__real_btf__free(btf);
}

/* Those of modules are the kernel's, too, and have a name. */
static void share_module(__u32 id)
{
	char name[64] = "";
	struct bpf_btf_info info = {.name = (__u64)(unsigned long)name, .name_len = sizeof(name)};
	__u32 size = sizeof(info);
	int fd = bpf_btf_get_fd_by_id(id);
	struct btf *btf;

	if (fd < 0)
		return;
	if (bpf_btf_get_info_by_fd(fd, &info, &size) == 0 && info.kernel_btf &&
	    __builtin_strcmp(name, "vmlinux") != 0) {
		btf = __real_btf_get_from_fd(fd, vmlinux);
		if (libbpf_get_error(btf) == 0)
			vec_push(&modules, ((struct module_types){id, btf}));
	}
	close(fd);
}

void types_share(void)
{
	libbpf_print_fn_t print = libbpf_set_print(NULL);

	vmlinux = __real_btf__load_vmlinux_btf();
	for (__u32 id = 0; vmlinux && bpf_btf_get_next_id(id, &id) == 0;)
		share_module(id);
	libbpf_set_print(print);
}
