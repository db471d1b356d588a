#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/message.h"
#include "kernel/load_parts.h"

/* What loading a program of a type asks for; found by trying, since a capability counts for
 * nothing inside of a user namespace. */
static const struct {
	enum bpf_prog_type type;
	const char *capability;
} asks[] = {
	{BPF_PROG_TYPE_SK_REUSEPORT, "CAP_BPF"},
	{BPF_PROG_TYPE_TRACEPOINT, "CAP_PERFMON"},
	{BPF_PROG_TYPE_XDP, "CAP_NET_ADMIN"},
};

static int try_type(enum bpf_prog_type type)
{
	static const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(type, NULL, "GPL", insns, ARRAY_SIZE(insns), NULL);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

char *load_missing_rights(void)
{
	struct buf b = {0};

	for (size_t i = 0; i < ARRAY_SIZE(asks); i++)
		if (try_type(asks[i].type) == -EPERM)
			buf_printf(&b, "%s%s", b.n ? ", " : "", asks[i].capability);
	return buf_steal(&b);
}

int load_check_rights(void)
{
	_cleanup_free_ char *missing = load_missing_rights();

	/* With this one some can be loaded; what the others lack is said of each. */
	if (!strstr(missing, "CAP_BPF"))
		return 0;
	return message_error(-EPERM,
			     "verify: the running kernel: loading programs needs %s; give them, or "
			     "ask a kernel in a virtual machine (--kernel VERSION)",
			     missing);
}

/* CAP_PERFMON and CAP_BPF are younger than some headers. */
static const unsigned dropped[] = {CAP_NET_ADMIN, CAP_SYS_ADMIN, 38, 39};

int load_set_privileged(bool privileged)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(dropped); i++) {
		struct __user_cap_data_struct *d = &data[dropped[i] / 32];
		uint32_t bit = 1u << dropped[i] % 32;

		d->effective =
			privileged ? d->effective | (d->permitted & bit) : d->effective & ~bit;
	}
	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

int load_allow_unprivileged(void)
{
	_cleanup_close_ int fd =
		open("/proc/sys/kernel/unprivileged_bpf_disabled", O_RDWR | O_CLOEXEC);
	char now;

	/* A kernel that has no such setting lets everybody. */
	if (fd < 0)
		return errno == ENOENT ? 0 : -EPERM;
	if (read(fd, &now, 1) == 1 && now == '0')
		return 0;
	return pwrite(fd, "0\n", 2, 0) == 2 ? 0 : -EPERM;
}
