#include "run/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/message.h"

/* A compiler that never stops complaining must not fill the memory. */
#define CHILD_MAX_WORDS ((size_t)8 << 20)

/* In the child. After vfork only what is safe between signal handlers may be called. */
static void settle(int out, pid_t parent)
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	/* A killed build must not leave compilers running that write its temporaries. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	/* A group of its own, so that what it starts in turn can be ended with it. */
	setpgid(0, 0);
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static pid_t start_builtin(char *const argv[], int out, int (*builtin)(int, char **))
{
	pid_t parent = getpid(), pid = fork();
	int n = 0;

	if (pid)
		return pid;
	settle(out, parent);
	/* What the parent does with messages is not for here: they go through the pipe. */
	message_set_sink(NULL, NULL);
	while (argv[n])
		n++;
	_exit(builtin(n, (char **)argv));
}

static pid_t start_program(char *const argv[], char *const env[], int out)
{
	/* volatile: shared with the child until it has become the program. */
	volatile int failed = 0;
	pid_t parent = getpid(), pid = vfork();

	if (pid == 0) {
		settle(out, parent);
		execve(argv[0], argv, env);
		failed = errno;
		_exit(127);
	}
	if (pid > 0 && failed) {
		errno = failed;
		return -1;
	}
	return pid;
}

int child_start(struct child *c, char *const argv[], char *const env[],
		int (*builtin)(int argc, char **argv))
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	pid = builtin ? start_builtin(argv, fds[1], builtin) : start_program(argv, env, fds[1]);
	if (pid < 0) {
		int err = -errno;

		close(fds[0]);
		close(fds[1]);
		return err;
	}
	close(fds[1]);
	if (c->fd >= 0)
		close(c->fd);
	/* Here, too: a forked child may not have come to it yet. */
	setpgid(pid, pid);
	c->pid = pid;
	c->fd = fds[0];
	return 0;
}

void child_read(struct child *c)
{
	char block[16 * 1024];
	ssize_t n;

	while (c->fd >= 0) {
		n = read(c->fd, block, sizeof(block));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;
		if (n == 0) {
			close(c->fd);
			c->fd = -1;
			return;
		}
		if (c->said.n + (size_t)n <= CHILD_MAX_WORDS) {
			buf_add(&c->said, block, (size_t)n);
		} else if (!c->truncated) {
			buf_puts(&c->said, "\n[the rest is left out]\n");
			c->truncated = true;
		}
	}
}

void child_signal(const struct child *c, int sig)
{
	kill(-c->pid, sig);
}

bool child_reap(struct child *c, bool kill_rest, int *ret_status)
{
	siginfo_t info = {0};
	int status;

	if (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || !info.si_pid)
		return false;
	/* While it is not reaped its number cannot be another group's. */
	if (kill_rest)
		child_signal(c, SIGKILL);
	while (waitpid(c->pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	child_read(c);
	c->pid = 0;
	*ret_status = status;
	return true;
}

void child_release(struct child *c)
{
	buf_free(&c->said);
	if (c->fd >= 0)
		close(c->fd);
	*c = (struct child){.fd = -1};
}
