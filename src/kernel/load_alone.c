#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "kernel/load_parts.h"
#include "kernel/translated.h"

#define DEFAULT_LOG_LIMIT ((size_t)256 << 10)
/* A log that fills the buffer up to this was cut off by the kernel. */
#define LOG_FULL (LOAD_LOG_SIZE - 4096)

enum { LEVEL_LOG = 1, LEVEL_ALL = 2, LEVEL_FIGURES = 4 };

static size_t log_limit(const struct loader *l)
{
	return l->job->log_limit ? l->job->log_limit : DEFAULT_LOG_LIMIT;
}

static void say(struct verdict *v, char *text)
{
	free(v->said);
	v->said = text;
}

static void set_log(const struct loader *l, struct verdict *v)
{
	free(v->log);
	v->log = load_cut_log(l->log, log_limit(l));
}

/* Why an attempt is not made at all, as a sentence; NULL when it is. Caller frees. */
static char *find_obstacle(const struct loader *l, const struct load_attempt *a,
			   const struct bpf_object *obj)
{
	const struct bpf_program *p = bpf_object__find_program_by_name(obj, a->program);
	_cleanup_strv_ struct strv names = {0};
	struct bpf_program *each;
	const char *near;

	if (!p) {
		bpf_object__for_each_program(each, obj) strv_add(&names, bpf_program__name(each));
		near = strv_nearest(&names, a->program);
		return near ? xasprintf("the object has no program \"%s\"; is it \"%s\"?",
					a->program, near)
			    : xasprintf("the object has no program \"%s\"", a->program);
	}
	if (bpf_program__type(p) == BPF_PROG_TYPE_EXT)
		return xstrdup("it replaces a function of another program, which would have to "
			       "be loaded before");
	if (a->how->unprivileged && !l->job->own_machine)
		return xstrdup("an unprivileged try is made in a virtual machine only");
	if (a->how->unprivileged && load_allow_unprivileged() < 0)
		return xstrdup("the kernel does not let unprivileged processes load programs");
	return NULL;
}

/* One load at a log level; the object, if any, is the caller's to close. */
static int load_once(struct loader *l, const struct load_attempt *a, uint32_t level,
		     struct bpf_object **ret_obj, char **ret_why)
{
	int err = 0;
	struct bpf_object *obj = l->spare ? steal(&l->spare) : load_open(l->object, &err, ret_why);
	const char *target = load_pair_of(&l->object->targets, a->program);
	_cleanup_strv_ struct strv names = {0};
	struct bpf_program *p;

	*ret_obj = obj;
	if (!obj)
		return err;
	strv_add(&names, a->program);
	strv_add_all(&names, &a->how->with);
	load_choose(obj, &names, a->how->unprivileged);
	p = bpf_object__find_program_by_name(obj, a->program);
	bpf_program__set_flags(p, bpf_program__flags(p) | a->how->flags);
	bpf_program__set_log_level(p, level);
	bpf_program__set_log_buf(p, l->log, LOAD_LOG_SIZE);
	l->log[0] = '\0';
	load_said_begin();
	err = target ? load_set_target(p, target, ret_why) : 0;
	if (err < 0)
		return err;
	if (a->how->unprivileged)
		load_set_privileged(false);
	err = bpf_object__load(obj);
	if (a->how->unprivileged)
		load_set_privileged(true);
	return err;
}

/* Whether it failed for this program, not for another part of its object. */
static bool is_own_failure(const struct load_attempt *a)
{
	_cleanup_free_ char *culprit = load_said_program();

	return culprit ? str_eq(culprit, a->program) : strstr(load_said(), "extern") != NULL;
}

/* The error of a load becomes a verdict. */
static void settle_failure(const struct loader *l, const struct load_attempt *a,
			   const struct bpf_object *obj, int err, char **why, struct verdict *v)
{
	char *map = *why || !obj ? NULL : load_explain_map(obj);

	v->error = -err;
	if (*why)
		say(v, steal(why));
	else
		say(v, map ? map : load_said_text(NULL));
	v->kind = l->log[0] || is_own_failure(a) || (obj && err == -ESRCH) ? VERDICT_REJECTED
									   : VERDICT_UNTRIED;
	set_log(l, v);
	verdict_read_figures(l->log, &v->figures);
}

/* Libbpf fills arrays of programs after it has loaded those; the verifier has accepted them then,
 * whether or not the others of the array are there. */
static bool is_accepted(const struct loader *l, int err)
{
	struct verdict_figures f;

	if (!err)
		return true;
	verdict_read_figures(l->log, &f);
	return strstr(load_said(), "failed to initialize slot") && f.instructions;
}

