/*
 * The index of a kernel's types, made on two processors: this process prints them as C, another one
 * indexes what is there already. Each takes half of what a build waits for before its first unit.
 */
#include "steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/message.h"
#include "btf/header.h"
#include "btf/source.h"
#include "slice/index.h"

/* Room for the text; what is not used costs nothing. */
#define MAX_TEXT ((size_t)1 << 30)
/* Bytes that are worth telling of. */
#define CHUNK ((size_t)64 << 10)

/* The text as both processes see it, and the pipe that tells of its size. */
struct shared {
	char *text;
	size_t told;
	int fds[2];
};

int types_index_write(const struct index_source *source, const char *path)
{
	_cleanup_free_ char *why = NULL;
	_cleanup_buf_ struct buf out = {0};
	int err;

	if (index_build_from(source, &out, &why) < 0) {
		out.n = 0;
		buf_printf(&out, "%s%s\n", INDEX_REFUSED, why);
		buf_add(&out, source->text,
			source->wait ? source->wait(0, source->arg) : source->size);
	}
	err = file_write(path, out.v, out.n);
	if (err < 0)
		message_error(err, "write: %s: %s", path, strerror(-err));
	return err;
}

/* The printer's side. A reader that is gone has said why. */
static void tell(const struct buf *text, void *arg)
{
	struct shared *s = arg;

	if (text->n < s->told + CHUNK || text->n > MAX_TEXT)
		return;
	memcpy(s->text + s->told, text->v + s->told, text->n - s->told);
	s->told = text->n;
	file_write_fd(s->fds[1], &s->told, sizeof(s->told));
}

/* The indexer's side: the end of the pipe is the end of the text. */
static size_t wait_for_text(size_t known, void *arg)
{
	struct shared *s = arg;
	size_t size;

	while (s->told <= known && read(s->fds[0], &size, sizeof(size)) == sizeof(size))
		s->told = size;
	return s->told;
}

static int run_indexer(struct shared *s, const char *output)
{
	const struct index_source source = {.text = s->text, .wait = wait_for_text, .arg = s};

	close(s->fds[1]);
	return types_index_write(&source, output) < 0;
}

static int print(const struct btf_source *source, struct shared *s)
{
	struct buf text = {0};
	int err = btf_print_header_while(source, &text, tell, s);

	if (err == 0 && text.n > MAX_TEXT)
		err = message_error(-EFBIG, "types: %s: more than 1 GiB of C", source->path);
	if (err == 0) {
		memcpy(s->text + s->told, text.v + s->told, text.n - s->told);
		s->told = text.n;
		file_write_fd(s->fds[1], &s->told, sizeof(s->told));
	}
	close(s->fds[1]);
	/* This process ends here: nothing is freed. */
	return err;
}

static int print_and_index(const struct btf_source *source, const char *output)
{
	struct shared s = {.text = mmap(NULL, MAX_TEXT, PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)};
	int status, err;
	pid_t pid;

	if (s.text == MAP_FAILED || pipe2(s.fds, O_CLOEXEC) < 0)
		return message_error(-errno, "types: %s: %s", source->path, strerror(errno));
	pid = fork();
	if (pid < 0)
		return message_error(-errno, "types: %s: %s", source->path, strerror(errno));
	if (pid == 0)
		_exit(run_indexer(&s, output));
	close(s.fds[0]);
	signal(SIGPIPE, SIG_IGN);
	err = print(source, &s);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (err < 0)
		return err;
	return status == 0 ? 0 : -EIO;
}

/* types SOURCE OUTPUT */
int builtin_types(int argc, char **argv)
{
	_cleanup_source_ struct btf_source source = {0};

	(void)argc;
	if (btf_source_read(argv[1], NULL, &source) < 0)
		return 1;
	if (source.kind == BTF_SOURCE_HEADER) {
		const struct index_source header = {.text = source.data.v, .size = source.data.n};

		return types_index_write(&header, argv[2]) < 0;
	}
	return print_and_index(&source, argv[2]) < 0;
}
