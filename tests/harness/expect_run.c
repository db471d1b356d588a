/*
 * What annotated objects ask for, and whether a kernel gives it:
 *
 *	expect_run [OPTION...] OBJECT...
 *	-c		only count expectations, privileged and unprivileged
 *	-k KERNEL	an image, to be started in a virtual machine; the running kernel without it
 *	-a AGENT	for that machine
 *	-m MODULE	to load there first
 *	-q		no line for what is met
 *	-r		run programs on the running kernel, too
 *	-v		the log of what failed
 *
 * Prints "PASSED OBJECT PROGRAM", with " @unpriv" when it is unprivileged, or FAILED and SKIPPED
 * with the reason, and a summary of both ways. Exit status 1 when something failed.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/path.h"
#include "kernel/expect.h"
#include "kernel/vm.h"
#include "kernel/wire.h"

struct subject {
	const char *path;
	expectation_list expectations;
	bool *is_answered;
};

static VEC(struct subject) subjects;
static bool is_quiet, is_verbose;

enum { PASSED, SKIPPED, FAILED };
static const char *const words[] = {"PASSED", "SKIPPED", "FAILED"};
static size_t counts[2][3];

static void print(const struct subject *s, const struct expectation *e, int how, const char *why)
{
	counts[e->unprivileged][how]++;
	if (how == PASSED && is_quiet)
		return;
	printf("%s %s %s%s%s%s\n", words[how], path_base(s->path), e->program,
	       e->unprivileged ? " @unpriv" : "", why ? ": " : "", why ? why : "");
	fflush(stdout);
}

static bool is_for(const struct expectation *e, const char *arch)
{
	vec_foreach (a, &e->archs)
		if (str_eq((*a)->name, arch))
			return true;
	return !e->archs.n;
}

static void judge(const struct subject *s, const struct expectation *e, const struct verdict *v)
{
	_cleanup_free_ char *why = NULL, *gap = NULL;

	if (!is_for(e, "x86_64")) {
		print(s, e, SKIPPED, "another architecture");
		return;
	}
	if (v->unprivileged && v->kind == VERDICT_UNTRIED) {
		print(s, e, SKIPPED, v->said);
		if (is_verbose)
			printf("%s\n", v->log);
		return;
	}
	why = expectation_check(e, v);
	gap = why ? NULL : expectation_gap(e, v);
	print(s, e, why ? FAILED : gap ? SKIPPED : PASSED, why ? why : gap);
	if (why && is_verbose)
		printf("%s\n%s\n%s\n", v->said, v->log, v->translated);
}

static void take_verdict(const struct wire_frame *f)
{
	_cleanup_verdict_ struct verdict v = {0};

	if (verdict_get(f->payload, f->size, &v) < 0)
		return;
	vec_foreach (s, &subjects) {
		if (!str_eq(s->path, v.object))
			continue;
		for (size_t i = 0; i < s->expectations.n; i++) {
			const struct expectation *e = &s->expectations.v[i];

			if (s->is_answered[i] || e->unprivileged != v.unprivileged ||
			    !str_eq(e->program, v.program))
				continue;
			s->is_answered[i] = true;
			judge(s, e, &v);
		}
	}
}

static int take_frames(int fd)
{
	_cleanup_(wire_reader_free) struct wire_reader reader = {0};
	static char block[64 << 10];
	struct wire_frame f;
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) > 0) {
		wire_feed(&reader, block, (size_t)n);
		while (wire_next(&reader, &f) == 1) {
			if (f.type == WIRE_VERDICT)
				take_verdict(&f);
			else if (f.type == WIRE_TROUBLE)
				printf("trouble: %.*s\n", (int)f.size, f.payload);
		}
	}
	return n < 0 ? -1 : 0;
}

static int ask(const struct load_job *job, const struct kernel *k, const struct vm_options *o)
{
	int fds[2], status, err;
	pid_t pid;

	if (pipe(fds) < 0)
		return -1;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		_exit((k->image ? vm_run(o, k, job, fds[1]) : load_job_run(job, fds[1])) < 0);
	}
	close(fds[1]);
	err = take_frames(fds[0]);
	return waitpid(pid, &status, 0) < 0 || status ? -1 : err;
}

static int add_object(struct load_job *job, const char *path)
{
	struct subject s = {.path = path};
	struct load_object o = {.name = xstrdup(path)};
	int err = file_read(path, FILE_MAX_SIZE, &o.data);

	err = err < 0 ? err : expectations_read(path, o.data.v, o.data.n, &s.expectations);
	if (err < 0)
		fprintf(stderr, "%s: %s\n", path, strerror(-err));
	s.is_answered = xcalloc(s.expectations.n + 1, sizeof(bool));
	vec_foreach (e, &s.expectations)
		vec_push(&o.tries, e->attempt);
	vec_push(&subjects, s);
	vec_push(&job->objects, o);
	return err;
}

static void finish(void)
{
	static const struct verdict none = {.kind = VERDICT_UNTRIED};

	vec_foreach (s, &subjects)
		for (size_t i = 0; i < s->expectations.n; i++)
			if (!s->is_answered[i])
				judge(s, &s->expectations.v[i], &none);
	for (int side = 0; side < 2; side++)
		printf("%s: %zu PASSED, %zu SKIPPED, %zu FAILED\n",
		       side ? "unprivileged" : "privileged", counts[side][PASSED],
		       counts[side][SKIPPED], counts[side][FAILED]);
}

static void count(void)
{
	size_t n[2] = {0};

	vec_foreach (s, &subjects)
		vec_foreach (e, &s->expectations)
			n[e->unprivileged]++;
	printf("%zu objects, %zu privileged, %zu unprivileged\n", subjects.n, n[0], n[1]);
}

int main(int argc, char **argv)
{
	/* Emulated machines are slow, the more so beside other work. */
	struct load_job job = {.log_limit = 2 << 20, .seconds = 300};
	struct kernel k = {.arch = arch_find("x86_64")};
	struct vm_options o = {0};
	bool only_count = false;
	int opt, err = 0;

	while ((opt = getopt(argc, argv, "ck:a:m:qrv")) != -1) {
		if (opt == 'c')
			only_count = true;
		else if (opt == 'k')
			k.image = k.name = optarg;
		else if (opt == 'a')
			o.agent = optarg;
		else if (opt == 'm')
			strv_add(&k.modules, optarg);
		else if (opt == 'q')
			is_quiet = true;
		else if (opt == 'v')
			is_verbose = true;
		else if (opt == 'r')
			job.allow_run = true;
		else
			return 2;
	}
	job.own_machine = k.image;
	job.allow_run |= job.own_machine;
	for (; optind < argc; optind++)
		err |= add_object(&job, argv[optind]);
	if (only_count) {
		count();
		return err ? 1 : 0;
	}
	err |= ask(&job, &k, &o);
	finish();
	return err || counts[0][FAILED] || counts[1][FAILED];
}
