#include "run/jobserver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"

struct jobserver {
	int read_fd, write_fd;
	struct buf tokens; /* make may use different bytes: each goes back as it came */
};

/* The last word of makeflags that offers a jobserver, without its option name. Caller frees. */
static char *find_offer(const char *makeflags)
{
	static const char *const options[] = {"--jobserver-auth=", "--jobserver-fds="};
	_cleanup_free_ char *copy = xstrdup(makeflags);
	char *rest = copy, *word, *offer = NULL;

	while ((word = strsep(&rest, " "))) {
		if (str_eq(word, "--"))
			break; /* what follows are variables */
		for (size_t i = 0; i < ARRAY_SIZE(options); i++)
			if (str_starts(word, options[i]))
				offer = word + strlen(options[i]);
	}
	return offer ? xstrdup(offer) : NULL;
}

static bool is_fifo(int fd, int access, struct stat *ret)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fstat(fd, ret) < 0 || !S_ISFIFO(ret->st_mode))
		return false;
	return (flags & O_ACCMODE) == access || (flags & O_ACCMODE) == O_RDWR;
}

/*
 * Opens the pipe behind an inherited descriptor once more: our O_NONBLOCK must not reach make,
 * which shares the old description and expects it to block.
 */
static int reopen(int fd, int flags)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, flags | O_CLOEXEC);
}

static const char *open_pipe(const char *offer, struct jobserver *j)
{
	struct stat r, w;
	int in, out, end;

	if (sscanf(offer, "%d,%d%n", &in, &out, &end) != 2 || offer[end])
		return "its description is not understood";
	if (in < 0 || out < 0)
		return "make disabled it for this command; put a '+' before it in the Makefile";
	/* make names the descriptors even for children it closed them for, and another file may
	 * have taken the number since. */
	if (!is_fifo(in, O_RDONLY, &r) || !is_fifo(out, O_WRONLY, &w) || r.st_dev != w.st_dev ||
	    r.st_ino != w.st_ino)
		return "its pipe is closed; put a '+' before the command in the Makefile";
	j->read_fd = reopen(in, O_RDONLY | O_NONBLOCK);
	j->write_fd = reopen(out, O_WRONLY | O_NONBLOCK);
	return j->read_fd < 0 || j->write_fd < 0 ? "its pipe cannot be reopened" : NULL;
}

static const char *open_fifo(const char *path, struct jobserver *j)
{
	struct stat st;

	j->read_fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (j->read_fd < 0 || fstat(j->read_fd, &st) < 0 || !S_ISFIFO(st.st_mode))
		return "its fifo cannot be opened";
	j->write_fd = fcntl(j->read_fd, F_DUPFD_CLOEXEC, 0);
	return j->write_fd < 0 ? "its fifo cannot be opened" : NULL;
}

struct jobserver *jobserver_open(const char *makeflags, const char **ret_why)
{
	_cleanup_free_ char *offer = makeflags ? find_offer(makeflags) : NULL;
	struct jobserver *j;

	*ret_why = NULL;
	if (!offer)
		return NULL;
	j = xcalloc(1, sizeof(*j));
	j->read_fd = j->write_fd = -1;
	*ret_why = str_starts(offer, "fifo:") ? open_fifo(offer + strlen("fifo:"), j)
					      : open_pipe(offer, j);
	if (!*ret_why)
		return j;
	jobserver_close(j);
	return NULL;
}

void jobserver_close(struct jobserver *j)
{
	if (!j)
		return;
	while (j->tokens.n)
		jobserver_give(j);
	if (j->read_fd >= 0)
		close(j->read_fd);
	if (j->write_fd >= 0)
		close(j->write_fd);
	buf_free(&j->tokens);
	free(j);
}

int jobserver_fd(const struct jobserver *j)
{
	return j->read_fd;
}

bool jobserver_take(struct jobserver *j)
{
	char token;
	ssize_t n;

	do
		n = read(j->read_fd, &token, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		return false;
	buf_putc(&j->tokens, token);
	return true;
}

void jobserver_give(struct jobserver *j)
{
	if (!j->tokens.n)
		return;
	file_write_fd(j->write_fd, &j->tokens.v[--j->tokens.n], 1);
}
