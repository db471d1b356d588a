/* skep link, and bpf-linker, whose command line it takes. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <strings.h>

#include "base/file.h"
#include "base/message.h"
#include "cli/cli.h"
#include "kernel/cpu.h"
#include "llvm/link.h"
#include "version.h"

#define SYMBOLS_MAX ((size_t)64 << 20)

struct command {
	struct link_options o;
	bool has_emit, shows_help, shows_version;
};

/*
 * An option. take gives 0 or a negative errno after a message; value is NULL for those without
 * one, and at is where in the command its value belongs.
 */
struct option {
	const char *name; /* behind "--"; NULL: there is only the letter */
	char letter;	  /* behind "-"; 0: there is only the name */
	const char *value;
	int (*take)(struct command *c, const struct option *o, const char *value);
	size_t at;
	bool is_dashed; /* values may begin with "-" */
	const char *help;
};

/* A word on the command line and what it stands for. */
struct choice {
	const char *name;
	int value;
};

static const struct choice emits[] = {
	{"obj", LINK_OBJECT},
	{"asm", LINK_ASSEMBLY},
	{"llvm-ir", LINK_IR},
	{"llvm-bc", LINK_BITCODE},
};
static const struct choice levels[] = {
	{"off", LINK_LOG_OFF},	 {"error", LINK_LOG_ERROR}, {"warn", LINK_LOG_WARN},
	{"info", LINK_LOG_INFO}, {"debug", LINK_LOG_DEBUG}, {"trace", LINK_LOG_TRACE},
};
/* 0 is taken for 1: what is not inlined at all is not code for BPF. */
static const struct choice optimizations[] = {
	{"0", '1'}, {"1", '1'}, {"2", '2'}, {"3", '3'}, {"s", 's'}, {"z", 'z'},
};
static const struct choice cpus[] = {
	{"generic", 0}, {"probe", 0}, {"v1", 0}, {"v2", 0}, {"v3", 0}, {"v4", 0},
};
static const struct choice truths[] = {{"true", true}, {"false", false}};

/* The choice's number, or after a message -EINVAL. */
static int choose(const struct option *o, const struct choice *choices, size_t n, const char *value)
{
	_cleanup_strv_ struct strv names = {0};
	_cleanup_buf_ struct buf all = {0};
	const char *near;

	for (size_t i = 0; i < n; i++) {
		if (strcasecmp(choices[i].name, value) == 0)
			return choices[i].value;
		strv_add(&names, choices[i].name);
		buf_printf(&all, "%s%s", i == 0 ? "" : i + 1 < n ? ", " : " or ", choices[i].name);
	}
	near = strv_nearest(&names, value);
	return message_error(-EINVAL, "link: %s%s: %s: it can be %s%s%s%s", o->name ? "--" : "-O",
			     o->name ? o->name : "", value, all.v, near ? "; did you mean " : "",
			     near ? near : "", near ? "?" : "");
}

#define CHOOSE(o, choices, value) choose(o, choices, ARRAY_SIZE(choices), value)

static void *place(struct command *c, const struct option *o)
{
	return (char *)c + o->at;
}

static int take_flag(struct command *c, const struct option *o, const char *value)
{
	(void)value;
	*(bool *)place(c, o) = true;
	return 0;
}

static int take_text(struct command *c, const struct option *o, const char *value)
{
	*(const char **)place(c, o) = value;
	return 0;
}

static int take_list(struct command *c, const struct option *o, const char *value)
{
	_cleanup_free_ char *copy = xstrdup(value);
	char *rest = copy, *part;

	while ((part = strsep(&rest, ",")))
		if (*part)
			strv_add(place(c, o), part);
	return 0;
}

static int take_nothing(struct command *c, const struct option *o, const char *value)
{
	(void)c;
	(void)o;
	(void)value;
	return 0;
}

/* Where rustc asks for several kinds, the first is what it goes on with. */
static int take_emit(struct command *c, const struct option *o, const char *value)
{
	int emit = CHOOSE(o, emits, value);

	if (emit >= 0 && !c->has_emit)
		c->o.emit = (enum link_emit)emit;
	c->has_emit = true;
	return emit < 0 ? emit : 0;
}

static int take_level(struct command *c, const struct option *o, const char *value)
{
	int level = CHOOSE(o, levels, value);

	if (level >= 0)
		c->o.log_level = (enum link_log)level;
	return level < 0 ? level : 0;
}

static int take_optimization(struct command *c, const struct option *o, const char *value)
{
	int letter = CHOOSE(o, optimizations, value);

	if (letter >= 0)
		c->o.optimize = (char)letter;
	return letter < 0 ? letter : 0;
}

static int take_cpu(struct command *c, const struct option *o, const char *value)
{
	c->o.cpu = value;
	return CHOOSE(o, cpus, value);
}

static int take_truth(struct command *c, const struct option *o, const char *value)
{
	int truth = CHOOSE(o, truths, value);

	if (truth >= 0)
		*(bool *)place(c, o) = truth;
	return truth < 0 ? truth : 0;
}

