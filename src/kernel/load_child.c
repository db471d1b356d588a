#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "kernel/load_parts.h"
#include "kernel/wire.h"
#include "store/codec.h"

/* Bytes for the figures of one program among others. */
#define FIGURES_SIZE ((size_t)64 << 10)
#define MAX_PENALTY 64

struct verdict load_end_verdict(const struct load_object *o, const char *program,
				enum verdict_kind kind, int error, char *said)
{
	return (struct verdict){
		.object = xstrdup(o->name),
		.program = xstrdup(program ? program : ""),
		.kind = kind,
		.error = error,
		.said = said,
	};
}

struct verdict load_begin_verdict(const struct loader *l, const struct load_attempt *a,
				  const struct bpf_object *obj)
{
	struct verdict v = load_end_verdict(l->object, a->program, VERDICT_UNTRIED, 0, xstrdup(""));
	const struct bpf_program *p = bpf_object__find_program_by_name(obj, a->program);

	v.unprivileged = a->how->unprivileged;
	if (p) {
		v.section = xstrdup(bpf_program__section_name(p));
		v.type = xstrdup(load_type_name(p));
		v.size = (uint32_t)bpf_program__insn_cnt(p);
	}
	return v;
}

/* The parent is gone when it cannot be written to, and so is the reason to go on. */
static void send_frame(const struct loader *l, enum wire_type type, const struct buf *b)
{
	if (wire_write(l->fd, type, b->v, b->n) < 0)
		_exit(1);
}

static void send_verdict(const struct loader *l, struct verdict *v)
{
	_cleanup_buf_ struct buf b = {0};

	verdict_put(v, &b);
	send_frame(l, WIRE_VERDICT, &b);
	verdict_free(v);
}

void load_announce(const struct loader *l, size_t at, size_t end, const struct verdict *v)
{
	_cleanup_buf_ struct buf b = {0};

	put_u32(&b, (uint32_t)at);
	put_u32(&b, (uint32_t)end);
	verdict_put(v, &b);
	send_frame(l, WIRE_TRYING, &b);
}

static void send_plan(const struct loader *l)
{
	_cleanup_buf_ struct buf all = {0}, one = {0};

	vec_foreach (a, &l->attempts) {
		struct verdict v = load_begin_verdict(l, a, l->spare);

		one.n = 0;
		verdict_put(&v, &one);
		put_u32(&all, (uint32_t)one.n);
		buf_add(&all, one.v, one.n);
		verdict_free(&v);
	}
	send_frame(l, WIRE_OBJECT, &all);
}

static void add_attempt(struct loader *l, const struct load_try *how, const char *program)
{
	struct load_attempt a = {.how = how, .program = xstrdup(program)};

	vec_push(&l->attempts, a);
}

/* Opens the object, which says what the attempts are. */
static void make_plan(struct loader *l)
{
	struct bpf_program *p;

	vec_foreach (t, &l->object->tries) {
		if (t->program) {
			add_attempt(l, t, t->program);
			continue;
		}
		bpf_object__for_each_program(p, l->spare) if (bpf_program__autoload(p))
			add_attempt(l, t, bpf_program__name(p));
	}
}

/* Whether an attempt asks for nothing but a verdict, so that others can be made with it. */
static bool is_plain(const struct loader *l, const struct load_attempt *a)
{
	const struct load_try *t = a->how;
	const struct bpf_program *p = bpf_object__find_program_by_name(l->spare, a->program);

	return p && !l->job->want_all_logs && !t->with.n && !t->unprivileged && !t->run &&
	       !t->want_translated && !t->log_level && !t->flags &&
	       bpf_program__type(p) != BPF_PROG_TYPE_EXT &&
	       !load_pair_of(&l->object->targets, a->program);
}

static bool has_program(const struct loader *l, size_t at, size_t end, const char *name)
{
	for (size_t i = at; i < end; i++)
		if (str_eq(l->attempts.v[i].program, name))
			return true;
	return false;
}

/* How far attempts can be made together; needs an opened object. A program has one verdict. */
static size_t end_of_together(const struct loader *l, size_t at)
{
	size_t end = at;

	while (end < l->attempts.n && is_plain(l, &l->attempts.v[end]) &&
	       !has_program(l, at, end, l->attempts.v[end].program))
		end++;
	return end;
}

static struct bpf_object *take_object(struct loader *l)
{
	int err;

	return l->spare ? steal(&l->spare) : load_open(l->object, &err, NULL);
}

/* A program's place among those of its object, which is the order in which they are loaded. */
static size_t index_of(const struct bpf_object *obj, const char *name)
{
	struct bpf_program *p;
	size_t i = 0;

	bpf_object__for_each_program(p, obj)
	{
		if (str_eq(bpf_program__name(p), name))
			return i;
		i++;
	}
	return SIZE_MAX;
}

static bool has_figures(const char *log)
{
	struct verdict_figures f;

	verdict_read_figures(log, &f);
	return f.instructions != 0;
}

/* How many of the attempts from at on were accepted before one was not, or all when only what
 * comes after all programs went wrong. */
static size_t count_accepted(const struct loader *l, size_t at, size_t end,
			     const struct bpf_object *obj, const char *logs, int err)
{
	_cleanup_free_ char *culprit = load_said_program();
	size_t last = culprit ? index_of(obj, culprit) : 0, i;

	if (strstr(load_said(), "failed to initialize slot"))
		last = SIZE_MAX;
	if (!err)
		return end - at;
	for (i = at; i < end; i++)
		if (index_of(obj, l->attempts.v[i].program) >= last ||
		    !has_figures(logs + (i - at) * FIGURES_SIZE))
			break;
	return i - at;
}

