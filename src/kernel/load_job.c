#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "kernel/load.h"
#include "store/codec.h"

#define MAGIC 0x316a6c73 /* "slj1" */

static void try_free(struct load_try *t)
{
	free(t->program);
	strv_free(&t->with);
}

static void pairs_free(struct load_pairs *l)
{
	vec_foreach (p, l) {
		free(p->name);
		free(p->value);
	}
	vec_free(l);
}

static void object_free(struct load_object *o)
{
	free(o->name);
	buf_free(&o->data);
	vec_foreach (t, &o->tries)
		try_free(t);
	vec_free(&o->tries);
	pairs_free(&o->globals);
	pairs_free(&o->targets);
	pairs_free(&o->types);
	pairs_free(&o->map_sizes);
}

void load_job_free(struct load_job *j)
{
	vec_foreach (o, &j->objects)
		object_free(o);
	vec_free(&j->objects);
	*j = (struct load_job){0};
}

/* The flags of a try and of a job, one bit each. */
enum { TRY_UNPRIVILEGED = 1, TRY_RUN = 2, TRY_TRANSLATED = 4, TRY_ALL = 8 };
enum { JOB_RUN = 1, JOB_ALL_LOGS = 2, JOB_MACHINE = 4 };

static void put_try(struct buf *b, const struct load_try *t)
{
	put_u32(b, (t->unprivileged ? TRY_UNPRIVILEGED : 0) | (t->run ? TRY_RUN : 0) |
			   (t->want_translated ? TRY_TRANSLATED : 0) | (t->program ? 0 : TRY_ALL));
	put_string(b, t->program ? t->program : "");
	put_u32(b, (uint32_t)t->with.n);
	for (size_t i = 0; i < t->with.n; i++)
		put_string(b, t->with.v[i]);
	put_u32(b, t->log_level);
	put_u32(b, t->flags);
}

static struct load_try get_try(struct reader *r)
{
	uint32_t bits = get_u32(r), n;
	const char *program = get_string(r);
	struct load_try t = {
		.program = bits & TRY_ALL ? NULL : xstrdup(program),
		.unprivileged = bits & TRY_UNPRIVILEGED,
		.run = bits & TRY_RUN,
		.want_translated = bits & TRY_TRANSLATED,
	};

	n = get_u32(r);
	for (uint32_t i = 0; i < n && !r->bad; i++)
		strv_add(&t.with, get_string(r));
	t.log_level = get_u32(r);
	t.flags = get_u32(r);
	return t;
}

static void put_pairs(struct buf *b, const struct load_pairs *l)
{
	put_u32(b, (uint32_t)l->n);
	vec_foreach (p, l) {
		put_string(b, p->name);
		put_string(b, p->value);
	}
}

static void get_pairs(struct reader *r, struct load_pairs *ret)
{
	uint32_t n = get_u32(r);

	for (uint32_t i = 0; i < n && !r->bad; i++) {
		struct load_pair p = {.name = xstrdup(get_string(r))};

		p.value = xstrdup(get_string(r));
		vec_push(ret, p);
	}
}

static void put_object(struct buf *b, const struct load_object *o)
{
	put_string(b, o->name);
	put_u32(b, (uint32_t)o->data.n);
	buf_add(b, o->data.v, o->data.n);
	put_u32(b, (uint32_t)o->tries.n);
	vec_foreach (t, &o->tries)
		put_try(b, t);
	put_pairs(b, &o->globals);
	put_pairs(b, &o->targets);
	put_pairs(b, &o->types);
	put_pairs(b, &o->map_sizes);
}

static struct load_object get_object(struct reader *r)
{
	struct load_object o = {.name = xstrdup(get_string(r))};
	uint32_t n = get_u32(r);
	const void *data = get_bytes(r, n);

	if (data)
		buf_add(&o.data, data, n);
	n = get_u32(r);
	for (uint32_t i = 0; i < n && !r->bad; i++)
		vec_push(&o.tries, get_try(r));
	get_pairs(r, &o.globals);
	get_pairs(r, &o.targets);
	get_pairs(r, &o.types);
	get_pairs(r, &o.map_sizes);
	return o;
}

void load_job_put(const struct load_job *j, struct buf *ret)
{
	put_u32(ret, MAGIC);
	put_u32(ret, j->seconds);
	put_u32(ret, j->log_limit);
	put_u32(ret, (j->allow_run ? JOB_RUN : 0) | (j->want_all_logs ? JOB_ALL_LOGS : 0) |
			     (j->own_machine ? JOB_MACHINE : 0));
	put_u32(ret, (uint32_t)j->objects.n);
	vec_foreach (o, &j->objects)
		put_object(ret, o);
}

int load_job_get(const void *data, size_t size, struct load_job *ret)
{
	struct reader r = reader_of((struct state_value){data, size});
	struct load_job j = {0};
	uint32_t bits, n;

	if (get_u32(&r) != MAGIC)
		return -EBADMSG;
	j.seconds = get_u32(&r);
	j.log_limit = get_u32(&r);
	bits = get_u32(&r);
	j.allow_run = bits & JOB_RUN;
	j.want_all_logs = bits & JOB_ALL_LOGS;
	j.own_machine = bits & JOB_MACHINE;
	n = get_u32(&r);
	for (uint32_t i = 0; i < n && !r.bad; i++)
		vec_push(&j.objects, get_object(&r));
	if (r.bad || r.at != r.end) {
		load_job_free(&j);
		return -EBADMSG;
	}
	*ret = j;
	return 0;
}
