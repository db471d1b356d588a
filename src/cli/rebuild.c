#include "cli/rebuild.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/message.h"
#include "base/path.h"
#include "run/child.h"
#include "run/run.h"

int rebuild_begin(const char *option, struct rebuild *ret)
{
	const char *tmp = getenv("TMPDIR");
	_cleanup_free_ char *temp = xasprintf("%s/skep-XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp");
	sigset_t watched;

	if (!mkdtemp(temp))
		return message_error(-errno, "%s: %s: %s", option, temp, strerror(errno));
	*ret = (struct rebuild){.option = option, .temp = steal(&temp)};
	run_stopping_signals(&watched);
	sigprocmask(SIG_BLOCK, &watched, &ret->before);
	return 0;
}

bool rebuild_is_stopped(void)
{
	sigset_t watched, pending, both;

	run_stopping_signals(&watched);
	sigpending(&pending);
	sigandset(&both, &watched, &pending);
	return !sigisemptyset(&both);
}

/* Waits for the child's end; a signal for us is handed on to it, and stays pending. */
static int wait_for_end(struct child *c, int *ret_status)
{
	sigset_t watched;
	int err = 0;

	run_stopping_signals(&watched);
	_cleanup_close_ int signal_fd = signalfd(-1, &watched, SFD_CLOEXEC);
	struct pollfd fds[] = {{.fd = c->fd, .events = POLLIN}, {signal_fd, POLLIN, 0}};

	if (signal_fd < 0)
		err = -errno;
	while (!child_reap(c, false, ret_status)) {
		/* With its pipe closed it ends in a moment. */
		fds[0].fd = c->fd;
		poll(fds, ARRAY_SIZE(fds), c->fd < 0 ? 5 : -1);
		child_read(c);
		if (fds[1].revents) {
			child_signal(c, SIGTERM);
			fds[1].fd = -1;
		}
	}
	return err;
}

char *rebuild_path(const struct rebuild *r, const char *path, const char *output_dir)
{
	return path_join(r->temp, path_relative(path, output_dir));
}

int rebuild_run(const struct rebuild *r, const struct strv *arguments, char *const env[])
{
	_cleanup_strv_ struct strv argv = {0};
	_cleanup_(child_release) struct child child = {.fd = -1};
	int status, err;

	strv_add(&argv, "/proc/self/exe");
	strv_add(&argv, "build");
	strv_add_all(&argv, arguments);
	strv_take(&argv, NULL);
	err = child_start(&child, argv.v, env, NULL);
	err = err < 0 ? err : wait_for_end(&child, &status);
	if (err < 0)
		return message_error(err, "%s: %s", r->option, strerror(-err));
	if (rebuild_is_stopped())
		return -EINTR;
	if (status != 0)
		fputs(child.said.v ? child.said.v : "", stderr);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int rebuild_end(struct rebuild *r, int err, bool keep)
{
	const struct timespec now = {0};
	sigset_t watched;
	int sig;

	if (!keep)
		file_remove_tree(r->temp);
	free(r->temp);
	run_stopping_signals(&watched);
	sig = sigtimedwait(&watched, NULL, &now);
	sigprocmask(SIG_SETMASK, &r->before, NULL);
	if (sig <= 0)
		return err;
	message_error(-EINTR, "stopped by %s", strsignal(sig));
	return sig;
}
