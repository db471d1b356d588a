#include "kernel/load.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/process.h"
#include "kernel/load_parts.h"
#include "kernel/wire.h"
#include "store/codec.h"

#define DEFAULT_SECONDS 60
#define GRACE_MS 10000 /* a process that was killed is waited for; the kernel may hold it */
#define READ_SIZE ((size_t)64 << 10)

/* One object on its way, through as many children as it takes. */
struct watch {
	const struct load_job *job;
	const struct load_object *object;
	int out;		  /* where the frames go */
	VEC(struct verdict) plan; /* what there will be verdicts on, once a child has said so */
	struct load_start start;  /* at: the number of verdicts that were given */
	/* Of the child at work. */
	pid_t pid;
	int in;
	struct wire_reader reader;
	bool is_done;
	unsigned n_announced;
	size_t at, end;	       /* announced last */
	struct verdict trying; /* what to say if it does not come back */
	long long deadline;    /* ms */
	int error;	       /* of writing */
};

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static unsigned seconds_of(const struct load_job *j)
{
	return j->seconds ? j->seconds : DEFAULT_SECONDS;
}

/* Those that are made together have half as long as one: what takes longer is found alone. */
static void set_deadline(struct watch *w, bool together)
{
	w->deadline = now_ms() + seconds_of(w->job) * (together ? 500LL : 1000LL);
}

static void give(struct watch *w, const struct verdict *v)
{
	_cleanup_buf_ struct buf b = {0};

	verdict_put(v, &b);
	w->start.at++;
	if (!w->error)
		w->error = wire_write(w->out, WIRE_VERDICT, b.v, b.n);
}

/* The plan: verdicts one after another, each with its size. */
static int take_plan(struct watch *w, const struct wire_frame *f)
{
	struct reader r = {.at = f->payload, .end = f->payload + f->size};

	if (w->plan.n)
		return 0;
	while (r.at < r.end) {
		uint32_t n = get_u32(&r);
		const void *p = get_bytes(&r, n);
		struct verdict v;

		if (!p || verdict_get(p, n, &v) < 0)
			return -EBADMSG;
		vec_push(&w->plan, v);
	}
	return 0;
}

static int take_announcement(struct watch *w, const struct wire_frame *f)
{
	struct reader r = {.at = f->payload, .end = f->payload + f->size};
	size_t at = get_u32(&r), end = get_u32(&r);
	bool is_new = !w->n_announced || at != w->at || end != w->end;
	struct verdict v;

	if (r.bad || verdict_get(r.at, (size_t)(r.end - r.at), &v) < 0)
		return -EBADMSG;
	verdict_free(&w->trying);
	w->trying = v;
	w->at = at;
	w->end = end;
	w->n_announced++;
	/* Loading once more for the log, and the test run, are part of the same attempt. */
	if (is_new)
		set_deadline(w, end > at + 1);
	return 0;
}

static int take_frame(struct watch *w, const struct wire_frame *f)
{
	switch (f->type) {
	case WIRE_OBJECT:
		return take_plan(w, f);
	case WIRE_TRYING:
		return take_announcement(w, f);
	case WIRE_VERDICT:
		w->start.at++;
		if (!w->error)
			w->error = wire_write(w->out, f->type, f->payload, f->size);
		return w->error;
	case WIRE_DONE:
		w->is_done = true;
		return 0;
	default:
		return -EBADMSG;
	}
}

/* Reads what there is. 1: more may come; 0: the child is gone; negative: what it says is damaged.
 */
static int read_some(struct watch *w)
{
	struct wire_frame f;
	char chunk[READ_SIZE];
	ssize_t n = read(w->in, chunk, sizeof(chunk));
	int got;

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : -errno;
	if (n == 0)
		return 0;
	wire_feed(&w->reader, chunk, (size_t)n);
	while ((got = wire_next(&w->reader, &f)) > 0) {
		got = take_frame(w, &f);
		if (got < 0)
			break;
	}
	return got < 0 ? got : 1;
}

/* Reads until the child is gone; -ETIMEDOUT when the deadline of what it is at goes by. */
static int read_all(struct watch *w)
{
	for (;;) {
		struct pollfd p = {.fd = w->in, .events = POLLIN};
		long long left = w->deadline - now_ms();
		int got;

		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&p, 1, left < 60000 ? (int)left : 60000) <= 0)
			continue;
		got = read_some(w);
		if (got <= 0)
			return got;
	}
}

static void become_child(void)
{
	struct rlimit none = {0, 0};

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &none);
}

static int start_child(struct watch *w)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	w->pid = fork();
	if (w->pid < 0) {
		int err = -errno;

		close(fds[0]);
		close(fds[1]);
		return err;
	}
	if (w->pid == 0) {
		become_child();
		close(fds[0]);
		load_child(w->job, w->object, w->start, fds[1]);
	}
	close(fds[1]);
	w->in = fds[0];
	w->is_done = false;
	w->n_announced = 0;
	set_deadline(w, false);
	return 0;
}

