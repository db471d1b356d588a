#include "kernel/vm_host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include "base/file.h"
#include "base/message.h"
#include "base/path.h"
#include "base/process.h"
#include "kernel/vm_machine.h"
#include <version.h> /* not the one beside this file */

#define DEFAULT_MEMORY 768 /* MiB */

/* How a machine of an architecture is called. */
struct vm_kind {
	const char *arch;
	const char *qemu, *package;
	const char *machine, *emulated_cpu;
	const char *const *devices; /* that carry the agent's frames, which go to "output" */
	const char *console, *output;
	const char *append;
};

static const char *const debug_port[] = {"-device", "isa-debugcon,iobase=0xe9,chardev=output",
					 NULL};
static const char *const virtio_console[] = {"-device", "virtio-serial-pci", "-device",
					     "virtconsole,chardev=output", NULL};

static const struct vm_kind kinds[] = {
	/* QEMU 7.2's cmpxchg16b is not atomic: kernels that use it for their slabs crash. Where
	 * erms is, they copy and clear with instructions that QEMU emulates byte by byte. */
	{"x86_64", "qemu-system-x86_64", "qemu-system-x86", "q35", "max,-cx16,-erms", debug_port,
	 "ttyS0", "port:0xe9", "tsc=reliable no_timer_check"},
	{"arm64", "qemu-system-aarch64", "qemu-system-arm", "virt", "cortex-a57", virtio_console,
	 "ttyAMA0", "/dev/hvc0", ""},
};

static const struct vm_kind *find_kind(const struct arch *arch)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (str_eq(kinds[i].arch, arch->name))
			return &kinds[i];
	return NULL;
}

/* --- KVM */

/* Where there is a /dev/kvm and no such processor (in guests with paravirtual KVM), no kernel as
 * distributions ship it gets to its first line. */
static bool cpu_can_virtualize(void)
{
#if defined(__x86_64__) || defined(__i386__)
	unsigned a, b, c, d;
	bool vmx = __get_cpuid(1, &a, &b, &c, &d) && (c & 1u << 5);
	bool svm = __get_cpuid(0x80000001, &a, &b, &c, &d) && (c & 1u << 2);

	return vmx || svm;
#else
	return true;
#endif
}

bool vm_has_kvm(const struct arch *arch)
{
	_cleanup_close_ int kvm = -1, machine = -1;

	if (arch != arch_host() || !cpu_can_virtualize())
		return false;
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0 || ioctl(kvm, KVM_GET_API_VERSION, 0) != KVM_API_VERSION)
		return false;
	machine = ioctl(kvm, KVM_CREATE_VM, 0);
	return machine >= 0;
}

/* --- files */

/* The folder of the running program; NULL where /proc does not tell. */
static char *own_folder(void)
{
	_cleanup_free_ char *self = realpath("/proc/self/exe", NULL);

	return self ? path_dir(self) : NULL;
}

char *vm_find_agent(const struct arch *arch)
{
	_cleanup_free_ char *name = xasprintf("skep-agent-%s", arch->name), *own = own_folder();
	_cleanup_strv_ struct strv folders = {0};
	const char *env = getenv("SKEP_AGENT_DIR");

	if (env && *env)
		strv_add(&folders, env);
	if (own) {
		strv_addf(&folders, "%s/agent", own);
		strv_addf(&folders, "%s/../libexec/skep", own);
	}
	strv_add(&folders, SKEP_LIBEXECDIR);
	for (size_t i = 0; i < folders.n; i++) {
		_cleanup_free_ char *path = path_join(folders.v[i], name);

		if (file_exists(path))
			return steal(&path);
	}
	message_error(
		-ENOENT,
		"virtual machine: there is no %s, which loads programs in it: this skep was "
		"built without; build it where static libraries of libbpf, libelf and zlib are",
		name);
	return NULL;
}

static int find_qemu(const struct vm_options *o, const struct vm_kind *kind, struct strv *ret)
{
	char *path = process_find(o->qemu ? o->qemu : kind->qemu);

	if (!path && o->qemu)
		return message_error(-ENOENT, "virtual machine: %s: there is no such program",
				     o->qemu);
	if (!path)
		return message_error(-ENOENT,
				     "virtual machine: %s is not in PATH: install it (Debian: "
				     "apt-get install %s)",
				     kind->qemu, kind->package);
	strv_take(ret, path);
	return 0;
}

/* --- the command line */

static void add_words(struct strv *ret, const char *const *words)
{
	for (; *words; words++)
		strv_add(ret, *words);
}

/*
 * What every kernel is told. Not the defaults: expedited RCU and no self-tests of ciphers save half
 * a second of a boot, and so do parts that hold keys and certificates. Mitigations stay on:
 * verifiers judge programs of the unprivileged by them.
 */
static const char kernel_words[] =
	"quiet panic=-1 nokaslr rcupdate.rcu_expedited=1 random.trust_cpu=on cryptomgr.notests "
	"initcall_blacklist=load_system_certificate_list,jent_mod_init,init_encrypted,"
	"crypto_kdf108_init";

static void add_append(const struct vm_options *o, const struct vm_kind *kind, struct strv *ret)
{
	strv_add(ret, "-append");
	strv_addf(ret, "console=%s agent.out=%s %s %s %s", kind->console, kind->output,
		  kernel_words, kind->append, o->append ? o->append : "");
}

int vm_command(const struct vm_options *o, const struct kernel *k, bool kvm, struct strv *ret)
{
	static const char *const always[] = {"-nodefaults",
					     "-no-user-config",
					     "-display",
					     "none",
					     "-no-reboot",
					     "-nic",
					     "none",
					     "-chardev",
					     "file,id=output,path=" VM_OUTPUT_PATH,
					     "-chardev",
					     "file,id=console,path=" VM_CONSOLE_PATH,
					     "-serial",
					     "chardev:console",
					     "-initrd",
					     VM_INITRD_PATH,
					     NULL};
	const struct vm_kind *kind = find_kind(k->arch);
	int err;

	if (!kind)
		return message_error(
			-EOPNOTSUPP,
			"virtual machine: %s: kernels of %s cannot be started (those of "
			"x86_64 and arm64 can)",
			k->name, k->arch->name);
	err = find_qemu(o, kind, ret);
	if (err < 0)
		return err;
	strv_add(ret, "-machine");
	strv_add(ret, kind->machine);
	strv_add(ret, "-accel");
	strv_add(ret, kvm ? "kvm" : "tcg,tb-size=128");
	strv_add(ret, "-cpu");
	strv_add(ret, kvm ? "host" : kind->emulated_cpu);
	strv_add(ret, "-m");
	strv_addf(ret, "%u", o->memory ? o->memory : DEFAULT_MEMORY);
	add_words(ret, always);
	add_words(ret, kind->devices);
	strv_add(ret, "-kernel");
	strv_add(ret, k->image);
	add_append(o, kind, ret);
	return 0;
}
