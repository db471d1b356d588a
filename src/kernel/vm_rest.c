#include "kernel/vm_rest.h"

#include <bpf/libbpf.h>
#include <errno.h>

#include "base/child.h"

#define LIST_SECONDS 20 /* of processor time, to find out what an object's programs are */

static void add_part(struct vm_rest *r, struct vm_part p)
{
	vec_push(&r->parts, p);
}

void vm_rest_begin(struct vm_rest *r, const struct load_job *job)
{
	r->job = job;
	vec_foreach (o, &job->objects)
		add_part(r, (struct vm_part){.object = o});
}

void vm_rest_free(struct vm_rest *r)
{
	vec_free(&r->parts);
	vec_free(&r->seen);
	strv_free(&r->names);
}

void vm_rest_put(const struct vm_rest *r, struct buf *ret)
{
	struct load_job job = *r->job;

	/* The bytes of objects stay where they are; only the lists are new. */
	memset(&job.objects, 0, sizeof(job.objects));
	job.own_machine = true;
	vec_foreach (p, &r->parts) {
		struct load_object o = *p->object;

		if (p->is_single) {
			o.tries.v = &p->single;
			o.tries.n = o.tries.cap = 1;
		}
		vec_push(&job.objects, o);
	}
	load_job_put(&job, ret);
	vec_free(&job.objects);
}

int vm_rest_object(struct vm_rest *r)
{
	if (r->begun == r->parts.n)
		return -EBADMSG;
	r->begun++;
	r->seen.n = 0;
	return 0;
}

static bool is_same(const struct load_try *a, const char *program, bool unprivileged)
{
	return str_eq(a->program, program) && a->unprivileged == unprivileged;
}

int vm_rest_verdict(struct vm_rest *r, const struct verdict *v)
{
	struct load_try seen = {.unprivileged = v->unprivileged};

	if (!r->begun || !str_eq(v->object, r->parts.v[r->begun - 1].object->name))
		return -EBADMSG;
	strv_add(&r->names, v->program);
	seen.program = r->names.v[r->names.n - 1];
	vec_push(&r->seen, seen);
	return 0;
}

/* --- splitting */

/* Names of programs that a loader would load, each with its NUL. */
static int list_programs(void *arg, struct buf *out)
{
	const struct load_object *o = arg;
	struct bpf_object *object;
	struct bpf_program *p;

	libbpf_set_print(NULL);
	object = bpf_object__open_mem(o->data.v, o->data.n, NULL);
	if (!object)
		return -EBADMSG;
	bpf_object__for_each_program(p, object) if (bpf_program__autoload(p))
		buf_add(out, bpf_program__name(p), strlen(bpf_program__name(p)) + 1);
	bpf_object__close(object);
	return 0;
}

/* Whether a verdict came for it; a verdict counts for one try. */
static bool take_seen(struct vm_rest *r, const struct load_try *t)
{
	vec_foreach (s, &r->seen)
		if (s->program && is_same(s, t->program, t->unprivileged)) {
			s->program = NULL;
			return true;
		}
	return false;
}

static void add_single(struct vm_rest *r, const struct load_object *o, struct load_try t,
		       char *program)
{
	struct vm_part p = {.object = o, .is_single = true, .single = t};

	p.single.program = program;
	if (!take_seen(r, &p.single))
		add_part(r, p);
}

/* An object that cannot be read stays one part: it has no programs to tell apart. */
static void split(struct vm_rest *r, const struct load_object *o)
{
	_cleanup_buf_ struct buf names = {0};
	const char *end;

	vec_foreach (t, &o->tries) {
		if (t->program) {
			add_single(r, o, *t, t->program);
			continue;
		}
		if (!names.n &&
		    child_run(o->name, LIST_SECONDS, list_programs, (void *)o, &names) < 0) {
			add_part(r, (struct vm_part){.object = o, .is_single = true, .single = *t});
			continue;
		}
		end = names.v + names.n;
		for (const char *s = names.v; s < end; s += strlen(s) + 1) {
			strv_add(&r->names, s);
			add_single(r, o, *t, r->names.v[r->names.n - 1]);
		}
	}
}

int vm_rest_died(struct vm_rest *r, struct vm_part *ret_part)
{
	size_t at = r->begun ? r->begun - 1 : 0, n = r->parts.n;
	struct vm_part *old = r->parts.v;
	int guilty = 0;

	r->parts.v = NULL;
	r->parts.n = r->parts.cap = 0;
	if (at < n && !old[at].is_single) {
		split(r, old[at].object);
	} else if (at < n && !r->seen.n) {
		*ret_part = old[at];
		guilty = 1;
	}
	for (size_t i = at + 1; i < n; i++)
		add_part(r, old[i]);
	free(old);
	r->begun = 0;
	r->seen.n = 0;
	return guilty;
}