/* Waits for a child that has ended or was killed; gives its status, or -1 when it does not go. */
static int reap(pid_t pid)
{
	long long end = now_ms() + GRACE_MS;
	int status;

	for (;;) {
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got == pid)
			return status;
		if ((got < 0 && errno != EINTR) || now_ms() > end)
			return -1;
		usleep(1000);
	}
}

/* How a child's work came to an end before it was done. */
enum ending {
	ENDED_ITSELF,
	ENDED_BY_DEADLINE, /* of what was announced last */
	ENDED_LATE,	   /* by the deadline of what was announced before that */
};

/* Lets one child work until it ends or is ended. Gives its wait status, as reap does. */
static int watch_child(struct watch *w, enum ending *ret)
{
	int got = read_all(w), status;
	size_t at = w->at, end = w->end;

	/* The verifier stops for this signal. */
	if (got < 0)
		kill(w->pid, SIGKILL);
	status = reap(w->pid);
	/* It may have come further before it was killed: then that was not what took so long. */
	while (got == -ETIMEDOUT && status != -1 && read_some(w) > 0)
		;
	*ret = got != -ETIMEDOUT	      ? ENDED_ITSELF
	       : at == w->at && end == w->end ? ENDED_BY_DEADLINE
					      : ENDED_LATE;
	close(w->in);
	wire_reader_free(&w->reader);
	return status;
}

static char *describe_end(const struct watch *w, int status, bool timeout)
{
	_cleanup_free_ char *how = NULL;

	if (timeout)
		return xasprintf("gave up after %u seconds", seconds_of(w->job));
	how = status == -1 ? xstrdup("does not end") : process_describe_status(status);
	return xasprintf("the process that loaded it %s", how);
}

/* Nothing is known of what the child was at: all that is left has the same verdict. */
static void give_up(struct watch *w, enum verdict_kind kind, const char *why)
{
	w->is_done = true;
	while (w->start.at < w->plan.n) {
		struct verdict *v = &w->plan.v[w->start.at];

		v->kind = kind;
		free(v->said);
		v->said = xstrdup(why);
		give(w, v);
	}
	if (w->plan.n)
		return;
	vec_foreach (t, &w->object->tries) {
		struct verdict v = load_end_verdict(w->object, t->program, kind, 0, xstrdup(why));

		v.unprivileged = t->unprivileged;
		give(w, &v);
		verdict_free(&v);
	}
}

/* The announced attempt did not come back; what was known of it already stands. */
static void blame(struct watch *w, enum verdict_kind kind, char **why)
{
	struct verdict *v = &w->trying;

	if (v->kind == VERDICT_UNTRIED) {
		v->kind = kind;
	} else if (v->kind == VERDICT_ACCEPTED) {
		v->was_run = true;
		v->run_error = kind == VERDICT_TIMEOUT ? ETIMEDOUT : EIO;
	}
	free(v->said);
	v->said = steal(why);
	give(w, v);
}

/* Says what the child's end means, so that the next one has less to do. */
static void settle(struct watch *w, int status, enum ending ending)
{
	bool timeout = ending == ENDED_BY_DEADLINE, was_alone = w->end <= w->start.alone_until;
	_cleanup_free_ char *why = describe_end(w, status, timeout);
	enum verdict_kind kind = timeout ? VERDICT_TIMEOUT : VERDICT_CRASHED;

	if (w->n_announced && w->at < w->start.at)
		return; /* between two attempts */
	if (!w->n_announced || w->at > w->start.at || w->end <= w->at)
		give_up(w, kind, why);
	else if (w->end == w->at + 1 && ending != ENDED_LATE)
		blame(w, kind, &why);
	else if (!was_alone)
		w->start.alone_until = w->end;
	else if (ending != ENDED_LATE)
		give_up(w, kind, why);
}

static void run_child(struct watch *w)
{
	enum ending ending;
	int status, err = start_child(w);

	if (err < 0) {
		give_up(w, VERDICT_UNTRIED, strerror(-err));
		return;
	}
	status = watch_child(w, &ending);
	if (!w->is_done && !w->error)
		settle(w, status, ending);
	if (w->plan.n && w->start.at >= w->plan.n)
		w->is_done = true;
}

static int try_object(const struct load_job *j, const struct load_object *o, int fd)
{
	struct watch w = {.job = j, .object = o, .out = fd};

	w.error = wire_write(fd, WIRE_OBJECT, o->name, strlen(o->name) + 1);
	while (!w.error && !w.is_done)
		run_child(&w);
	verdict_free(&w.trying);
	vec_foreach (v, &w.plan)
		verdict_free(v);
	vec_free(&w.plan);
	return w.error;
}

int load_job_run(const struct load_job *j, int fd)
{
	struct utsname u;
	int err;

	if (uname(&u) < 0)
		return -errno;
	err = wire_write(fd, WIRE_HELLO, u.release, strlen(u.release) + 1);
	if (j->begin && !err)
		j->begin(fd);
	for (size_t i = 0; i < j->objects.n && !err; i++)
		err = try_object(j, &j->objects.v[i], fd);
	return err ? err : wire_write(fd, WIRE_DONE, NULL, 0);
}
