/* skep kernel */
#include <argp.h>
#include <errno.h>
#include <stdio.h>

#include "base/message.h"
#include "base/path.h"
#include "cli/cli.h"
#include "kernel/kernels.h"

struct arguments {
	const char *command;
	const char *arch, *modules, *name;
	bool quiet;
	struct strv words;
};

enum {
	OPTION_ARCH = 256,
	OPTION_MODULES,
	OPTION_NAME,
};

static const struct argp_option options[] = {
	{"arch", OPTION_ARCH, "ARCH", 0,
	 "fetch: for ARCH, such as arm64, instead of this machine's architecture", 0},
	{"modules", OPTION_MODULES, "DIR", 0, "add: the kernel's /lib/modules/RELEASE", 0},
	{"name", OPTION_NAME, "NAME", 0, "add: what to call it (default: its release)", 0},
	{"quiet", 'q', 0, 0, "fetch: do not say what is being done", 0},
	{0},
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case OPTION_ARCH:
		a->arch = arg;
		break;
	case OPTION_MODULES:
		a->modules = arg;
		break;
	case OPTION_NAME:
		a->name = arg;
		break;
	case 'q':
		a->quiet = true;
		break;
	case ARGP_KEY_ARG:
		if (!a->command)
			a->command = arg;
		else
			strv_add(&a->words, arg);
		break;
	case ARGP_KEY_END:
		if (!a->command)
			argp_error(state, "which command? fetch, list, add, remove or check");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "fetch VERSION[/ARCH]...\nlist\nadd PATH\nremove NAME...\ncheck [NAME...]",
	.doc = "Looks after the kernels that are kept to take types from and to ask for their "
	       "verdict.\v"
	       "fetch gets Debian's newest kernel of a version, such as 6.12, or the newest of "
	       "all: newest. It uses apt in a folder of its own and changes nothing of the "
	       "system's. list says which are kept; add keeps one that you have: a vmlinuz, an ELF "
	       "vmlinux or an arm64 Image; remove forgets some; check reads all of them, or some, "
	       "and says what is damaged.",
};

static double megabytes(uint64_t bytes)
{
	return (double)bytes / 1e6;
}

static void print_head(void)
{
	printf("%-10s %-26s %-8s %8s %8s %6s  %s\n", "name", "release", "arch", "MB", "modules",
	       "types", "package");
}

static void print_kernel(const struct kernel *k)
{
	printf("%-10s %-26s %-8s %8.1f %8zu %6s  %s\n", k->name, k->release, k->arch->name,
	       megabytes(k->size), k->modules.n, k->btf ? "yes" : "no",
	       *k->package ? k->package : k->folder);
}

static void say(const char *line)
{
	fprintf(stderr, "%s\n", line);
}

/* --arch, what stands behind the slash, or this machine's; takes the latter off the word. */
static const struct arch *arch_of(const struct arguments *a, char *word)
{
	char *slash = strchr(word, '/');
	const char *name = slash ? slash + 1 : a->arch;
	const struct arch *arch = name ? arch_find(name) : arch_host();

	if (slash)
		*slash = '\0';
	if (!arch)
		message_error(-EINVAL, "kernel: %s: no architecture that is known",
			      name ? name : "this machine's");
	return arch;
}

static int fetch_all(struct arguments *a)
{
	int status = CLI_OK;

	for (size_t i = 0; i < a->words.n; i++) {
		_cleanup_kernel_ struct kernel k = {0};
		const struct arch *arch = arch_of(a, a->words.v[i]);
		int err = arch ? kernel_fetch(a->words.v[i], arch, a->quiet ? NULL : say, &k)
			       : -EINVAL;
		int its = cli_exit_of(err);

		status = its > status ? its : status;
		if (err == 0)
			printf("%s %s: %s, %.1f MB\n", k.name, k.release, k.folder,
			       megabytes(k.size));
	}
	return status;
}

static int list(struct arguments *a)
{
	kernel_list all = {0};
	size_t n_damaged;
	int err = kernel_list_all(&all, &n_damaged);

	(void)a;
	if (err == 0) {
		print_head();
		vec_foreach (k, &all)
			print_kernel(k);
	}
	kernel_list_free(&all);
	return err < 0 ? cli_exit_of(err) : n_damaged ? CLI_FAILED : CLI_OK;
}

static int add(struct arguments *a)
{
	_cleanup_kernel_ struct kernel k = {0};
	int err = kernel_add(a->words.v[0], a->modules, a->name, &k);

	if (err == 0)
		printf("%s: %s, %.1f MB%s\n", k.name, k.folder, megabytes(k.size),
		       k.btf ? "" : "; it has no types (BTF)");
	return cli_exit_of(err);
}

static int remove_all(struct arguments *a)
{
	int status = CLI_OK;

	for (size_t i = 0; i < a->words.n; i++)
		if (kernel_remove(a->words.v[i]) < 0)
			status = CLI_UNUSABLE;
	return status;
}

static int check_listed(size_t *n, bool *bad)
{
	kernel_list all = {0};
	size_t n_damaged;
	int err = kernel_list_all(&all, &n_damaged);

	vec_foreach (k, &all)
		*bad |= kernel_check(k) < 0;
	*n = all.n;
	*bad |= n_damaged > 0;
	kernel_list_free(&all);
	return err;
}

static int check(struct arguments *a)
{
	size_t n = a->words.n;
	bool bad = false;
	int err = n ? 0 : check_listed(&n, &bad);

	for (size_t i = 0; err == 0 && i < a->words.n; i++) {
		_cleanup_kernel_ struct kernel k = {0};

		err = kernel_find(a->words.v[i], &k);
		bad |= err == 0 && kernel_check(&k) < 0;
	}
	if (err < 0)
		return cli_exit_of(err);
	if (!bad)
		printf("read %zu kernels: none is damaged\n", n);
	return bad ? CLI_FAILED : CLI_OK;
}

static const struct {
	const char *name;
	int (*run)(struct arguments *a);
	size_t least, most; /* words */
	const char *missing;
} commands[] = {
	{"fetch", fetch_all, 1, SIZE_MAX, "name a version, such as 6.12, or newest"},
	{"list", list, 0, 0, "it takes no arguments"},
	{"add", add, 1, 1, "name one file"},
	{"remove", remove_all, 1, SIZE_MAX, "name a kernel; `skep kernel list` shows them"},
	{"check", check, 0, SIZE_MAX, NULL},
};

int cli_kernel(int argc, char **argv)
{
	struct arguments a = {0};
	int status = CLI_UNUSABLE;
	size_t i = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	while (i < ARRAY_SIZE(commands) && !str_eq(a.command, commands[i].name))
		i++;
	if (i == ARRAY_SIZE(commands))
		message_error(-EINVAL,
			      "kernel: %s: no such command; there are fetch, list, add, remove and "
			      "check",
			      a.command);
	else if (a.words.n < commands[i].least || a.words.n > commands[i].most)
		message_error(-EINVAL, "kernel: %s: %s", a.command, commands[i].missing);
	else
		status = commands[i].run(&a);
	strv_free(&a.words);
	return status;
}
