#include "run/run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "base/message.h"
#include "base/process.h"
#include "run/cache.h"
#include "run/job.h"

/* How long children may take to end when the build is stopped. */
#define KILL_AFTER_MS 2000

struct runner {
	const struct run_options *o;
	struct run_result result;
	VEC(struct step *) ready; /* heap, highest priority first */
	VEC(struct job *) jobs;	  /* with a running child each */
	unsigned total, done;
	unsigned tokens; /* taken from the jobserver */
	bool stopping;	 /* start nothing more */
	int signal_fd;
	int64_t last_tick;
	int64_t kill_at; /* when children that were asked to end are killed */
};

static void send(struct runner *r, enum run_event_type type, const struct step *s, const char *text)
{
	struct run_event e = {.type = type,
			      .step = s,
			      .text = text,
			      .done = r->done,
			      .total = r->total,
			      .running = (unsigned)r->jobs.n};

	r->o->on_event(&e, r->o->arg);
}

static void ready_push(struct runner *r, struct step *s)
{
	size_t i = r->ready.n;

	vec_push(&r->ready, s);
	for (; i && r->ready.v[(i - 1) / 2]->priority < s->priority; i = (i - 1) / 2)
		r->ready.v[i] = r->ready.v[(i - 1) / 2];
	r->ready.v[i] = s;
}

static struct step *ready_pop(struct runner *r)
{
	struct step *top = r->ready.v[0], *last = r->ready.v[--r->ready.n];
	size_t i = 0;

	for (;;) {
		size_t k = 2 * i + 1;

		if (k >= r->ready.n)
			break;
		if (k + 1 < r->ready.n && r->ready.v[k + 1]->priority > r->ready.v[k]->priority)
			k++;
		if (r->ready.v[k]->priority <= last->priority)
			break;
		r->ready.v[i] = r->ready.v[k];
		i = k;
	}
	if (r->ready.n)
		r->ready.v[i] = last;
	return top;
}

static bool is_finished(enum step_status s)
{
	return s >= STEP_CLEAN;
}

/* The one place where a step reaches its last status. */
static void finish_step(struct runner *r, struct step *s, enum step_status status)
{
	bool stops = status == STEP_FAILED || status == STEP_CANCELLED;

	s->status = status;
	r->done++;
	r->result.clean += status == STEP_CLEAN;
	r->result.ran += status == STEP_DONE;
	r->result.failed += status == STEP_FAILED;
	r->result.blocked += status == STEP_CANCELLED;
	r->result.would_run += status == STEP_WOULD_RUN;
	if (status == STEP_FAILED && !r->o->keep_going)
		r->stopping = true;
	vec_foreach (p, &s->needed_by) {
		struct step *next = *p;

		if (!next->wanted || is_finished(next->status))
			continue;
		if (stops) {
			finish_step(r, next, STEP_CANCELLED);
		} else if (--next->n_unfinished == 0) {
			next->status = STEP_READY;
			ready_push(r, next);
		}
	}
}

/* said: what its commands said, or NULL; why: what happened, unless a message told it. */
static void fail_step(struct runner *r, struct step *s, char *said, const char *why)
{
	const char *noise = said && s->kind->noise ? s->kind->noise(said) : NULL;
	struct run_event e = {.type = RUN_FAILED,
			      .step = s,
			      .text = said ? said : "",
			      .why = why,
			      .hint = said && s->kind->hint ? s->kind->hint(said) : NULL};

	if (noise)
		said[noise - said] = '\0';
	finish_step(r, s, STEP_FAILED);
	e.done = r->done;
	e.total = r->total;
	r->o->on_event(&e, r->o->arg);
}

static bool needs_would_run(const struct step *s)
{
	vec_foreach (n, &s->needs)
		if ((*n)->status == STEP_WOULD_RUN)
			return true;
	return false;
}

