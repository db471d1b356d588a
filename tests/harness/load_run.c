/*
 * load_run [-s SECONDS] [-r] [-u] [-x] [-v] [-a] [-p PROGRAM] [-k KERNEL -A AGENT] OBJECT…: what
 * this machine's kernel, or another in a virtual machine, says of objects; a line per program:
 * object, program, kind, error, instructions, as load_alone prints them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/mem.h"
#include "kernel/kernels.h"
#include "kernel/load.h"
#include "kernel/vm.h"
#include "kernel/wire.h"

static const char *const kinds[] = {"accepted", "rejected", "untried", "timeout", "crashed"};
static bool verbose;

static void print_verdict(const struct wire_frame *f)
{
	struct verdict v;

	if (verdict_get(f->payload, f->size, &v) < 0) {
		puts("damaged verdict");
		return;
	}
	printf("%s %s %s %d %llu\n", v.object, *v.program ? v.program : "-", kinds[v.kind], v.error,
	       (unsigned long long)v.figures.instructions);
	if (verbose)
		printf("  section %s type %s size %u states %llu/%llu stack %u run %d %d %u\n"
		       "  said: %s\n  log: %s\n%s",
		       v.section, v.type, v.size, (unsigned long long)v.figures.peak_states,
		       (unsigned long long)v.figures.total_states, v.figures.stack, v.was_run,
		       v.run_error, v.run_result, v.said, v.log, v.translated);
	verdict_free(&v);
}

static int print_all(int fd)
{
	struct wire_reader r = {0};
	struct wire_frame f;
	char chunk[4096];
	ssize_t n;
	int got = 0;
	bool is_done = false;

	while (got >= 0 && (n = read(fd, chunk, sizeof(chunk))) > 0) {
		wire_feed(&r, chunk, (size_t)n);
		while ((got = wire_next(&r, &f)) > 0) {
			if (f.type == WIRE_VERDICT)
				print_verdict(&f);
			is_done |= f.type == WIRE_DONE;
		}
	}
	wire_reader_free(&r);
	if (!is_done)
		puts("not done");
	return is_done ? 0 : 1;
}

static int load(const struct load_job *j, const char *kernel, const char *agent, int fd)
{
	struct vm_options o = {.agent = agent};
	_cleanup_kernel_ struct kernel k = {0};
	int err;

	if (!kernel)
		return load_job_run(j, fd);
	err = kernel_find(kernel, &k);
	return err < 0 ? err : vm_run(&o, &k, j, fd);
}

static int run(const struct load_job *j, const char *kernel, const char *agent)
{
	int fds[2], result, status;
	pid_t pid;

	if (pipe(fds) < 0)
		return 2;
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		_exit(load(j, kernel, agent, fds[1]) < 0);
	}
	close(fds[1]);
	result = print_all(fds[0]);
	if (waitpid(pid, &status, 0) < 0 || status)
		return 2;
	return result;
}

static void add_object(struct load_job *j, const char *path, const struct load_try *t)
{
	struct load_object o = {.name = xstrdup(path)};
	struct load_try copy = *t;
	int err = file_read(path, FILE_MAX_SIZE, &o.data);

	if (err < 0)
		fprintf(stderr, "%s: %s\n", path, strerror(-err));
	copy.program = t->program ? xstrdup(t->program) : NULL;
	vec_push(&o.tries, copy);
	vec_push(&j->objects, o);
}

int main(int argc, char **argv)
{
	_cleanup_load_job_ struct load_job j = {0};
	struct load_try t = {0};
	const char *kernel = NULL, *agent = NULL;
	int c;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((c = getopt(argc, argv, "s:rvaxup:k:A:")) != -1) {
		if (c == 's')
			j.seconds = (uint32_t)atoi(optarg);
		else if (c == 'r')
			t.run = j.allow_run = true;
		else if (c == 'v')
			verbose = true;
		else if (c == 'a')
			j.want_all_logs = true;
		else if (c == 'u')
			t.unprivileged = true;
		else if (c == 'x')
			t.want_translated = true;
		else if (c == 'k')
			kernel = optarg;
		else if (c == 'A')
			agent = optarg;
		else if (c == 'p')
			t.program = optarg;
		else
			return 2;
	}
	for (; optind < argc; optind++)
		add_object(&j, argv[optind], &t);
	return run(&j, kernel, agent);
}
