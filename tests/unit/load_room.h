/* Programs made by clang in a test, and what loading them gives. */
#ifndef SKEP_TESTS_UNIT_LOAD_ROOM_H
#define SKEP_TESTS_UNIT_LOAD_ROOM_H

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/message.h"
#include "kernel/load.h"
#include "kernel/wire.h"

/* Before each source. What libbpf's headers would bring is only this much. */
#define LOAD_HEAD                                                                    \
	"#include <linux/bpf.h>\n"                                                   \
	"#include <bpf/bpf_helpers.h>\n"                                             \
	"char LICENSE[] SEC(\"license\") = \"GPL\";\n"                               \
	"#define FINE(name) SEC(\"xdp\") int name(struct xdp_md *c) { return 2; }\n" \
	"#define ARRAY(name, entries) struct { __uint(type, BPF_MAP_TYPE_ARRAY);"    \
	" __type(key, int); __type(value, int); __uint(max_entries, entries); }"     \
	" name SEC(\".maps\");\n"

/* The directory of headers that linux/bpf.h includes, as Debian names it. */
#if defined(__aarch64__)
#define LOAD_ASM "aarch64"
#else
#define LOAD_ASM "x86_64"
#endif

/* Compiles for target ("bpf"); false, said aloud, where there is no clang. */
static inline bool load_compile(const char *target, const char *source, struct buf *ret)
{
	char dir[] = "/tmp/skep-test-load-XXXXXX";
	_cleanup_free_ char *in = NULL, *out = NULL, *command = NULL;
	bool good;

	if (!mkdtemp(dir))
		return false;
	in = xasprintf("%s/in.c", dir);
	out = xasprintf("%s/out.o", dir);
	command = xasprintf("clang-19 --target=%s -g -O2 -mcpu=v3 "
			    "-I/usr/include/" LOAD_ASM "-linux-gnu -c %s -o %s",
			    target, in, out);
	good = file_write(in, source, strlen(source)) == 0 && system(command) == 0 &&
	       file_read(out, FILE_MAX_SIZE, ret) == 0;
	file_remove_tree(dir);
	if (!good)
		fprintf(stderr, "# clang-19 does not compile here: %s\n", command);
	return good;
}

static inline void load_add(struct load_job *j, const char *name, struct buf *data)
{
	struct load_object o = {.name = xstrdup(name), .data = *data};
	struct load_try all = {0};

	vec_push(&o.tries, all);
	vec_push(&j->objects, o);
	*data = (struct buf){0};
}

static inline void load_set(struct load_pairs *l, const char *name, const char *value)
{
	struct load_pair p = {.name = xstrdup(name), .value = xstrdup(value)};

	vec_push(l, p);
}

struct load_answers {
	VEC(struct verdict) verdicts;
	struct strv objects; /* as they were begun */
	bool has_greeted, is_done;
	/* Called after each verdict with the process that does the job, if it is set. */
	void (*on_verdict)(pid_t pid, size_t n);
};

static inline void load_take(struct load_answers *a, const struct wire_frame *f, pid_t pid)
{
	struct verdict v;

	a->has_greeted |= f->type == WIRE_HELLO;
	a->is_done |= f->type == WIRE_DONE;
	if (f->type == WIRE_OBJECT)
		strv_add(&a->objects, f->payload);
	if (f->type != WIRE_VERDICT)
		return;
	assert_int_equal(verdict_get(f->payload, f->size, &v), 0);
	vec_push(&a->verdicts, v);
	if (a->on_verdict)
		a->on_verdict(pid, a->verdicts.n);
}

/* Runs a job in a process of its own, as skep does. */
static inline void load_answer(const struct load_job *j, struct load_answers *ret)
{
	struct wire_reader r = {0};
	struct wire_frame f;
	char chunk[4096];
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		_exit(load_job_run(j, fds[1]) < 0);
	}
	close(fds[1]);
	while ((n = read(fds[0], chunk, sizeof(chunk))) > 0) {
		wire_feed(&r, chunk, (size_t)n);
		while (wire_next(&r, &f) > 0)
			load_take(ret, &f, pid);
	}
	close(fds[0]);
	wire_reader_free(&r);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(ret->has_greeted && ret->is_done);
}

static inline void load_answers_free(struct load_answers *a)
{
	vec_foreach (v, &a->verdicts)
		verdict_free(v);
	vec_free(&a->verdicts);
	strv_free(&a->objects);
}
#define _cleanup_answers_ _cleanup_(load_answers_free)

/* The verdict on a program; the test fails when there is none. */
static inline const struct verdict *load_verdict_on(const struct load_answers *a,
						    const char *program)
{
	const struct verdict *found = NULL;

	vec_foreach (v, &a->verdicts)
		if (str_eq(v->program, program))
			found = v;
	if (!found)
		fail_msg("no verdict on \"%s\"", program);
	return found;
}

/* One object with all its programs, compiled from a source behind LOAD_HEAD. */
#define LOAD_JOB(job, source)                                       \
	_cleanup_load_job_ struct load_job job = {0};               \
	do {                                                        \
		_cleanup_buf_ struct buf data_ = {0};               \
		if (!load_compile("bpf", LOAD_HEAD source, &data_)) \
			skip();                                     \
		load_add(&(job), "test.bpf.o", &data_);             \
	} while (0)

#endif