static void print_commands(struct runner *r, const struct job *j)
{
	for (size_t i = 0; r->o->want_commands && i < j->work.commands.n; i++) {
		_cleanup_buf_ struct buf line = {0};

		job_print_command(j, &j->work.commands.v[i], &line);
		send(r, RUN_COMMAND, j->step, line.v);
	}
}

static struct job *job_new(struct step *s)
{
	struct job *j = xcalloc(1, sizeof(*j));

	j->step = s;
	j->child.fd = -1;
	return j;
}

/* Its inputs do not exist yet: only its commands can be told. */
static void dry_run_blind(struct runner *r, struct step *s)
{
	struct job *j = job_new(s);

	if (r->o->want_reasons)
		send(r, RUN_REASON, s, "something it needs would be made anew");
	if (s->kind->prepare(s, &j->work) == 0)
		print_commands(r, j);
	job_release(j);
	send(r, RUN_WOULD_RUN, s, NULL);
	finish_step(r, s, STEP_WOULD_RUN);
}

/* The end of a job whose output is there. */
static void conclude(struct runner *r, struct job *j)
{
	struct run_event e = {.type = RUN_DONE, .step = j->step, .restored = j->restored};
	_cleanup_free_ char *note = NULL;

	if (job_finish(j, r->o, &note) < 0) {
		fail_step(r, j->step, j->child.said.v, NULL);
		return;
	}
	r->result.restored += j->restored;
	finish_step(r, j->step, STEP_DONE);
	e.text = j->child.said.v ? j->child.said.v : "";
	e.done = r->done;
	e.total = r->total;
	r->o->on_event(&e, r->o->arg);
	if (note)
		send(r, RUN_NOTE, j->step, note);
}

/* Why the store does not have it, for people who ask. */
static void explain_miss(struct runner *r, const struct job *j)
{
	_cleanup_free_ char *why = cache_explain(j, r->o), *text = NULL;

	if (!why)
		return;
	text = xasprintf("not in the store: %s", why);
	send(r, RUN_REASON, j->step, text);
}

/*
 * Looks for a job in the store. 1: it has ended, 0: it has to run, -EAGAIN: it has to be looked at
 * once more.
 */
static int restore(struct runner *r, struct job *j)
{
	int found = r->o->cache ? job_restore(j, r->o) : 0;

	if (found == -EAGAIN)
		return found;
	if (found < 0)
		fail_step(r, j->step, NULL, NULL);
	else if (found > 0)
		conclude(r, j);
	else if (r->o->cache && r->o->want_reasons && j->is_new)
		explain_miss(r, j);
	return found != 0;
}

/*
 * Looks at a step: true when its first command runs now; else the step is finished, up to date,
 * failed or, in a dry run, only looked at.
 */
static bool begin_job(struct runner *r, struct job *j)
{
	_cleanup_free_ char *reason = NULL;
	struct step *s = j->step;
	int check = job_check(j, r->o, &reason);

	if (check < 0) {
		fail_step(r, s, NULL, NULL);
		return false;
	}
	if (r->o->want_reasons && s->remark)
		send(r, RUN_NOTE, s, s->remark);
	if (check == JOB_CLEAN) {
		finish_step(r, s, STEP_CLEAN);
		send(r, RUN_CLEAN, s, NULL);
		return false;
	}
	if (r->o->want_reasons)
		send(r, RUN_REASON, s, reason);
	if (r->o->dry_run) {
		print_commands(r, j);
		send(r, RUN_WOULD_RUN, s, NULL);
		finish_step(r, s, STEP_WOULD_RUN);
		return false;
	}
	switch (restore(r, j)) {
	case 1:
		return false;
	case -EAGAIN:
		return begin_job(r, j);
	}
	send(r, RUN_START, s, NULL);
	print_commands(r, j);
	s->status = STEP_RUNNING;
	if (job_start_command(j, r->o) > 0)
		return true;
	fail_step(r, s, NULL, NULL);
	return false;
}

