#include "run/run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "base/message.h"
#include "base/process.h"
#include "run/runner.h"

/* How long children may take to end when the build is stopped. */
#define KILL_AFTER_MS 2000

/* Questions to a remote store that wait for answers. */
#define MAX_ASKING 64

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

static void start(struct runner *r, struct step *s)
{
	struct job *j = s->job;

	if (runner_start(r, s))
		vec_push(&r->jobs, j);
}

/*
 * Whether to ask a remote store for more while all slots are taken, or first of all: what comes
 * from there need not run.
 */
static bool may_look_ahead(const struct runner *r)
{
	return r->o->cache && r->o->cache->remote_options && r->asking < MAX_ASKING &&
	       r->runnable.n < r->o->jobs;
}

/*
 * Takes steps whose turn it is. What has to run comes before a look at more, so that children are
 * at work meanwhile.
 */
static void start_ready(struct runner *r)
{
	while (!r->stopping) {
		if (r->runnable.n && take_slot(r))
			start(r, queue_pop(&r->runnable));
		else if (r->ready.n && (may_look_ahead(r) || (!r->runnable.n && take_slot(r))))
			runner_consider(r, queue_pop(&r->ready));
		else
			break;
	}
	if (r->o->jobserver)
		give_unused_slots(r);
}

/* Takes job i, which nothing happens to any more, or not now, from those that run. */
static struct job *leave(struct runner *r, size_t i)
{
	struct job *j = r->jobs.v[i];

	r->jobs.v[i] = r->jobs.v[--r->jobs.n];
	return j;
}

/* Runs after a command of job i has ended well. */
static void advance_job(struct runner *r, size_t i)
{
	struct job *j = r->jobs.v[i];
	int more = job_start_command(j);

	if (more > 0)
		return;
	leave(r, i);
	if (more < 0)
		runner_fail(r, j->step, j->child.said.v, NULL);
	else if (!runner_try_again(r, j, false))
		runner_conclude(r, j);
}

/* Runs after the child of job i has ended. */
static void take_end(struct runner *r, size_t i, int status)
{
	_cleanup_free_ char *why = NULL;
	struct job *j = r->jobs.v[i];

	if (r->result.signal) {
		leave(r, i);
		runner_finish(r, j->step, STEP_CANCELLED);
	} else if (status == 0) {
		advance_job(r, i);
	} else {
		leave(r, i);
		if (WIFEXITED(status) && runner_try_again(r, j, true))
			return;
		/* A program that says what is wrong need not be described. */
		if (!WIFEXITED(status) || !j->child.said.n)
			why = process_describe_status(status);
		runner_fail(r, j->step, j->child.said.v, why);
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
	runner_send(r, RUN_TICK, r->jobs.v[0]->step, NULL);
}

static void wait_for_children(struct runner *r)
{
	VEC(struct pollfd) fds = {0};
	int timeout = r->o->tick_milliseconds ? (int)r->o->tick_milliseconds : -1;
	bool want_token = r->o->jobserver && (r->ready.n || r->runnable.n) && !r->stopping &&
			  r->jobs.n && r->jobs.n < r->o->jobs;

	vec_push(&fds, ((struct pollfd){.fd = r->signal_fd, .events = POLLIN}));
	vec_foreach (j, &r->jobs)
		vec_push(&fds, ((struct pollfd){.fd = (*j)->child.fd, .events = POLLIN}));
	if (want_token)
		vec_push(&fds,
			 ((struct pollfd){.fd = jobserver_fd(r->o->jobserver), .events = POLLIN}));
	if (r->asking)
		vec_push(&fds,
			 ((struct pollfd){.fd = remote_fd(r->o->cache->remote), .events = POLLIN}));
	/* A remote store that is gone has nothing to wait for. */
	if (r->asking && remote_fd(r->o->cache->remote) < 0)
		timeout = 0;
	else if (r->result.signal)
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
	runner_take_answers(r);
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
			queue_push(&r->ready, s);
	}
}

static void cancel_rest(struct runner *r, struct graph *g)
{
	unsigned blocked = r->result.blocked;

	vec_foreach (p, &g->steps)
		if ((*p)->wanted && !runner_is_finished((*p)->status))
			runner_finish(r, *p, STEP_CANCELLED);
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
	for (start_ready(&r); r.jobs.n || (r.asking && !r.stopping); start_ready(&r))
		wait_for_children(&r);
	cancel_rest(&r, g);
	close(r.signal_fd);
	sigprocmask(SIG_SETMASK, &before, NULL);
	vec_free(&r.ready);
	vec_free(&r.runnable);
	vec_free(&r.jobs);
	twins_free(&r.twins);
	*ret = r.result;
	return 0;
}
