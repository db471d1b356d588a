#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include "base/file.h"
#include "base/message.h"
#include "btf/header.h"
#include "cli/cli.h"
#include "kernel/kernels.h"
#include "plan/needed.h"

struct arguments {
	const char *source; /* a file or a kernel's name; NULL: the running kernel */
	const char *base;
	const char *output; /* NULL: standard output */
	const char *clang;
	bool for_programs; /* words are programs, not the source */
	struct strv words;
	struct compile_options compile; /* of the programs */
};

enum {
	OPTION_FOR = 256,
	OPTION_VMLINUX,
	OPTION_CLANG,
};

static const struct argp_option options[] = {
	{"output", 'o', "FILE", 0, "Write the header to FILE instead of standard output", 0},
	{"base", 'B', "FILE", 0,
	 "The BTF that SOURCE continues, as a module's continues its kernel's", 0},
	{"for", OPTION_FOR, 0, 0,
	 "Print only what the PROGRAMs need: a small vmlinux.h to keep beside them", 1},
	{"vmlinux", OPTION_VMLINUX, "FILE", 0, "With --for: take the types from FILE", 1},
	{"include", 'I', "DIR", 0, "With --for: look for headers in DIR", 1},
	{"define", 'D', "MACRO[=VALUE]", 0, "With --for: define MACRO", 1},
	{"clang", OPTION_CLANG, "CLANG", 0,
	 "With --for: ask CLANG where headers are (default: the newest found)", 1},
	{0},
};

static void check_arguments(struct arguments *a, struct argp_state *state)
{
	if (a->for_programs) {
		if (!a->words.n)
			argp_error(state, "--for: name the programs, such as execsnoop.bpf.c");
		return;
	}
	if (a->compile.include.n || a->compile.defines.n || a->clang)
		argp_error(state, "-I, -D and --clang go with --for");
	if (a->words.n > 1 || (a->words.n && a->source))
		argp_error(state, "%s: one source at a time", a->words.v[a->words.n - 1]);
	if (a->words.n)
		a->source = a->words.v[0];
}

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
	case OPTION_FOR:
		a->for_programs = true;
		break;
	case OPTION_VMLINUX:
		a->source = arg;
		break;
	case OPTION_CLANG:
		a->clang = arg;
		break;
	case 'I':
		strv_add(&a->compile.include, arg);
		break;
	case 'D':
		strv_add(&a->compile.defines, arg);
		break;
	case ARGP_KEY_ARG:
		strv_add(&a->words, arg);
		break;
	case ARGP_KEY_END:
		check_arguments(a, state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "[SOURCE]\n--for PROGRAM...",
	.doc = "Prints the types of SOURCE as a C header, the one commonly called vmlinux.h; or "
	       "only "
	       "those that some programs need.\v"
	       "SOURCE is raw BTF, an ELF file with BTF (an object, a module, vmlinux), a packed "
	       "kernel (vmlinuz), a header, which is copied as it is, or a kernel that `skep "
	       "kernel` keeps, such as 6.12. By default it is the running kernel, "
	       "/sys/kernel/btf/vmlinux. Other files below /sys/kernel/btf continue that one by "
	       "themselves.",
};

/* And closes it: some file systems tell of a full disk only then. */
static int write_standard_output(const struct buf *text)
{
	int err = file_write_fd(STDOUT_FILENO, text->v, text->n);

	if (close(STDOUT_FILENO) < 0 && !err)
		err = -errno;
	return err;
}

static int write_output(const char *path, const struct buf *text)
{
	int err = path ? file_write_output(path, text->v, text->n) : write_standard_output(text);

	if (!err)
		return CLI_OK;
	message_error(err, "writing types: %s: %s", path ? path : "standard output",
		      strerror(-err));
	return CLI_UNUSABLE;
}

/* Replaces a header by what the programs need of it. */
static int keep_needed(const struct arguments *a, const char *source, struct buf *text)
{
	struct needed_options o = {.clang = a->clang, .compile = &a->compile};
	_cleanup_buf_ struct buf whole = *text;
	int err;

	*text = (struct buf){0};
	buf_puts(text, "/* What");
	for (size_t i = 0; i < a->words.n; i++)
		buf_printf(text, " %s", a->words.v[i]);
	buf_printf(text, " need%s of a kernel's types, by `skep vmlinux --for`. */\n",
		   a->words.n == 1 ? "s" : "");
	err = needed_types(&a->words, &o, source ? source : BTF_SOURCE_KERNEL, &whole, text);
	return err;
}

static int print_types(const struct arguments *a)
{
	_cleanup_source_ struct btf_source source = {0};
	_cleanup_free_ char *path = NULL;
	_cleanup_buf_ struct buf text = {0};
	int err = a->source ? kernel_find_types(a->source, NULL, &path) : 0;

	if (!err)
		err = btf_source_read(path, a->base, &source);
	if (!err)
		err = btf_print_header_in_child(&source, &text);
	if (!err && a->for_programs)
		err = keep_needed(a, path, &text);
	return err ? cli_exit_of(err) : write_output(a->output, &text);
}

int cli_vmlinux(int argc, char **argv)
{
	_cleanup_free_ char *optimize = xstrdup("2");
	struct arguments a = {.compile = {.optimize = optimize}};
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	/* A reader that goes away is an error to report, not a signal to die of. */
	signal(SIGPIPE, SIG_IGN);
	if (!a.output && fcntl(STDOUT_FILENO, F_GETFD) < 0) {
		message_error(-errno, "writing types: standard output: it is closed");
		return CLI_UNUSABLE;
	}
	status = print_types(&a);
	strv_free(&a.words);
	strv_free(&a.compile.include);
	strv_free(&a.compile.defines);
	return status;
}