/* What was missing, when it was not the kernel's verdict but a lack of rights. */
static bool lacks_rights(const struct load_attempt *a, int err, struct verdict *v)
{
	_cleanup_free_ char *missing = NULL;

	if (err != -EPERM || a->how->unprivileged)
		return false;
	missing = load_missing_rights();
	if (!*missing)
		return false;
	v->kind = VERDICT_UNTRIED;
	say(v, xasprintf("loading it needs %s", missing));
	return true;
}

/* Kernels from 6.4 on keep the end of a log that is too long, those before its beginning. */
static char *note_limit(const char *log)
{
	struct verdict_figures f;
	unsigned mib = (LOAD_LOG_SIZE + 1) >> 20;

	verdict_read_figures(log, &f);
	return f.instructions
		       ? xasprintf("[only the last %u MiB of the log are here]\n%s", mib, log)
		       : xasprintf("%s\n[only the first %u MiB of the log are here]\n", log, mib);
}

/* A log longer than the kernel takes a buffer for makes the load fail; the verdict is had without.
 */
static int load_without_log(struct loader *l, size_t at, struct bpf_object **obj, char **why,
			    struct verdict *v)
{
	const struct load_attempt *a = &l->attempts.v[at];
	_cleanup_free_ char *log = load_cut_log(l->log, log_limit(l));
	int err;

	bpf_object__close(*obj);
	load_announce(l, at, at + 1, v);
	err = load_once(l, a, LEVEL_FIGURES, obj, why);
	if (is_accepted(l, err))
		v->kind = VERDICT_ACCEPTED;
	else
		settle_failure(l, a, *obj, err, why, v);
	verdict_read_figures(l->log, &v->figures);
	free(v->log);
	v->log = note_limit(log);
	return err;
}

static void use_loaded(struct loader *l, size_t at, const struct bpf_object *obj, struct verdict *v)
{
	const struct load_attempt *a = &l->attempts.v[at];
	const struct bpf_program *p = bpf_object__find_program_by_name(obj, a->program);
	_cleanup_buf_ struct buf text = {0};

	if (a->how->want_translated && translated_read(bpf_program__fd(p), &text) == 0)
		v->translated = buf_steal(&text);
	if (a->how->run && l->job->allow_run) {
		load_announce(l, at, at + 1, v);
		load_run(p, v);
	}
}

static void try_alone(struct loader *l, size_t at, bool known_bad, struct verdict *v)
{
	const struct load_attempt *a = &l->attempts.v[at];
	uint32_t level = a->how->log_level | (l->job->want_all_logs ? LEVEL_ALL : 0) |
			 (known_bad ? LEVEL_LOG : 0);
	struct bpf_object *obj = NULL;
	_cleanup_free_ char *why = NULL;
	int err;

	load_announce(l, at, at + 1, v);
	err = load_once(l, a, level | LEVEL_FIGURES, &obj, &why);
	if (!is_accepted(l, err) && err != -ENOSPC && l->log[0] && !(level & 3)) {
		settle_failure(l, a, obj, err, &why, v);
		bpf_object__close(obj);
		load_announce(l, at, at + 1, v);
		err = load_once(l, a, LEVEL_LOG | LEVEL_FIGURES, &obj, &why);
	}
	if (err == -ENOSPC && strlen(l->log) >= LOG_FULL) {
		err = load_without_log(l, at, &obj, &why, v);
	} else if (is_accepted(l, err)) {
		v->kind = VERDICT_ACCEPTED;
		v->error = 0;
		say(v, xstrdup(""));
		verdict_read_figures(l->log, &v->figures);
		if (a->how->log_level || l->job->want_all_logs)
			set_log(l, v);
	} else {
		settle_failure(l, a, obj, err, &why, v);
		lacks_rights(a, err, v);
	}
	if (!err)
		use_loaded(l, at, obj, v);
	bpf_object__close(obj);
}

struct verdict load_alone(struct loader *l, size_t at, bool known_bad)
{
	const struct load_attempt *a = &l->attempts.v[at];
	_cleanup_free_ char *why = NULL, *obstacle = NULL;
	struct verdict v;
	int error = 0;

	if (!l->spare)
		l->spare = load_open(l->object, &error, &why);
	if (!l->spare)
		return load_end_verdict(l->object, a->program, VERDICT_UNTRIED, error, steal(&why));
	v = load_begin_verdict(l, a, l->spare);
	obstacle = find_obstacle(l, a, l->spare);
	if (obstacle)
		say(&v, steal(&obstacle));
	else
		try_alone(l, at, known_bad, &v);
	/* The kernel has written up to 16 MiB. */
	madvise(l->log, LOAD_LOG_SIZE, MADV_DONTNEED);
	return v;
}
