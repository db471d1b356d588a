#include "runs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "base/file.h"

#define SECOND ((int64_t)1000000000)

typedef VEC(pid_t) pid_list;

int64_t runs_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

void runs_begin(void)
{
	sigset_t set;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void run_start(struct run *r, char *const argv[], const char *log)
{
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDONLY | O_CLOEXEC),
		    out = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		dup2(null, STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		dup2(out, STDERR_FILENO);
		execv(argv[0], argv);
		_exit(127);
	}
	if (pid < 0) {
		perror("kill_builds: fork");
		_exit(2);
	}
	*r = (struct run){.pid = pid, .log = xstrdup(log)};
}

void run_free(struct run *r)
{
	free(r->log);
	*r = (struct run){0};
}

/* Appends all that a process started, parents before their children. */
static void list_descendants(pid_t pid, pid_list *ret)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/task/%d/children", pid, pid);
	_cleanup_buf_ struct buf text = {0};
	size_t first = ret->n, last;
	char *rest, *word;

	if (file_read(path, 1 << 16, &text) < 0 || !text.n)
		return;
	rest = text.v;
	while ((word = strsep(&rest, " ")))
		if (*word)
			vec_push(ret, (pid_t)atoi(word));
	last = ret->n;
	for (size_t i = first; i < last; i++)
		list_descendants(ret->v[i], ret);
}

bool run_kill(struct run *r, enum run_kill how)
{
	pid_list children = {0};
	size_t n;

	if (!r->pid)
		return false;
	if (how != RUN_KILL_ALONE)
		list_descendants(r->pid, &children);
	if (how != RUN_KILL_CHILDREN && kill(r->pid, SIGKILL) == 0) {
		r->doomed = true;
		r->how = how;
	}
	vec_foreach (pid, &children)
		kill(*pid, SIGKILL);
	n = children.n;
	vec_free(&children);
	r->harmed |= n > 0;
	return r->doomed || n;
}

/* Takes the end of any child; false when none has ended. */
static bool reap(struct run *runs, size_t n)
{
	int status;
	pid_t pid = waitpid(-1, &status, WNOHANG);

	if (pid <= 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct run *r = &runs[i];

		if (r->pid != pid)
			continue;
		r->pid = 0;
		r->status = status;
		r->stopped = r->doomed && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	}
	return true;
}

static void wait_for_child(int64_t until)
{
	int64_t left = until - runs_now();
	struct timespec t;
	sigset_t set;

	if (left <= 0)
		return;
	t = (struct timespec){left / SECOND, left % SECOND};
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigtimedwait(&set, NULL, &t);
}

void runs_wait(struct run *runs, size_t n, int64_t until)
{
	bool any = false;

	while (reap(runs, n))
		any = true;
	if (any)
		return;
	wait_for_child(until);
	while (reap(runs, n))
		;
}

bool runs_wait_for_orphans(int64_t until)
{
	for (;;) {
		while (reap(NULL, 0))
			;
		if (waitid(P_ALL, 0, &(siginfo_t){0}, WEXITED | WNOHANG | WNOWAIT) < 0)
			return true;
		if (runs_now() >= until)
			return false;
		wait_for_child(until);
	}
}

void runs_kill_all(void)
{
	pid_list all = {0};

	list_descendants(getpid(), &all);
	vec_foreach (pid, &all)
		kill(*pid, SIGKILL);
	vec_free(&all);
	runs_wait_for_orphans(runs_now() + 5 * SECOND);
}
