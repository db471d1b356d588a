/* Asking a libLLVM what it can do, with the few functions that takes. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/child.h"
#include "base/file.h"
#include "base/message.h"
#include "llvm/find.h"

#define SECONDS_MAX 10

static const char *const triples[] = {"bpf", "bpfeb", "bpfel"};

/* Of LLVM-C; enumerations are given as the ints they are. */
struct functions {
	void (*get_version)(unsigned *major, unsigned *minor, unsigned *patch);
	void (*init_info)(void);
	void (*init_target)(void);
	void (*init_code)(void);
	void *(*get_target)(const char *name);
	void *(*create_machine)(void *target, const char *triple, const char *cpu,
				const char *features, int level, int relocation, int model);
};

static const struct {
	const char *name;
	size_t at;
} symbols[] = {
	{"LLVMGetVersion", offsetof(struct functions, get_version)},
	{"LLVMInitializeBPFTargetInfo", offsetof(struct functions, init_info)},
	{"LLVMInitializeBPFTarget", offsetof(struct functions, init_target)},
	{"LLVMInitializeBPFTargetMC", offsetof(struct functions, init_code)},
	{"LLVMGetTargetFromName", offsetof(struct functions, get_target)},
	{"LLVMCreateTargetMachine", offsetof(struct functions, create_machine)},
};

static void find_functions(void *library, struct functions *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
		void *p = dlsym(library, symbols[i].name);

		memcpy((char *)ret + symbols[i].at, &p, sizeof(p));
	}
}

/* LLVM lists the processors on stderr when it is asked for one called help. */
static void capture_help(const struct functions *f, void *target, struct buf *ret)
{
	_cleanup_close_ int fd = memfd_create("help", MFD_CLOEXEC);
	_cleanup_free_ char *path = xasprintf("/proc/self/fd/%d", fd);

	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
		return;
	f->create_machine(target, triples[0], "help", "", 0, 0, 0);
	file_read(path, 1 << 20, ret);
}

/* The first word of each line of the first list: "  v3      - Select the v3 processor." */
static void put_cpus(char *help, struct buf *ret)
{
	bool seen = false;
	char *line;

	while ((line = strsep(&help, "\n"))) {
		size_t blanks = strspn(line, " "), n = strcspn(line + blanks, " ");

		if (blanks && n) {
			buf_printf(ret, "%s%.*s", seen ? " " : "", (int)n, line + blanks);
			seen = true;
		} else if (seen) {
			break;
		}
	}
}

static void put_facts(const struct functions *f, struct buf *out)
{
	_cleanup_buf_ struct buf help = {0};
	unsigned major, minor, patch;
	void *target = NULL, *t;
	bool is_there = f->init_info && f->init_target && f->init_code && f->get_target;

	f->get_version(&major, &minor, &patch);
	buf_printf(out, "%u.%u.%u\n", major, minor, patch);
	if (is_there) {
		f->init_info();
		f->init_target();
		f->init_code();
	}
	for (size_t i = 0; is_there && i < ARRAY_SIZE(triples); i++) {
		t = f->get_target(triples[i]);
		if (t)
			buf_printf(out, "%s%s", target ? " " : "", triples[i]);
		target = t ? t : target;
	}
	buf_putc(out, '\n');
	if (target && f->create_machine)
		capture_help(f, target, &help);
	if (help.n)
		put_cpus(help.v, out);
	buf_putc(out, '\n');
}

static int inspect(void *arg, struct buf *out)
{
	const char *path = arg;
	void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	struct functions f;

	if (!library)
		return message_error(-ELIBBAD, "libLLVM: %s: cannot be loaded: %s", path,
				     dlerror());
	find_functions(library, &f);
	if (!f.get_version)
		return message_error(-ELIBBAD,
				     "libLLVM: %s: it does not tell its version: it is "
				     "older than LLVM 16, or no libLLVM",
				     path);
	put_facts(&f, out);
	return 0;
}

int llvm_inspect(const char *path, struct llvm_facts *ret)
{
	_cleanup_free_ char *what = xasprintf("libLLVM: %s", path);
	_cleanup_buf_ struct buf out = {0};
	char *rest;
	int err = child_run(what, SECONDS_MAX, inspect, (void *)path, &out);

	if (err < 0)
		return err;
	rest = out.v;
	ret->version = xstrdup(strsep(&rest, "\n"));
	ret->targets = xstrdup(rest ? strsep(&rest, "\n") : "");
	ret->cpus = xstrdup(rest ? strsep(&rest, "\n") : "");
	return 0;
}

void llvm_facts_free(struct llvm_facts *f)
{
	free(f->version);
	free(f->targets);
	free(f->cpus);
	*f = (struct llvm_facts){0};
}