static int take_symbols(struct command *c, const struct option *o, const char *value)
{
	_cleanup_buf_ struct buf text = {0};
	int err = file_read(value, SYMBOLS_MAX, &text);
	char *rest = text.v, *line;

	if (err < 0)
		return message_error(err, "link: --%s: %s: %s", o->name, value, strerror(-err));
	while (rest && (line = strsep(&rest, "\n"))) {
		line[strcspn(line, "\r")] = '\0';
		if (*line)
			strv_add(place(c, o), line);
	}
	return 0;
}

#define AT(field) offsetof(struct command, field)

static const struct option options[] = {
	{"output", 'o', "FILE", take_text, AT(o.output), false, "Write to FILE"},
	{"emit", 0, "KIND", take_emit, 0, false,
	 "What to write: obj (default), asm, llvm-ir or llvm-bc; the first of several counts"},
	{"target", 0, "TRIPLE", take_text, AT(o.target), false,
	 "bpf, bpfel or bpfeb (default: as the inputs say, else bpf)"},
	{"cpu", 0, "CPU", take_cpu, 0, false,
	 "generic (default), v1, v2, v3, v4, or probe: the newest that the running kernel takes"},
	{"cpu-features", 0, "LIST", take_text, AT(o.features), true,
	 "Features to switch on and off, such as +alu32,-dwarfris"},
	{NULL, 'O', "LEVEL", take_optimization, 0, false,
	 "Optimize: 0 or 1, 2 (default), 3, s, z; the last of several counts"},
	{"btf", 0, NULL, take_flag, AT(o.btf), false, "Write BTF, made from debug information"},
	{"debug-info", 0, NULL, take_flag, AT(o.debug_info), false,
	 "Keep DWARF in the object beside BTF"},
	{"export", 0, "SYMBOLS", take_list, AT(o.exports), false,
	 "Keep these symbols, separated by commas; may be repeated"},
	{"export-symbols", 0, "FILE", take_symbols, AT(o.exports), false,
	 "Keep the symbols that FILE names, one a line"},
	{"link-all", 0, NULL, take_flag, AT(o.link_all), false,
	 "Link every function of every input, not only what is needed"},
	{"allow-undefined", 0, NULL, take_flag, AT(o.allow_undefined), false,
	 "Write an object although it uses names that nobody defines: it is linked further"},
	{"llvm", 0, "PATH|VERSION", take_text, AT(o.llvm), false,
	 "Use this libLLVM, or one of this version (default: SKEP_LLVM, else what fits the "
	 "inputs)"},
	{"llvm-args", 0, "ARGS", take_list, AT(o.llvm_args), true,
	 "Pass these on to LLVM, separated by commas; may be repeated"},
	{"unroll-loops", 0, NULL, take_flag, AT(o.unroll_loops), false,
	 "Try hard to unroll loops, for kernels that know none"},
	{"ignore-inline-never", 0, NULL, take_flag, AT(o.ignore_inline_never), false,
	 "Inline what says noinline, for kernels that know no function calls"},
	{"allow-bpf-trap", 0, NULL, take_flag, AT(o.allow_trap), false,
	 "Let LLVM insert calls to __bpf_trap"},
	{"disable-expand-memcpy-in-order", 0, NULL, take_flag, AT(o.disable_expand_memcpy_in_order),
	 false, "Do not pass --bpf-expand-memcpy-in-order to LLVM"},
	{"disable-memory-builtins", 0, NULL, take_flag, AT(o.disable_memory_builtins), false,
	 "Do not export memcpy, memmove, memset, memcmp and bcmp"},
	{"fatal-errors", 0, "true|false", take_truth, AT(o.fatal_errors), false,
	 "Whether LLVM's errors end the link (default: true)"},
	{"dump-module", 0, "DIR", take_text, AT(o.dump_module), false,
	 "Write the module to DIR, before (pre-opt.ll) and after optimizing (post-opt.ll)"},
	{"keep-ir-on-crash", 0, NULL, take_flag, AT(o.keep_ir_on_crash), false,
	 "When LLVM crashes, leave the module it crashed on behind"},
	{"log-level", 0, "LEVEL", take_level, 0, false,
	 "off, error, warn (default), info, debug or trace"},
	{"log-file", 0, "FILE", take_text, AT(o.log_file), false, "Write the log to FILE"},
	{"help", 'h', NULL, take_flag, AT(shows_help), false, "Print this"},
	{"version", 'V', NULL, take_flag, AT(shows_version), false, "Print the version"},
	/* What rustc passes to linkers of every kind. */
	{NULL, 'L', "DIR", take_nothing, 0, false, NULL},
	{"debug", 0, NULL, take_nothing, 0, false, NULL},
	{"flavor", 0, "NAME", take_nothing, 0, false, NULL},
};