static void prepare_together(const struct loader *l, size_t at, size_t end, struct bpf_object *obj,
			     char *logs)
{
	_cleanup_strv_ struct strv names = {0};

	for (size_t i = at; i < end; i++) {
		const char *name = l->attempts.v[i].program;
		struct bpf_program *p = bpf_object__find_program_by_name(obj, name);

		strv_add(&names, name);
		bpf_program__set_log_level(p, 4);
		bpf_program__set_log_buf(p, logs + (i - at) * FIGURES_SIZE, FIGURES_SIZE);
	}
	load_choose(obj, &names, false);
}

static void give_accepted(const struct loader *l, size_t at, const struct bpf_object *obj,
			  const char *log)
{
	struct verdict v = load_begin_verdict(l, &l->attempts.v[at], obj);

	v.kind = VERDICT_ACCEPTED;
	verdict_read_figures(log, &v.figures);
	send_verdict(l, &v);
}

/* What libbpf refused before it asked the kernel would be refused alone just the same. */
static bool give_refused(const struct loader *l, size_t at, const struct bpf_object *obj,
			 const char *log, int err)
{
	const char *name = l->attempts.v[at].program;
	struct verdict v;

	if (*log || strstr(load_said(), "BPF program load failed"))
		return false;
	v = load_begin_verdict(l, &l->attempts.v[at], obj);
	v.kind = VERDICT_REJECTED;
	v.error = -err;
	free(v.said);
	v.said = load_said_text(name);
	send_verdict(l, &v);
	return true;
}

/*
 * Makes attempts [at, end) together and gives verdicts on those that were accepted before one that
 * was not, and on that one when the kernel was not asked; *ret_given is how many they are. True
 * when the next one was rejected.
 */
static bool load_together(struct loader *l, size_t at, size_t end, size_t *ret_given)
{
	size_t size = (end - at) * FIGURES_SIZE, n;
	char *logs = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct bpf_object *obj = take_object(l);
	_cleanup_free_ char *culprit = NULL;
	struct verdict nothing = {0};
	bool known_bad;
	int err;

	*ret_given = 0;
	if (logs == MAP_FAILED || !obj)
		return false;
	prepare_together(l, at, end, obj, logs);
	load_said_begin();
	load_announce(l, at, end, &nothing);
	err = bpf_object__load(obj);
	n = count_accepted(l, at, end, obj, logs, err);
	for (size_t i = 0; i < n; i++)
		give_accepted(l, at + i, obj, logs + i * FIGURES_SIZE);
	culprit = load_said_program();
	known_bad = at + n < end && culprit && str_eq(culprit, l->attempts.v[at + n].program);
	if (known_bad && give_refused(l, at + n, obj, logs + n * FIGURES_SIZE, err)) {
		known_bad = false;
		n++;
	}
	bpf_object__close(obj);
	munmap(logs, size);
	*ret_given = n;
	return known_bad;
}

/* Where one is rejected the next often is, too: then it is cheaper to ask for each alone. */
static void learn(struct loader *l, size_t given, bool failed)
{
	if (!failed || given >= 2)
		l->penalty = 0;
	else
		l->penalty = l->penalty < MAX_PENALTY ? 2 * l->penalty + 1 : MAX_PENALTY;
	l->alone = l->penalty;
}

static size_t next_together(struct loader *l, size_t at)
{
	int err;

	if (at < l->start.alone_until || l->alone)
		return at;
	if (!l->spare)
		l->spare = load_open(l->object, &err, NULL);
	return l->spare ? end_of_together(l, at) : at;
}

static void work(struct loader *l)
{
	for (size_t at = l->start.at; at < l->attempts.n;) {
		size_t end = next_together(l, at), given = 0;
		struct verdict v;
		bool known_bad = false;

		if (end - at > 1) {
			known_bad = load_together(l, at, end, &given);
			at += given;
			learn(l, given, at < end);
			if (given && !known_bad)
				continue;
		} else if (l->alone) {
			l->alone--;
		}
		v = load_alone(l, at++, known_bad);
		send_verdict(l, &v);
	}
}

/* The object cannot be opened, or a setting is wrong: each try says so. */
static void refuse(struct loader *l, int error, const char *why)
{
	vec_foreach (t, &l->object->tries) {
		struct verdict v = load_end_verdict(l->object, t->program, VERDICT_UNTRIED, error,
						    xstrdup(why));

		v.unprivileged = t->unprivileged;
		send_verdict(l, &v);
	}
}

_Noreturn void load_child(const struct load_job *j, const struct load_object *o,
			  struct load_start start, int fd)
{
	struct loader l = {.job = j, .object = o, .fd = fd, .start = start};
	_cleanup_free_ char *why = NULL;
	struct buf nothing = {0};
	int error;

	l.log = mmap(NULL, LOAD_LOG_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (l.log == MAP_FAILED)
		_exit(1);
	load_said_begin();
	l.spare = load_open(o, &error, &why);
	if (l.spare) {
		make_plan(&l);
		send_plan(&l);
		work(&l);
	} else {
		refuse(&l, error, why);
	}
	send_frame(&l, WIRE_DONE, &nothing);
	_exit(0);
}
