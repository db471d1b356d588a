/* skep doctor */
#include <argp.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/message.h"
#include "base/process.h"
#include "cli/cli.h"
#include "compiler/compiler.h"
#include "compiler/list.h"
#include "kernel/cpu.h"
#include "llvm/find.h"

#define KERNEL_TYPES "/sys/kernel/btf/vmlinux"

#define COLUMNS 3

/* What a program may take to tell its version. */
#define SECONDS_MAX 10

/* A table: what it is, what is known of it, and, for files, where it is. */
struct report {
	struct strv cells;
};

/* Takes ownership of all three; the last may be NULL. */
static void add(struct report *r, char *what, char *facts, char *where)
{
	strv_take(&r->cells, what);
	strv_take(&r->cells, facts);
	strv_take(&r->cells, where ? where : xstrdup(""));
}

/* The widest cell of a column; advice, which names no file, may be longer. */
static int width_of(const struct report *r, size_t column)
{
	size_t width = 0;

	for (size_t i = column; i < r->cells.n; i += COLUMNS)
		if (strlen(r->cells.v[i]) > width && (column == 0 || *r->cells.v[i - column + 2]))
			width = strlen(r->cells.v[i]);
	return (int)width;
}

static void print_report(const char *title, struct report *r)
{
	printf("%s\n", title);
	for (size_t i = 0; i < r->cells.n; i += COLUMNS) {
		char **cell = &r->cells.v[i];
		_cleanup_buf_ struct buf line = {0}, shown = {0};

		buf_printf(&line, "%-*s  %-*s", width_of(r, 0), cell[0],
			   *cell[2] ? width_of(r, 1) : 0, cell[1]);
		if (*cell[2])
			buf_printf(&line, "  %s", cell[2]);
		buf_put_visible(&shown, line.v);
		printf("  %s\n", shown.v);
	}
	putchar('\n');
	strv_free(&r->cells);
}

/* Messages of what is asked become part of the table. */
static void keep_message(enum message_level level, const char *text, void *arg)
{
	struct buf *b = arg;

	(void)level;
	if (!b->n)
		buf_puts(b, text);
}

static bool report_compilers(void)
{
	struct report r = {0};
	compiler_list list = {0};
	bool works = false;

	compiler_list_all(&list);
	vec_foreach (c, &list) {
		char *facts = c->is_suitable ? xasprintf("-mcpu: %s", c->cpus)
			      : *c->cpus     ? xasprintf("too old: a build needs %d or newer",
							 COMPILER_MIN_MAJOR)
					     : xstrdup("no BPF target, or it does not run");

		add(&r, xstrdup(c->version), facts, xstrdup(c->path));
		works = works || c->is_suitable;
	}
	if (!works)
		add(&r, xstrdup("missing"),
		    xstrdup("a clang for BPF, which every build needs: install one (Debian: "
			    "apt-get install clang-19)"),
		    NULL);
	print_report("Compilers", &r);
	compiler_list_free(&list);
	return works;
}

/* Appends a row; true when the library can link. */
static bool report_library(const struct llvm_library *l, struct report *r)
{
	_cleanup_buf_ struct buf why = {0};
	struct llvm_facts f = {0};
	bool works;
	int err;

	if (l->major < LLVM_MIN_MAJOR) {
		add(r, xasprintf("%u.%u", l->major, l->minor),
		    xasprintf("too old: skep link needs %d or newer", LLVM_MIN_MAJOR),
		    xstrdup(l->path));
		return false;
	}
	message_set_sink(keep_message, &why);
	err = llvm_inspect(l->path, &f);
	message_set_sink(NULL, NULL);
	if (err < 0) {
		add(r, xasprintf("%u.%u", l->major, l->minor), buf_steal(&why), NULL);
		return false;
	}
	works = *f.targets;
	add(r, xasprintf("%s%s%s", f.version, l->rust ? " of rustc " : "", l->rust ? l->rust : ""),
	    works ? xasprintf("targets: %s; -mcpu: %s", f.targets, f.cpus)
		  : xstrdup("no BPF target"),
	    xstrdup(l->path));
	llvm_facts_free(&f);
	return works;
}

static void report_libraries(void)
{
	llvm_libraries list = {0};
	struct report r = {0};
	bool works = false;

	llvm_find_all(&list);
	vec_foreach (l, &list)
		works = report_library(l, &r) || works;
	if (!works)
		add(&r, xstrdup("missing"),
		    xasprintf("a libLLVM from %d on, which skep link needs: install one "
			      "(Debian: apt-get install libllvm22)",
			      LLVM_MIN_MAJOR),
		    NULL);
	print_report("libLLVM", &r);
	llvm_libraries_free(&list);
}

static char *describe_types(void)
{
	struct stat st;

	if (access(KERNEL_TYPES, R_OK) == 0 && stat(KERNEL_TYPES, &st) == 0)
		return xasprintf("%s, %.1f MB", KERNEL_TYPES, (double)st.st_size / 1e6);
	return xstrdup("none (" KERNEL_TYPES " cannot be read): name a vmlinux.h or BTF with "
		       "--vmlinux, or use a kernel with CONFIG_DEBUG_INFO_BTF");
}

static void report_kernel(void)
{
	_cleanup_buf_ struct buf why = {0};
	struct report r = {0};
	struct utsname u = {0};
	const char *cpu;
	int err;

	uname(&u);
	add(&r, xstrdup("release"), xasprintf("%s %s", u.release, u.machine), NULL);
	message_set_sink(keep_message, &why);
	err = kernel_probe_cpu(&cpu);
	message_set_sink(NULL, NULL);
	add(&r, xstrdup("-mcpu=probe"), err < 0 ? buf_steal(&why) : xstrdup(cpu), NULL);
	add(&r, xstrdup("types"), describe_types(), NULL);
	print_report("Kernel", &r);
}

/* The first line of what `env PROGRAM version` says; NULL when there is no such program. */
static char *ask_version(const char *program)
{
	char *argv[] = {(char *)"/usr/bin/env", (char *)program, (char *)"version", NULL};
	_cleanup_buf_ struct buf out = {0};
	int status;

	if (process_capture_within(SECONDS_MAX, argv, environ, &out, &status) < 0 || status != 0 ||
	    !out.n)
		return NULL;
	return xstrndup(out.v, strcspn(out.v, "\n"));
}

static void report_tools(void)
{
	struct report r = {0};
	char *bpftool = ask_version("bpftool");

	add(&r, xstrdup("libbpf"), xstrdup(libbpf_version_string()), NULL);
	if (!bpftool)
		bpftool =
			xstrdup("none; no build needs it, though it shows what is loaded (Debian: "
				"apt-get install bpftool)");
	add(&r, xstrdup("bpftool"), bpftool, NULL);
	print_report("Libraries and tools", &r);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	argp_error(state, "%s: there is nothing to name", arg);
	return 0;
}

static const struct argp argp = {
	.parser = parse_option,
	.doc = "Says which compilers, libraries and kernel features skep finds here, and what to "
	       "do "
	       "about what is missing.\v"
	       "The exit status is 0 when programs can be built, else 1.",
};

int cli_doctor(int argc, char **argv)
{
	bool works;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	works = report_compilers();
	report_libraries();
	report_kernel();
	report_tools();
	puts(works ? "Programs can be built." : "Programs cannot be built.");
	if (fflush(stdout) != 0) {
		message_error(0, "doctor: standard output: cannot be written");
		return CLI_UNUSABLE;
	}
	return works ? CLI_OK : CLI_FAILED;
}