static void begin_step(struct runner *r, struct step *s)
{
	struct job *j;

	if (r->o->dry_run && needs_would_run(s)) {
		dry_run_blind(r, s);
		return;
	}
	j = job_new(s);
	if (begin_job(r, j))
		vec_push(&r->jobs, j);
	else
		job_release(j);
}

/* Whether another child may run: the first needs no token, as make gave us one by starting us. */
static bool take_slot(struct runner *r)
{
	if (r->jobs.n >= r->o->jobs)
		return false;
	if (!r->o->jobserver || r->jobs.n == 0 || r->tokens >= r->jobs.n)
		return true;
	if (!jobserver_take(r->o->jobserver))
		return false;
	r->tokens++;
	return true;
}

static void give_unused_slots(struct runner *r)
{
	while (r->tokens && r->tokens >= r->jobs.n) {
		jobserver_give(r->o->jobserver);
		r->tokens--;
	}
}

static void start_ready(struct runner *r)
{
	while (r->ready.n && !r->stopping && take_slot(r))
		begin_step(r, ready_pop(r));
	if (r->o->jobserver)
		give_unused_slots(r);
}

static void remove_job(struct runner *r, size_t i)
{
	job_release(r->jobs.v[i]);
	r->jobs.v[i] = r->jobs.v[--r->jobs.n];
}

/* Does the step of job i in another way if there is one. */
static bool try_again(struct runner *r, size_t i, bool failed)
{
	struct job *j = r->jobs.v[i];

	if (!job_reconsider(j, r->o, failed))
		return false;
	if (!begin_job(r, j))
		remove_job(r, i);
	return true;
}

/* Runs after a command of job i has ended well. */
static void advance_job(struct runner *r, size_t i)
{
	struct job *j = r->jobs.v[i];
	int more = job_start_command(j, r->o);

	if (more > 0 || (more == 0 && try_again(r, i, false)))
		return;
	if (more < 0)
		fail_step(r, j->step, j->child.said.v, NULL);
	else
		conclude(r, j);
	remove_job(r, i);
}

/* Runs after the child of job i has ended. */
static void take_end(struct runner *r, size_t i, int status)
{
	struct job *j = r->jobs.v[i];
	_cleanup_free_ char *why = NULL;

	if (r->result.signal) {
		finish_step(r, j->step, STEP_CANCELLED);
		remove_job(r, i);
	} else if (status == 0) {
		advance_job(r, i);
	} else if (!WIFEXITED(status) || !try_again(r, i, true)) {
		/* A program that says what is wrong need not be described. */
		if (!WIFEXITED(status) || !j->child.said.n)
			why = process_describe_status(status);
		fail_step(r, j->step, j->child.said.v, why);
		remove_job(r, i);
	}
}

static void reap(struct runner *r)
{
	for (size_t i = 0; i < r->jobs.n;) {
		size_t n = r->jobs.n;
		int status;

		if (child_reap(&r->jobs.v[i]->child, r->result.signal != 0, &status))
			take_end(r, i, status);
		if (r->jobs.n == n)
			i++; /* it still runs, or goes on with its next command */
	}
}

static void signal_children(struct runner *r, int sig)
{
	vec_foreach (j, &r->jobs)
		child_signal(&(*j)->child, sig);
}

/* Asks the children to end; told so twice, or after a while, they are made to. */
static void stop(struct runner *r, int sig)
{
	bool again = r->result.signal != 0;

	r->stopping = true;
	signal_children(r, again ? SIGKILL : SIGTERM);
	if (again)
		return;
	r->result.signal = sig;
	r->kill_at = job_clock() + KILL_AFTER_MS;
}

