/*
 * A job in a virtual machine, by hand and for tests/cli/vm.bats:
 *
 *	vm_run [OPTION...] KERNEL AGENT OBJECT[=PROGRAM]...
 *
 * Prints a line for each frame, as it comes. Exit status 1 after a message when there is no
 *machine. -A ARCH		of the kernel (x86_64) -a WORDS	more of the kernel's command line
 *	-b, -s, -d SECONDS	for the boot, for silence, for a program
 *	-e		no KVM
 *	-l		whole logs of what is accepted, too
 *	-m MODULE	to load first
 *	-q QEMU		to start
 *	-t		with milliseconds before each line
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>

#include "base/arch.h"
#include "base/file.h"
#include "base/path.h"
#include "kernel/vm.h"
#include "kernel/vm_machine.h"
#include "kernel/wire.h"

static bool with_times;
static int64_t start;

static void print_verdict(const struct wire_frame *f)
{
	static const char *const kinds[] = {[VERDICT_ACCEPTED] = "accepted",
					    [VERDICT_REJECTED] = "rejected",
					    [VERDICT_UNTRIED] = "untried",
					    [VERDICT_TIMEOUT] = "timeout",
					    [VERDICT_CRASHED] = "crashed"};
	_cleanup_verdict_ struct verdict v = {0};

	if (verdict_get(f->payload, f->size, &v) < 0) {
		printf("a verdict that cannot be read\n");
		return;
	}
	printf("verdict %s %s%s %s", v.object, *v.program ? v.program : "-",
	       v.unprivileged ? " unprivileged" : "", kinds[v.kind]);
	if (v.error)
		printf(" error %d", v.error);
	if (strlen(v.log) > 1024)
		printf(" log %zu KiB", strlen(v.log) / 1024);
	printf("\n");
	if (v.kind != VERDICT_ACCEPTED && *v.said)
		printf("said %s\n", v.said);
}

static void print_frame(const struct wire_frame *f)
{
	static const char *const names[] = {
		[WIRE_HELLO] = "hello", [WIRE_OBJECT] = "object", [WIRE_TROUBLE] = "trouble"};

	if (with_times)
		printf("%5lld ", (long long)(vm_now() - start));
	if (f->type == WIRE_VERDICT)
		print_verdict(f);
	else if (f->type == WIRE_DONE)
		printf("done\n");
	else
		printf("%s %.*s\n", names[f->type], (int)strnlen(f->payload, f->size), f->payload);
	fflush(stdout);
}

static int print_frames(int fd)
{
	_cleanup_(wire_reader_free) struct wire_reader reader = {0};
	char block[64 << 10];
	struct wire_frame f;
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) > 0) {
		wire_feed(&reader, block, (size_t)n);
		while (wire_next(&reader, &f) == 1)
			print_frame(&f);
	}
	return n < 0;
}

/* "OBJECT" or "OBJECT=PROGRAM"; one object has all the tries that follow each other. */
static int add_object(struct load_job *job, char *word)
{
	struct load_object o = {0};
	struct load_try t = {0};
	char *program = strchr(word, '=');
	int err;

	if (program)
		*program++ = '\0';
	if (program)
		t.program = xstrdup(program);
	if (job->objects.n && str_eq(job->objects.v[job->objects.n - 1].name, path_base(word))) {
		vec_push(&job->objects.v[job->objects.n - 1].tries, t);
		return 0;
	}
	o.name = xstrdup(path_base(word));
	vec_push(&o.tries, t);
	err = file_read(word, FILE_MAX_SIZE, &o.data);
	if (err < 0)
		fprintf(stderr, "vm_run: %s: %s\n", word, strerror(-err));
	vec_push(&job->objects, o);
	return err;
}

static int run(const struct vm_options *o, const struct kernel *k, const struct load_job *job)
{
	int fds[2], status, err;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return 2;
	pid = fork();
	if (pid < 0)
		return 2;
	if (pid == 0) {
		close(fds[1]);
		_exit(print_frames(fds[0]));
	}
	close(fds[0]);
	err = vm_run(o, k, job, fds[1]);
	close(fds[1]);
	waitpid(pid, &status, 0);
	return err < 0 || status;
}

static unsigned number(const char *s)
{
	return (unsigned)strtoul(s, NULL, 10);
}

static bool read_option(int opt, struct vm_options *o, struct kernel *k, struct load_job *job)
{
	switch (opt) {
	case 'A':
		k->arch = arch_find(optarg);
		return k->arch;
	case 'a':
		o->append = optarg;
		return true;
	case 'b':
		o->boot_seconds = number(optarg);
		return true;
	case 'd':
		job->seconds = number(optarg);
		return true;
	case 'e':
		o->emulate = true;
		return true;
	case 'l':
		return job->want_all_logs = true;
	case 'm':
		strv_add(&k->modules, optarg);
		return true;
	case 'q':
		o->qemu = optarg;
		return true;
	case 's':
		o->silent_seconds = number(optarg);
		return true;
	case 't':
		return with_times = true;
	}
	return false;
}

int main(int argc, char **argv)
{
	_cleanup_load_job_ struct load_job job = {.allow_run = true};
	struct kernel k = {.arch = arch_find("x86_64")};
	struct vm_options o = {0};
	int opt, status;

	while ((opt = getopt(argc, argv, "A:a:b:d:elm:q:s:t")) != -1)
		if (!read_option(opt, &o, &k, &job))
			return 2;
	if (argc - optind < 2) {
		fprintf(stderr, "usage: vm_run [OPTION...] KERNEL AGENT OBJECT[=PROGRAM]...\n");
		return 2;
	}
	k.image = argv[optind];
	k.name = argv[optind];
	o.agent = argv[optind + 1];
	for (int i = optind + 2; i < argc; i++)
		if (add_object(&job, argv[i]) < 0)
			return 2;
	start = vm_now();
	status = run(&o, &k, &job);
	strv_free(&k.modules);
	return status;
}
