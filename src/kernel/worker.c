#include "kernel/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/message.h"
#include "base/process.h"
#include "kernel/wire.h"

#define READ_SIZE ((size_t)64 << 10)

struct worker {
	pid_t pid;
	int fd;
	struct wire_reader reader;
	char *text; /* of the last news */
	bool is_over;
};

static void send_message(enum message_level level, const char *text, void *arg)
{
	(void)level;
	wire_write(*(int *)arg, WIRE_TROUBLE, text, strlen(text) + 1);
}

static _Noreturn void work(const struct kernel *k, const struct load_job *j,
			   const struct vm_options *vm, int fd)
{
	sigset_t none;
	int err;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	message_set_sink(send_message, &fd);
	err = k->is_running ? load_job_run(j, fd) : vm_run(vm, k, j, fd);
	_exit(err < 0);
}

int worker_start(const struct kernel *kernel, const struct load_job *job,
		 const struct vm_options *vm, struct worker **ret)
{
	struct worker w = {0};
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return message_error(-errno, "verify: a pipe: %s", strerror(errno));
	w.fd = fds[0];
	w.pid = fork();
	if (w.pid == 0) {
		close(fds[0]);
		work(kernel, job, vm, fds[1]);
	}
	close(fds[1]);
	if (w.pid < 0) {
		close(fds[0]);
		return message_error(-errno, "verify: a process: %s", strerror(errno));
	}
	fcntl(w.fd, F_SETFL, O_NONBLOCK);
	*ret = xmalloc(sizeof(w));
	**ret = w;
	return 0;
}

int worker_fd(const struct worker *w)
{
	return w->fd;
}

/* Its end, which comes in a moment, as its pipe is closed. */
static char *reap(struct worker *w)
{
	int status = 0;

	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		;
	w->pid = 0;
	return process_describe_status(status);
}

static void end(struct worker *w, enum worker_event event, struct worker_news *ret)
{
	_cleanup_free_ char *how = reap(w);

	w->is_over = true;
	ret->event = event;
	if (event == WORKER_DONE)
		return;
	w->text = xasprintf("the process that asked it %s before everything was answered", how);
	ret->text = w->text;
}

static void damaged(struct worker *w, struct worker_news *ret)
{
	kill(w->pid, SIGTERM);
	free(reap(w));
	w->is_over = true;
	w->text = xstrdup("its answer is damaged");
	ret->event = WORKER_LOST;
	ret->text = w->text;
}

static bool take_frame(struct worker *w, const struct wire_frame *f, struct worker_news *ret)
{
	static const enum worker_event texts[] = {
		[WIRE_HELLO] = WORKER_BEGUN,
		[WIRE_OBJECT] = WORKER_OBJECT,
		[WIRE_TROUBLE] = WORKER_TROUBLE,
	};

	switch (f->type) {
	case WIRE_DONE:
		end(w, WORKER_DONE, ret);
		return true;
	case WIRE_VERDICT:
		ret->event = WORKER_VERDICT;
		return verdict_get(f->payload, f->size, &ret->verdict) == 0;
	case WIRE_TRYING:
	case WIRE_PACKED:
		break; /* neither gets here: vm_run unpacks, load_job_run keeps them to itself */
	case WIRE_HELLO:
	case WIRE_OBJECT:
	case WIRE_TROUBLE:
		w->text = xstrndup(f->payload, f->size);
		ret->event = texts[f->type];
		ret->text = w->text;
		return true;
	}
	return false;
}

/* False when the pipe was closed at the other end. */
static bool read_more(struct worker *w)
{
	char chunk[READ_SIZE];
	ssize_t n;

	do
		n = read(w->fd, chunk, sizeof(chunk));
	while (n < 0 && errno == EINTR);
	if (n > 0)
		wire_feed(&w->reader, chunk, (size_t)n);
	return n > 0 || (n < 0 && errno == EAGAIN);
}

void worker_next(struct worker *w, struct worker_news *ret)
{
	struct wire_frame f;
	bool is_open;
	int n;

	*ret = (struct worker_news){0};
	free(w->text);
	w->text = NULL;
	if (w->is_over)
		return;
	n = wire_next(&w->reader, &f);
	if (n == 0) {
		is_open = read_more(w);
		n = wire_next(&w->reader, &f);
		if (n == 0 && !is_open)
			end(w, WORKER_LOST, ret);
	}
	if (n < 0 || (n > 0 && !take_frame(w, &f, ret)))
		damaged(w, ret);
}

void worker_free(struct worker *w)
{
	if (!w)
		return;
	if (w->pid > 0) {
		kill(w->pid, SIGTERM);
		free(reap(w));
	}
	close(w->fd);
	wire_reader_free(&w->reader);
	free(w->text);
	free(w);
}
