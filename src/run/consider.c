#include "run/cache.h"
#include "run/runner.h"

static void consider(struct runner *r, struct job *j);

static void print_commands(struct runner *r, const struct job *j)
{
	for (size_t i = 0; r->o->want_commands && i < j->work.commands.n; i++) {
		_cleanup_buf_ struct buf line = {0};

		job_print_command(j, &j->work.commands.v[i], &line);
		runner_send(r, RUN_COMMAND, j->step, line.v);
	}
}

/* Its inputs do not exist yet: only its commands can be told. */
static void dry_run_blind(struct runner *r, struct step *s)
{
	struct job *j = job_new(s);

	if (r->o->want_reasons)
		runner_send(r, RUN_REASON, s, "something it needs would be made anew");
	if (s->kind->prepare(s, &j->work) == 0)
		print_commands(r, j);
	job_release(j);
	runner_send(r, RUN_WOULD_RUN, s, NULL);
	runner_finish(r, s, STEP_WOULD_RUN);
}

static bool needs_would_run(const struct step *s)
{
	vec_foreach (n, &s->needs)
		if ((*n)->status == STEP_WOULD_RUN)
			return true;
	return false;
}

/* Why the store does not have it, for people who ask. */
static void explain_miss(struct runner *r, const struct job *j)
{
	_cleanup_free_ char *why = cache_explain(j, r->o), *text = NULL;

	if (!why)
		return;
	text = xasprintf("not in the store: %s", why);
	runner_send(r, RUN_REASON, j->step, text);
}

static void make_runnable(struct runner *r, struct job *j)
{
	if (r->o->cache->store && r->o->want_reasons && j->is_new)
		explain_miss(r, j);
	queue_push(&r->runnable, j->step);
}

/* What was done in vain is done in another way, which may be known or up to date. */
static void find_other_way(struct runner *r, struct job *j, const char *said)
{
	buf_puts(&j->child.said, said);
	if (job_reconsider(j, r->o, true)) {
		consider(r, j);
		return;
	}
	j->child.said.n = 0;
	make_runnable(r, j);
}

/* asked: the remote store has answered. */
static void restore(struct runner *r, struct job *j, bool asked)
{
	_cleanup_free_ char *said = NULL;

	switch (job_restore(j, r->o)) {
	case CACHE_HIT:
		runner_conclude(r, j);
		break;
	case CACHE_USELESS:
		said = buf_steal(&j->child.said);
		runner_settle(r, j, TWIN_USELESS, said);
		find_other_way(r, j, said);
		break;
	case CACHE_MISS:
		if (!asked && cache_ask(j, r->o))
			r->asking++;
		else
			make_runnable(r, j);
	}
}

/* It is not up to date: another step may be the same action, or the store may have it. */
static void look_elsewhere(struct runner *r, struct job *j)
{
	struct twin *twin = twins_join(&r->twins, j);

	j->twin = twin;
	if (twin->state == TWIN_BUSY && twin->owner != j)
		vec_push(&twin->waiting, j);
	else if (twin->state == TWIN_USELESS)
		find_other_way(r, j, twin->said);
	else if (twin->state == TWIN_DONE && job_copy(j, twin->step->output, &twin->output))
		runner_conclude(r, j);
	else
		restore(r, j, false);
}

static void take_answer(const struct digest *action, bool found, void *arg)
{
	struct runner *r = arg;
	struct job *j = twins_owner(&r->twins, action);

	r->asking--;
	if (!j)
		return;
	if (found)
		cache_adopt(j, r->o);
	restore(r, j, true);
}

void runner_take_answers(struct runner *r)
{
	if (r->asking)
		remote_answers(r->o->cache->remote, take_answer, r);
}

void runner_settle(struct runner *r, struct job *j, enum twin_state state, const char *said)
{
	struct twin *twin = j ? j->twin : NULL;
	__typeof__(twin->waiting) waiting;

	if (!twin || twin->owner != j)
		return;
	waiting = twin->waiting;
	memset(&twin->waiting, 0, sizeof(twin->waiting));
	twin->state = state;
	twin->owner = NULL;
	twin->step = j->step;
	twin->output = j->output.hash;
	twin->said = said ? xstrdup(said) : NULL;
	j->twin = NULL;
	vec_foreach (w, &waiting)
		look_elsewhere(r, *w);
	vec_free(&waiting);
}

static void look_into(struct runner *r, struct job *j)
{
	if (job_name(j, r->o) < 0)
		runner_fail(r, j->step, NULL, NULL);
	else if (!r->o->cache || j->work.never_keep)
		queue_push(&r->runnable, j->step);
	else
		look_elsewhere(r, j);
}

static void consider(struct runner *r, struct job *j)
{
	_cleanup_free_ char *reason = NULL;
	struct step *s = j->step;
	int check = job_check(j, r->o, &reason);

	if (check < 0) {
		runner_fail(r, s, NULL, NULL);
		return;
	}
	if (r->o->want_reasons && s->remark)
		runner_send(r, RUN_NOTE, s, s->remark);
	if (check == JOB_CLEAN) {
		runner_finish(r, s, STEP_CLEAN);
		runner_send(r, RUN_CLEAN, s, NULL);
		return;
	}
	if (r->o->want_reasons)
		runner_send(r, RUN_REASON, s, reason);
	if (r->o->dry_run) {
		print_commands(r, j);
		runner_send(r, RUN_WOULD_RUN, s, NULL);
		runner_finish(r, s, STEP_WOULD_RUN);
		return;
	}
	look_into(r, j);
}

void runner_consider(struct runner *r, struct step *s)
{
	if (r->o->dry_run && needs_would_run(s)) {
		dry_run_blind(r, s);
		return;
	}
	s->job = job_new(s);
	consider(r, s->job);
}

bool runner_try_again(struct runner *r, struct job *j, bool failed)
{
	_cleanup_free_ char *said = xstrdup(j->child.said.v ? j->child.said.v : "");

	if (!job_reconsider(j, r->o, failed))
		return false;
	runner_settle(r, j, TWIN_USELESS, said);
	consider(r, j);
	return true;
}

bool runner_start(struct runner *r, struct step *s)
{
	runner_send(r, RUN_START, s, NULL);
	print_commands(r, s->job);
	s->status = STEP_RUNNING;
	if (job_start_command(s->job) > 0)
		return true;
	runner_fail(r, s, NULL, NULL);
	return false;
}
