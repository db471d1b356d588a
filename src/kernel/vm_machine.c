#include "kernel/vm_machine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "base/file.h"
#include "base/message.h"

/* Bytes of the console that are kept; twice as many are held at most. */
#define SAID_SIZE ((size_t)64 << 10)

#define SLOW_SIZE 4096 /* bytes that are read at once; with less, reading waits a little */
#define PAUSE 2000     /* microseconds */

#define EXIT_TIME 1000 /* milliseconds that one has to end whose pipe is closed */
#define DRAIN_TIME                                                                    \
	200 /* milliseconds; who else holds a killed machine's pipe is not waited for \
	     */

int64_t vm_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- starting */

/* In the child: what it inherits, by the numbers that its command line names. */
static int place(const int from[static 5])
{
	int high[5];

	/* First out of the way of each other. */
	for (int i = 0; i < 5; i++)
		if ((high[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 5)) < 0)
			return -errno;
	for (int i = 0; i < 5; i++)
		if (dup2(high[i], i) < 0)
			return -errno;
	return 0;
}

static _Noreturn void become_machine(const struct strv *argv, pid_t parent,
				     const int from[static 5])
{
	_cleanup_strv_ struct strv words = {0};
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Ctrl-C is for the parent, which knows what to do; without it there is no machine. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	strv_add_all(&words, argv);
	strv_take(&words, NULL);
	if (place(from) == 0)
		execv(words.v[0], words.v);
	dprintf(STDERR_FILENO, "%s: %s\n", words.v[0], strerror(errno));
	_exit(127);
}

/* A file in memory: a full disk is no trouble, and there is nothing to remove. */
static int open_initrd(const struct buf *initrd)
{
	int fd = memfd_create("initrd", MFD_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = file_write_fd(fd, initrd->v, initrd->n);
	if (err < 0) {
		close(fd);
		return err;
	}
	return fd;
}

static int start(const struct strv *argv, const int from[static 5], pid_t *ret)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		become_machine(argv, parent, from);
	*ret = pid;
	return 0;
}

int vm_machine_start(const struct strv *argv, const struct buf *initrd, struct vm_machine *ret)
{
	_cleanup_close_ int file = open_initrd(initrd),
			    nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	int output[2] = {-1, -1}, console[2] = {-1, -1}, err = 0;
	pid_t pid = 0;

	if (file < 0)
		return message_error(file,
				     "virtual machine: no room for its %zu bytes of files: %s",
				     initrd->n, strerror(-file));
	if (nothing < 0 || pipe2(output, O_CLOEXEC) < 0 || pipe2(console, O_CLOEXEC) < 0)
		err = -errno;
	else
		err = start(argv, (int[]){nothing, console[1], console[1], output[1], file}, &pid);
	cleanup_close(&output[1]);
	cleanup_close(&console[1]);
	if (err < 0) {
		cleanup_close(&output[0]);
		cleanup_close(&console[0]);
		return message_error(err, "virtual machine: %s: %s", argv->v[0], strerror(-err));
	}
	*ret = (struct vm_machine){.pid = pid, .output = output[0], .console = console[0]};
	return 0;
}

/* --- listening */

/* 1: some was read; 0: there is no more, and *fd is closed. */
static int take(int *fd, struct buf *ret)
{
	char block[64 << 10];
	ssize_t n = read(*fd, block, sizeof(block));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : -errno;
	if (n == 0) {
		close(*fd);
		*fd = -1;
		return 0;
	}
	buf_add(ret, block, (size_t)n);
	return 1;
}

static int take_console(struct vm_machine *m)
{
	int got = take(&m->console, &m->said);

	if (m->said.n > 2 * SAID_SIZE) {
		memmove(m->said.v, m->said.v + m->said.n - SAID_SIZE, SAID_SIZE + 1);
		m->said.n = SAID_SIZE;
	}
	return got;
}

int vm_machine_read(struct vm_machine *m, int64_t until, struct buf *ret)
{
	size_t before = ret->n;

	/* A port gives a byte at a time: some more come meanwhile. */
	if (m->is_slow)
		usleep(PAUSE);
	while (m->output >= 0 && ret->n == before) {
		struct pollfd fds[] = {{m->output, POLLIN, 0}, {m->console, POLLIN, 0}};
		int64_t left = until - vm_now();
		int got;

		if (left <= 0)
			return -ETIMEDOUT;
		got = poll(fds, ARRAY_SIZE(fds), left > 60000 ? 60000 : (int)left);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got <= 0)
			continue;
		got = fds[1].revents ? take_console(m) : 1;
		if (got >= 0 && fds[0].revents)
			got = take(&m->output, ret);
		if (got < 0)
			return got;
	}
	m->is_slow = ret->n - before < SLOW_SIZE;
	return ret->n > before;
}

/* --- ending */

static void drain_console(struct vm_machine *m)
{
	int64_t until = vm_now() + DRAIN_TIME;

	while (m->console >= 0 && vm_now() < until) {
		struct pollfd fd = {m->console, POLLIN, 0};

		if (poll(&fd, 1, DRAIN_TIME) <= 0 || take_console(m) < 0)
			return;
	}
}

/* Whether it ends by itself, so that its status is its own. */
static bool is_ending(const struct vm_machine *m)
{
	siginfo_t info = {0};

	for (int left = EXIT_TIME; m->output < 0 && left > 0; left -= 10) {
		if (waitid(P_PID, (id_t)m->pid, &info, WEXITED | WNOWAIT | WNOHANG) < 0 ||
		    info.si_pid)
			return info.si_pid;
		usleep(10000);
	}
	return false;
}

int vm_machine_stop(struct vm_machine *m)
{
	int status = 0;

	if (!m->pid)
		return 0;
	if (!is_ending(m))
		kill(m->pid, SIGKILL);
	while (waitpid(m->pid, &status, 0) < 0 && errno == EINTR)
		;
	m->pid = 0;
	drain_console(m);
	return status;
}

void vm_machine_free(struct vm_machine *m)
{
	if (m->pid)
		vm_machine_stop(m);
	cleanup_close(&m->output);
	cleanup_close(&m->console);
	buf_free(&m->said);
	*m = (struct vm_machine)VM_NO_MACHINE;
}
