/* The side of the build: starting the process, asking, reading answers. */
#include "store/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "base/message.h"
#include "base/process.h"
#include "store/remote_parts.h"

/* Milliseconds that the process may take to end when there is nothing to be sent. */
#define END_MS 1000

struct asked {
	struct digest action;
	bool answered;
};

struct remote {
	char *url;
	bool write;
	unsigned finish_ms;
	pid_t pid;
	struct remote_wire wire;
	VEC(struct asked) asked; /* an answer's number is an index into it */
	uint64_t n_offered;
	struct remote_summary *summary; /* shared with the process, which need not end well */
};

int64_t remote_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* In the child: nothing of the build's is held open, and it does not outlive it. */
static void settle(pid_t parent, int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	/* A terminal's interrupt is for the build, which then ends this process. */
	setpgid(0, 0);
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	if (fd > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, (unsigned)fd - 1, 0);
	close_range((unsigned)fd + 1, UINT_MAX, 0);
}

static unsigned or_default(unsigned ms, unsigned by_default)
{
	return ms ? ms : by_default;
}

static struct remote_limits fill_limits(const struct remote_limits *l)
{
	const struct remote_limits d = REMOTE_DEFAULT_LIMITS;

	return (struct remote_limits){
		.connect = or_default(l->connect, d.connect),
		.stall = or_default(l->stall, d.stall),
		.answer = or_default(l->answer, d.answer),
		.send = or_default(l->send, d.send),
		.patience = or_default(l->patience, d.patience),
		.finish = or_default(l->finish, d.finish),
	};
}

static void remote_free(struct remote *r)
{
	remote_wire_free(&r->wire);
	if (r->summary)
		munmap(r->summary, sizeof(*r->summary));
	vec_free(&r->asked);
	free(r->url);
	free(r);
}

static int cannot_start(struct remote *r, int err)
{
	message_error(err, "remote cache: %s: no process for it: %s", r->url, strerror(-err));
	remote_free(r);
	return err;
}

int remote_start(const struct remote_options *options, struct remote **ret)
{
	const char *why = remote_url_parse(options->url, NULL);
	struct remote_options o = *options;
	pid_t parent = getpid();
	struct remote *r;
	int fds[2];
	void *p;

	if (why)
		return message_error(-EINVAL, "remote cache: %s", why);
	o.limits = fill_limits(&options->limits);
	r = xcalloc(1, sizeof(*r));
	r->url = xstrdup(o.url);
	r->write = o.write;
	r->finish_ms = o.limits.finish;
	r->wire.fd = -1;
	p = mmap(NULL, sizeof(*r->summary), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		 0);
	if (p == MAP_FAILED)
		return cannot_start(r, -errno);
	r->summary = p;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return cannot_start(r, -errno);
	r->wire.fd = fds[0];
	r->pid = fork();
	if (r->pid == 0) {
		settle(parent, fds[1]);
		_exit(remote_helper(&o, fds[1], r->summary));
	}
	close(fds[1]);
	if (r->pid < 0)
		return cannot_start(r, -errno);
	*ret = r;
	return 0;
}

int remote_fd(const struct remote *r)
{
	return r->wire.fd;
}

int remote_ask(struct remote *r, const struct digest *action)
{
	if (r->wire.fd < 0)
		return -EPIPE;
	remote_wire_put(&r->wire, REMOTE_ASK, (uint32_t)r->asked.n, action, sizeof(*action));
	vec_push(&r->asked, ((struct asked){*action, false}));
	remote_wire_flush(&r->wire);
	return 0;
}

void remote_offer(struct remote *r, const struct digest *action)
{
	if (!r->write)
		return;
	r->n_offered++;
	remote_wire_put(&r->wire, REMOTE_OFFER, 0, action, sizeof(*action));
	remote_wire_flush(&r->wire);
}

typedef void (*answer_fn)(const struct digest *action, bool found, void *arg);

/* The caller may ask while it is told, so asked.v may move. */
static void give_answer(struct remote *r, size_t number, bool found, answer_fn answer, void *arg)
{
	struct digest action;

	if (number >= r->asked.n || r->asked.v[number].answered)
		return;
	r->asked.v[number].answered = true;
	action = r->asked.v[number].action;
	if (found)
		r->summary->found++;
	else
		r->summary->not_found++;
	if (answer)
		answer(&action, found, arg);
}

/* Waits for the process, which is at its end or is made to end; says so when it died. */
static void reap(struct remote *r, bool was_killed)
{
	_cleanup_free_ char *how = NULL;
	int status = 0;
	pid_t pid;

	if (r->pid <= 0)
		return;
	/* One that only closed its socket must not keep us waiting; the dead do not mind. */
	kill(r->pid, SIGKILL);
	do
		pid = waitpid(r->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	r->pid = 0;
	if (was_killed || pid < 0 || status == 0)
		return;
	how = process_describe_status(status);
	message_warning("remote cache: %s: the process that spoke to it %s; the build goes on "
			"without",
			r->url, how);
	r->summary->given_up = true;
}

static void take_frames(struct remote *r, answer_fn answer, void *arg)
{
	struct remote_frame f;
	const char *data;

	while (remote_wire_get(&r->wire, &f, &data)) {
		if (f.kind == REMOTE_ANSWER && f.size == 1)
			give_answer(r, f.number, *data, answer, arg);
		else if (f.kind == REMOTE_WARNING)
			message_warning("%.*s", (int)f.size, data);
	}
}

void remote_answers(struct remote *r, answer_fn answer, void *arg)
{
	bool more;

	if (r->wire.fd < 0)
		return;
	do {
		more = remote_wire_fill(&r->wire);
		take_frames(r, answer, arg);
	} while (more);
	remote_wire_flush(&r->wire);
	if (r->wire.fd >= 0)
		return;
	reap(r, false);
	for (size_t i = 0; i < r->asked.n; i++)
		give_answer(r, i, false, answer, arg);
}

/* Until the process has ended, or for so long. */
static void wait_for_end(struct remote *r)
{
	int64_t start = remote_clock(), left;

	while (r->wire.fd >= 0) {
		struct pollfd p = {r->wire.fd, POLLIN | (r->wire.out.n ? POLLOUT : 0), 0};
		bool sends = r->n_offered > *(volatile uint64_t *)&r->summary->sent;

		left = start + (sends ? r->finish_ms : END_MS) - remote_clock();
		if (left <= 0)
			return;
		poll(&p, 1, (int)left);
		remote_answers(r, NULL, NULL);
	}
}

void remote_finish(struct remote *r, struct remote_summary *ret)
{
	bool ended;

	*ret = (struct remote_summary){0};
	if (!r)
		return;
	remote_wire_put(&r->wire, REMOTE_FINISH, 0, NULL, 0);
	remote_wire_flush(&r->wire);
	wait_for_end(r);
	ended = r->wire.fd < 0;
	reap(r, true);
	*ret = *r->summary;
	ret->not_sent = r->n_offered > ret->sent ? r->n_offered - ret->sent : 0;
	if (!ended && ret->not_sent)
		message_warning("remote cache: %s: %llu results were not sent, as it took longer "
				"than %u ms; they are in the local store only",
				r->url, (unsigned long long)ret->not_sent, r->finish_ms);
	remote_free(r);
}

void remote_abandon(struct remote *r)
{
	if (!r)
		return;
	reap(r, true);
	remote_free(r);
}
