#include "base/child.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/message.h"
#include "base/process.h"

/*
 * The child writes records one after another into a file that has no name: messages as they come,
 * its output, and last its result, without which it died.
 */
enum record_kind { RECORD_MESSAGE, RECORD_OUTPUT, RECORD_RESULT };

struct record {
	uint32_t kind;
	int32_t number; /* level or result */
	uint64_t size;	/* bytes that follow */
};

static int put_record(int fd, enum record_kind kind, int number, const void *data, size_t size)
{
	struct record r = {.kind = kind, .number = number, .size = size};
	int err = file_write_fd(fd, &r, sizeof(r));

	return err < 0 ? err : file_write_fd(fd, data, size);
}

static void send_message(enum message_level level, const char *text, void *arg)
{
	put_record(*(int *)arg, RECORD_MESSAGE, (int)level, text, strlen(text));
}

static void limit(int resource, rlim_t soft, rlim_t hard)
{
	struct rlimit now;

	if (getrlimit(resource, &now) < 0)
		return;
	now.rlim_cur = soft < now.rlim_max ? soft : now.rlim_max;
	now.rlim_max = hard < now.rlim_max ? hard : now.rlim_max;
	setrlimit(resource, &now);
}

/* The parent's handlers mean nothing here; a crash leaves no core file behind. */
static void become_child(unsigned seconds)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	limit(RLIMIT_CORE, 0, 0);
	limit(RLIMIT_CPU, seconds, seconds + 1);
}

static _Noreturn void child_main(int fd, unsigned seconds, int (*fn)(void *, struct buf *),
				 void *arg)
{
	struct buf out = {0};
	int err;

	become_child(seconds);
	message_set_sink(send_message, &fd);
	err = fn(arg, &out);
	if (!err && put_record(fd, RECORD_OUTPUT, 0, out.v, out.n) < 0)
		_exit(2);
	_exit(put_record(fd, RECORD_RESULT, err, NULL, 0) < 0 ? 2 : 0);
}

static void repeat_message(enum message_level level, const char *text)
{
	if (level == MESSAGE_ERROR)
		message_error(0, "%s", text);
	else if (level == MESSAGE_WARNING)
		message_warning("%s", text);
	else
		message_note("%s", text);
}

/* Reads size bytes of a record onto the end of b. */
static int read_content(int fd, uint64_t size, struct buf *b)
{
	ssize_t n;

	if (b->n + size + 1 > b->cap)
		b->v = mem_grow(b->v, &b->cap, b->n + size + 1, 1);
	for (b->v[b->n] = '\0'; size; size -= (uint64_t)n) {
		n = read(fd, b->v + b->n, size);
		if (n <= 0)
			return n < 0 ? -errno : -ENODATA;
		b->n += (size_t)n;
		b->v[b->n] = '\0';
	}
	return 0;
}

/* Repeats the messages, appends the output and gives the result; -ENODATA when there is none. */
static int take_records(int fd, struct buf *ret, int *ret_result)
{
	_cleanup_buf_ struct buf text = {0};
	struct record r;
	struct stat st;
	int err;

	/* The file's position is shared with the child, which has left it at the end. */
	if (fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	while (read(fd, &r, sizeof(r)) == sizeof(r) && r.size <= (uint64_t)st.st_size) {
		if (r.kind == RECORD_RESULT) {
			*ret_result = r.number;
			return 0;
		}
		text.n = 0;
		err = read_content(fd, r.size, r.kind == RECORD_OUTPUT ? ret : &text);
		if (err < 0)
			return err;
		if (r.kind == RECORD_MESSAGE)
			repeat_message((enum message_level)r.number, text.v);
	}
	return -ENODATA;
}

static int report_death(const char *what, int status)
{
	_cleanup_free_ char *how = process_describe_status(status);

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return message_error(-ETIMEDOUT, "%s: gave up: it took too long", what);
	return message_error(-ENOTRECOVERABLE, "%s: the child process that did it %s", what, how);
}

int child_run(const char *what, unsigned seconds, int (*fn)(void *arg, struct buf *out), void *arg,
	      struct buf *ret)
{
	_cleanup_close_ int fd = memfd_create("skep", MFD_CLOEXEC);
	int status = 0, result = 0, err;
	size_t before = ret->n;
	pid_t pid;

	if (fd < 0)
		return message_error(-errno, "%s: no memory file: %s", what, strerror(errno));
	pid = fork();
	if (pid < 0)
		return message_error(-errno, "%s: no child process: %s", what, strerror(errno));
	if (pid == 0)
		child_main(fd, seconds, fn, arg);
	/* Where SIGCHLD is ignored there is no status: then the records alone tell. */
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	err = take_records(fd, ret, &result);
	if (!err && !status)
		return result;
	if (ret->n > before) {
		ret->n = before;
		ret->v[before] = '\0';
	}
	if (err && err != -ENODATA)
		return message_error(err, "%s: reading the child process: %s", what,
				     strerror(-err));
	return report_death(what, status);
}
