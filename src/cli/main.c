#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/message.h"
#include "base/path.h"
#include "cli/cli.h"
#include "steps/steps.h"
#include "version.h"

/* Called by this name, it is that program. */
#define BPF_LINKER "bpf-linker"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary; /* NULL: not shown */
} commands[] = {
	{"build", cli_build, "make objects and skeletons from BPF programs"},
	{"vmlinux", cli_vmlinux, "print a kernel's types as a C header"},
	{"verify", cli_verify, "ask kernels whether they accept the programs"},
	{"kernel", cli_kernel, "get kernels to take types from and to ask for verdicts"},
	{"link", cli_link, "link bitcode to an object, as bpf-linker does"},
	{"cache", cli_cache, "look after the store of results"},
	{"doctor", cli_doctor, "say what is there to build with, and what is missing"},
	{"step", NULL, NULL},
};

static void print_usage(FILE *to)
{
	fputs("Usage: skep COMMAND [OPTION...] [ARGUMENT...]\n"
	      "Takes BPF source to objects that kernels accept.\n\n",
	      to);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].summary)
			fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fputs("\n`skep COMMAND --help` tells more; so does skep(1).\n", to);
}

static int run_command(int argc, char **argv)
{
	_cleanup_strv_ struct strv names = {0};
	const char *near;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (str_eq(argv[1], commands[i].name)) {
			_cleanup_free_ char *name = xasprintf("skep %s", argv[1]);

			if (!commands[i].run)
				return step_main(argc - 2, argv + 2);
			argv[1] = name;
			return commands[i].run(argc - 1, argv + 1);
		}
		if (commands[i].summary)
			strv_add(&names, commands[i].name);
	}
	near = strv_nearest(&names, argv[1]);
	message_error(-EINVAL, "%s: no such command; %s%s%s", argv[1],
		      near ? "did you mean `skep " : "`skep --help` lists them", near ? near : "",
		      near ? "`?" : "");
	return CLI_UNUSABLE;
}

/* With one of them closed, the first file opened would get its number, and messages with it. They
 * are opened for reading: what is written there still fails. */
static void occupy_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	occupy_standard_files();
	/* Who ignores it hands that on, and then there is nothing to wait for. */
	signal(SIGCHLD, SIG_DFL);
	argp_err_exit_status = CLI_UNUSABLE;
	if (argc > 0 && str_eq(path_base(argv[0]), BPF_LINKER)) {
		argv[0] = (char *)BPF_LINKER;
		return cli_link(argc, argv);
	}
	if (argc < 2) {
		print_usage(stderr);
		return CLI_UNUSABLE;
	}
	if (str_eq(argv[1], "--help") || str_eq(argv[1], "-h") || str_eq(argv[1], "help")) {
		print_usage(stdout);
		return CLI_OK;
	}
	if (str_eq(argv[1], "--version") || str_eq(argv[1], "-V")) {
		puts("skep " SKEP_VERSION);
		return CLI_OK;
	}
	return run_command(argc, argv);
}
