#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"

/* Absolute, but not where links lead: programs such as ccache go by the name they are called. */
static char *make_absolute(const char *name)
{
	_cleanup_free_ char *here = *name == '/' ? NULL : realpath(".", NULL);

	return path_tidy(path_join(here ? here : "/", name));
}

char *process_find(const char *name)
{
	const char *path = getenv("PATH");
	_cleanup_free_ char *copy = xstrdup(path ? path : "/usr/local/bin:/usr/bin:/bin");
	char *rest = copy, *dir;

	if (strchr(name, '/'))
		return file_exists(name) ? make_absolute(name) : NULL;
	while ((dir = strsep(&rest, ":"))) {
		_cleanup_free_ char *file = path_join(*dir ? dir : ".", name);

		/* An empty or relative entry means the current directory: a project must not be
		 * able to slip in a program of its own. */
		if (*dir == '/' && file_exists(file) && access(file, X_OK) == 0)
			return steal(&file);
	}
	return NULL;
}

/* Starts argv with out as its stdout and stderr, and with the default signal mask. */
static int start(char *const argv[], char *const env[], int out, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none;
	int err;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
	err = -posix_spawn(ret_pid, argv[0], &actions, &attr, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return err;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits until there is something to read; end is in the time of now_ms, 0: none. */
static bool wait_for_output(int fd, int64_t end)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int64_t left;

	while (end && (left = end - now_ms()) > 0)
		if (poll(&p, 1, left < INT_MAX ? (int)left : INT_MAX) > 0)
			return true;
	return !end;
}

/* Reads to the end of the output: when all that hold it are gone. */
static int read_output(int fd, int64_t end, struct buf *ret)
{
	char block[16 * 1024];
	ssize_t n;

	for (;;) {
		if (!wait_for_output(fd, end))
			return -ETIMEDOUT;
		n = read(fd, block, sizeof(block));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		buf_add(ret, block, (size_t)n);
	}
}

static int capture(int64_t end, char *const argv[], char *const env[], struct buf *ret_output,
		   int *ret_status)
{
	int fds[2], err;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	_cleanup_close_ int in = fds[0];

	err = start(argv, env, fds[1], &pid);
	close(fds[1]);
	if (err < 0)
		return err;
	err = read_output(in, end, ret_output);
	if (err < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, ret_status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return err;
}

int process_capture(char *const argv[], char *const env[], struct buf *ret_output, int *ret_status)
{
	return capture(0, argv, env, ret_output, ret_status);
}

int process_capture_within(unsigned seconds, char *const argv[], char *const env[],
			   struct buf *ret_output, int *ret_status)
{
	return capture(now_ms() + (int64_t)seconds * 1000, argv, env, ret_output, ret_status);
}

char *process_describe_status(int status)
{
	if (WIFSIGNALED(status))
		return xasprintf("was killed by signal %d (%s)", WTERMSIG(status),
				 strsignal(WTERMSIG(status)));
	return xasprintf("exited with status %d", WEXITSTATUS(status));
}