static void read_signals(struct runner *r)
{
	struct signalfd_siginfo info;

	while (read(r->signal_fd, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo != SIGCHLD)
			stop(r, (int)info.ssi_signo);
	reap(r);
}

static void tick(struct runner *r)
{
	int64_t now = job_clock();

	if (!r->o->tick_milliseconds || now - r->last_tick < r->o->tick_milliseconds || !r->jobs.n)
		return;
	r->last_tick = now;
	send(r, RUN_TICK, r->jobs.v[0]->step, NULL);
}

static void wait_for_children(struct runner *r)
{
	VEC(struct pollfd) fds = {0};
	int timeout = r->o->tick_milliseconds ? (int)r->o->tick_milliseconds : -1;
	bool want_token = r->o->jobserver && r->ready.n && !r->stopping && r->jobs.n &&
			  r->jobs.n < r->o->jobs;

	vec_push(&fds, ((struct pollfd){.fd = r->signal_fd, .events = POLLIN}));
	vec_foreach (j, &r->jobs)
		vec_push(&fds, ((struct pollfd){.fd = (*j)->child.fd, .events = POLLIN}));
	if (want_token)
		vec_push(&fds,
			 ((struct pollfd){.fd = jobserver_fd(r->o->jobserver), .events = POLLIN}));
	if (r->result.signal)
		timeout = 100;
	poll(fds.v, fds.n, timeout);
	if (r->result.signal && job_clock() > r->kill_at)
		signal_children(r, SIGKILL);
	for (size_t i = 0; i < r->jobs.n; i++)
		if (fds.v[1 + i].revents)
			child_read(&r->jobs.v[i]->child);
	if (fds.v[0].revents)
		read_signals(r);
	vec_free(&fds);
	tick(r);
}

/* Fills in what only a look at the whole graph tells. */
static void survey(struct runner *r, struct graph *g)
{
	for (size_t i = g->steps.n; i-- > 0;) {
		struct step *s = g->steps.v[i];

		s->priority = 0;
		vec_foreach (p, &s->needed_by)
			if ((*p)->wanted && (*p)->priority > s->priority)
				s->priority = (*p)->priority;
		s->priority += s->cost;
	}
	vec_foreach (p, &g->steps) {
		struct step *s = *p;

		if (!s->wanted)
			continue;
		r->total++;
		s->n_unfinished = (unsigned)s->needs.n;
		s->status = s->n_unfinished ? STEP_WAITING : STEP_READY;
		if (s->status == STEP_READY)
			ready_push(r, s);
	}
}

static void cancel_rest(struct runner *r, struct graph *g)
{
	unsigned blocked = r->result.blocked;

	vec_foreach (p, &g->steps)
		if ((*p)->wanted && !is_finished((*p)->status))
			finish_step(r, *p, STEP_CANCELLED);
	r->result.cancelled = r->result.blocked - blocked;
	r->result.blocked = blocked;
}

void run_stopping_signals(sigset_t *ret)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

	sigemptyset(ret);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		struct sigaction a;

		if (sigaction(signals[i], NULL, &a) == 0 && a.sa_handler != SIG_IGN)
			sigaddset(ret, signals[i]);
	}
}

int run_graph(struct graph *g, const struct run_options *o, struct run_result *ret)
{
	struct runner r = {.o = o};
	sigset_t watched, before;

	run_stopping_signals(&watched);
	sigaddset(&watched, SIGCHLD);
	sigprocmask(SIG_BLOCK, &watched, &before);
	r.signal_fd = signalfd(-1, &watched, SFD_NONBLOCK | SFD_CLOEXEC);
	if (r.signal_fd < 0) {
		int err = -errno;

		sigprocmask(SIG_SETMASK, &before, NULL);
		return message_error(err, "run: signalfd: %s", strerror(-err));
	}
	survey(&r, g);
	for (start_ready(&r); r.jobs.n; start_ready(&r))
		wait_for_children(&r);
	cancel_rest(&r, g);
	close(r.signal_fd);
	sigprocmask(SIG_SETMASK, &before, NULL);
	vec_free(&r.ready);
	vec_free(&r.jobs);
	*ret = r.result;
	return 0;
}
