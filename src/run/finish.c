#include "run/runner.h"

void runner_send(struct runner *r, enum run_event_type type, const struct step *s, const char *text)
{
	struct run_event e = {.type = type,
			      .step = s,
			      .text = text,
			      .done = r->done,
			      .total = r->total,
			      .running = (unsigned)r->jobs.n};

	r->o->on_event(&e, r->o->arg);
}

bool runner_is_finished(enum step_status s)
{
	return s >= STEP_CLEAN;
}

static void tell_those_who_need(struct runner *r, struct step *s, bool stops)
{
	vec_foreach (p, &s->needed_by) {
		struct step *next = *p;

		if (!next->wanted || runner_is_finished(next->status))
			continue;
		if (stops) {
			runner_finish(r, next, STEP_CANCELLED);
		} else if (--next->n_unfinished == 0) {
			next->status = STEP_READY;
			queue_push(&r->ready, next);
		}
	}
}

void runner_finish(struct runner *r, struct step *s, enum step_status status)
{
	s->status = status;
	r->done++;
	r->result.clean += status == STEP_CLEAN;
	r->result.ran += status == STEP_DONE;
	r->result.failed += status == STEP_FAILED;
	r->result.blocked += status == STEP_CANCELLED;
	r->result.would_run += status == STEP_WOULD_RUN;
	if (status == STEP_FAILED && !r->o->keep_going)
		r->stopping = true;
	if (s->job)
		job_release(s->job);
	s->job = NULL;
	if (s->kind->end)
		s->kind->end(s);
	tell_those_who_need(r, s, status == STEP_FAILED || status == STEP_CANCELLED);
}

void runner_fail(struct runner *r, struct step *s, char *said, const char *why)
{
	const char *noise = said && s->kind->noise ? s->kind->noise(said) : NULL;
	_cleanup_free_ char *hint = said && s->kind->hint ? s->kind->hint(s, said) : NULL;
	_cleanup_free_ char *text = said ? xstrdup(said) : NULL;
	struct run_event e = {
		.type = RUN_FAILED, .step = s, .text = text ? text : "", .why = why, .hint = hint};

	if (noise)
		text[noise - said] = '\0';
	runner_settle(r, s->job, TWIN_FREE, NULL);
	runner_finish(r, s, STEP_FAILED);
	e.done = r->done;
	e.total = r->total;
	r->o->on_event(&e, r->o->arg);
}

void runner_conclude(struct runner *r, struct job *j)
{
	struct run_event e = {.type = RUN_DONE,
			      .step = j->step,
			      .restored = j->origin == JOB_FROM_STORE,
			      .shared = j->origin == JOB_FROM_TWIN};
	_cleanup_free_ char *note = NULL, *said = NULL;

	if (job_finish(j, r->o, &note) < 0) {
		runner_fail(r, j->step, j->child.said.v, NULL);
		return;
	}
	r->result.restored += e.restored;
	r->result.shared += e.shared;
	said = xstrdup(j->child.said.v ? j->child.said.v : "");
	runner_settle(r, j, j->kept ? TWIN_DONE : TWIN_FREE, NULL);
	runner_finish(r, j->step, STEP_DONE);
	e.text = said;
	e.done = r->done;
	e.total = r->total;
	r->o->on_event(&e, r->o->arg);
	if (note)
		runner_send(r, RUN_NOTE, e.step, note);
}