static void print_help(const char *name)
{
	printf("Usage: %s [OPTION...] -o FILE INPUT...\n"
	       "Links bitcode (also in objects, archives and rlibs) and IR to an object for "
	       "BPF.\n\n",
	       name);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		const struct option *o = &options[i];
		_cleanup_buf_ struct buf left = {0};

		if (!o->help)
			continue;
		if (o->letter)
			buf_printf(&left, "-%c%s", o->letter, o->name ? ", " : "");
		else
			buf_puts(&left, "    ");
		if (o->name)
			buf_printf(&left, "--%s", o->name);
		if (o->value)
			buf_printf(&left, "%s%s", o->name ? "=" : " ", o->value);
		printf(left.n > 28 ? "  %s\n  %-28s  %s\n" : "  %-28s%s  %s\n", left.v, "",
		       o->help);
	}
}

/* The option that a word is, and the value within the word, or NULL. */
static const struct option *find_option(const char *word, const char **ret_value)
{
	bool is_long = word[1] == '-' || str_eq(word, "-flavor"); /* as lld calls it */
	const char *name = word + 1 + (word[1] == '-');
	size_t n = strcspn(name, "=");

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		const struct option *o = &options[i];

		if (is_long && o->name && strlen(o->name) == n && memcmp(name, o->name, n) == 0) {
			*ret_value = name[n] ? name + n + 1 : NULL;
			return o;
		}
		if (!is_long && o->letter == word[1]) {
			*ret_value = word[2] ? word + 2 + (word[2] == '=') : NULL;
			return o;
		}
	}
	return NULL;
}

static int report_unknown(const char *word)
{
	_cleanup_free_ char *name = xstrndup(word, strcspn(word, "="));
	_cleanup_strv_ struct strv names = {0};
	const char *near;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].name && options[i].help)
			strv_addf(&names, "--%s", options[i].name);
	near = strv_nearest(&names, name);
	return message_error(-EINVAL, "link: %s: no such option; %s%s%s", name,
			     near ? "did you mean " : "--help lists them", near ? near : "",
			     near ? "?" : "");
}

/* Takes one option, which begins at argv[*i], and its value, which may be the next word. */
static int take_option(struct command *c, char **argv, int *i)
{
	const char *word = argv[*i], *value = NULL;
	const struct option *o = find_option(word, &value);
	const char *next = argv[*i + 1];

	if (!o)
		return report_unknown(word);
	if (!o->value && value)
		return message_error(-EINVAL, "link: %.*s: it takes no value",
				     (int)(value - word - 1), word);
	if (o->value && !value) {
		if (!next || (!o->is_dashed && next[0] == '-' && next[1]))
			return message_error(-EINVAL, "link: %s: it needs a value: %s", word,
					     o->value);
		value = next;
		++*i;
	}
	return o->take(c, o, value);
}

static int parse(struct command *c, char **argv)
{
	bool only_inputs = false;

	for (int i = 1; argv[i]; i++) {
		int err = 0;

		if (only_inputs || argv[i][0] != '-' || !argv[i][1])
			strv_add(&c->o.inputs, argv[i]);
		else if (str_eq(argv[i], "--"))
			only_inputs = true;
		else
			err = take_option(c, argv, &i);
		if (err < 0)
			return err;
	}
	return 0;
}

/* What can be said only when all options are known. */
static int complete(struct command *c)
{
	const char *llvm = getenv("SKEP_LLVM");

	if (!c->o.inputs.n)
		return message_error(-EINVAL, "link: no inputs: name bitcode, objects or archives");
	if (!c->o.output || !*c->o.output)
		return message_error(-EINVAL, "link: no output: name it with -o");
	if (!c->o.llvm && llvm && *llvm)
		c->o.llvm = llvm;
	return str_eq(c->o.cpu, "probe") ? kernel_probe_cpu(&c->o.cpu) : 0;
}

/* Whose fault it was: most often the program's. */
static int exit_status(int err)
{
	switch (err) {
	case 0:
		return CLI_OK;
	case -ENOENT:
	case -EACCES:
	case -EPERM:
	case -EISDIR:
	case -ENOTDIR:
	case -EROFS:
	case -ENOSPC:
		return CLI_UNUSABLE;
	default:
		return CLI_FAILED;
	}
}

static int run(struct command *c, char **argv)
{
	if (parse(c, argv) < 0)
		return CLI_UNUSABLE;
	if (c->shows_help || c->shows_version) {
		if (c->shows_help)
			print_help(argv[0]);
		else
			printf("%sskep " SKEP_VERSION "\n",
			       str_starts(argv[0], "skep") ? "" : "bpf-linker, as of ");
		return CLI_OK;
	}
	if (complete(c) < 0)
		return CLI_UNUSABLE;
	return exit_status(link_run(&c->o));
}

int cli_link(int argc, char **argv)
{
	struct command c = {.o = {
				    .cpu = "generic",
				    .features = "",
				    .optimize = '2',
				    .fatal_errors = true,
				    .log_level = LINK_LOG_WARN,
			    }};
	int status;

	(void)argc;
	signal(SIGPIPE, SIG_IGN);
	status = run(&c, argv);
	strv_free(&c.o.inputs);
	strv_free(&c.o.exports);
	strv_free(&c.o.llvm_args);
	return status;
}
