#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/message.h"
#include "btf/header.h"
#include "cli/cli.h"

struct arguments {
	const char *source; /* NULL: the running kernel */
	const char *base;
	const char *output; /* NULL: standard output */
};

static const struct argp_option options[] = {
	{"output", 'o', "FILE", 0, "Write the header to FILE instead of standard output", 0},
	{"base", 'B', "FILE", 0,
	 "The BTF that SOURCE continues, as a module's continues its kernel's", 0},
	{0},
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'o':
		a->output = arg;
		break;
	case 'B':
		a->base = arg;
		break;
	case ARGP_KEY_ARG:
		if (a->source)
			argp_error(state, "%s: one source at a time", arg);
		a->source = arg;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "[SOURCE]",
	.doc = "Prints the types of SOURCE as a C header, the one commonly called vmlinux.h.\v"
	       "SOURCE is raw BTF, an ELF file with BTF (an object, a module, vmlinux) or a "
	       "header, "
	       "which is copied as it is. By default it is the running kernel, "
	       "/sys/kernel/btf/vmlinux. Other files below /sys/kernel/btf continue that one by "
	       "themselves.",
};

/* Whose fault it was: the source's content is what the user asked us to work on. */
static int exit_status(int err)
{
	switch (err) {
	case 0:
		return CLI_OK;
	case -EBADMSG:
	case -ENODATA:
	case -EOPNOTSUPP:
	case -EFBIG:
	case -ENOTRECOVERABLE:
	case -ETIMEDOUT:
		return CLI_FAILED;
	default:
		return CLI_UNUSABLE;
	}
}

/* Writes to an open file and closes it: some file systems tell of a full disk only then. */
static int write_and_close(int fd, const struct buf *text)
{
	int err;

	if (fd < 0)
		return -errno;
	err = file_write_fd(fd, text->v, text->n);
	if (close(fd) < 0 && !err)
		err = -errno;
	return err;
}

static int write_output(const char *path, const struct buf *text)
{
	struct stat st;
	int err;

	if (!path)
		err = write_and_close(STDOUT_FILENO, text);
	else if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		err = write_and_close(open(path, O_WRONLY | O_CLOEXEC),
				      text); /* a device, a pipe */
	else
		err = file_write(path, text->v, text->n);
	if (!err)
		return CLI_OK;
	message_error(err, "writing types: %s: %s", path ? path : "standard output",
		      strerror(-err));
	return CLI_UNUSABLE;
}

static int print_types(const struct arguments *a)
{
	_cleanup_source_ struct btf_source source = {0};
	_cleanup_buf_ struct buf text = {0};
	int err = btf_source_read(a->source, a->base, &source);

	if (!err)
		err = btf_print_header_in_child(&source, &text);
	return err ? exit_status(err) : write_output(a->output, &text);
}

int cli_vmlinux(int argc, char **argv)
{
	struct arguments a = {0};

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	/* A reader that goes away is an error to report, not a signal to die of. */
	signal(SIGPIPE, SIG_IGN);
	if (!a.output && fcntl(STDOUT_FILENO, F_GETFD) < 0) {
		message_error(-errno, "writing types: standard output: it is closed");
		return CLI_UNUSABLE;
	}
	return print_types(&a);
}
