/* skep verify */
#include <argp.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/message.h"
#include "cli/cli.h"
#include "cli/verify_parts.h"

#define MAX_JOBS 64
#define MAX_SECONDS 86400

/* Kernels at the same time, each with its machine's memory. */
#define DEFAULT_JOBS 2

/* The lines of a rejection's log that are shown. */
#define LOG_LINES 6

#define RUNNING "running"

struct arguments {
	struct session_options session;
	struct verify_settings settings;
	const char *csv, *json, *junit, *html, *compare;
	struct compare_limits limits;
	unsigned long jobs;
	bool quiet, logs, run_on_host, emulate;
};

enum {
	OPTION_CSV = 256,
	OPTION_JSON,
	OPTION_JUNIT,
	OPTION_HTML,
	OPTION_COMPARE,
	OPTION_THRESHOLD,
	OPTION_SET,
	OPTION_TARGET,
	OPTION_TYPE,
	OPTION_MAP_SIZE,
	OPTION_PRESET,
	OPTION_OPTIONAL,
	OPTION_ONE_OF,
	OPTION_LOG,
	OPTION_RUN_ON_HOST,
	OPTION_EMULATE,
	OPTION_TIMEOUT,
	OPTION_NO_CACHE,
	OPTION_REFRESH,
};

static const struct argp_option options[] = {
	{"kernel", 'k', "KERNEL,...", 0,
	 "Ask these kernels: running, those of `skep kernel list` by version, or files (default: "
	 "running)",
	 0},
	{"jobs", 'j', "N", 0, "Ask up to N kernels at a time (default: 2)", 0},
	{"quiet", 'q', 0, 0, "Show the summary and failures only", 0},
	{"log", OPTION_LOG, 0, 0, "Show the whole log of what was rejected", 0},
	{"csv", OPTION_CSV, "FILE", 0, "Write figures as veristat does (-: standard output)", 1},
	{"json", OPTION_JSON, "FILE", 0, "Write everything that is known", 1},
	{"junit", OPTION_JUNIT, "FILE", 0, "Write results for continuous integration", 1},
	{"html", OPTION_HTML, "FILE", 0, "Write one page to look at", 1},
	{"compare", OPTION_COMPARE, "OLD.csv", 0,
	 "Say what changed since; exit status 1 when something got worse", 1},
	{"threshold", OPTION_THRESHOLD, "PERCENT", 0,
	 "More instructions than that count as worse (default: 5)", 1},
	{"set", OPTION_SET, "VAR=VALUE", 0, "Give a global variable a value before loading", 2},
	{"target", OPTION_TARGET, "PROG=FUNC", 0, "Attach PROG to FUNC instead", 2},
	{"type", OPTION_TYPE, "PROG=TYPE[:ATTACH]", 0, "Load PROG as this type", 2},
	{"map-size", OPTION_MAP_SIZE, "MAP=N", 0, "Make MAP with N entries", 2},
	{"preset", OPTION_PRESET, "NAME", 0,
	 "Load with what the manifest calls NAME only, not with all presets and without any", 2},
	{"optional", OPTION_OPTIONAL, "PATTERN", 0,
	 "Programs that match need not be accepted: [OBJECT/]PROGRAM, with wildcards", 2},
	{"one-of", OPTION_ONE_OF, "A,B,...", 0,
	 "Of these programs (or patterns) one has to be accepted by each kernel", 2},
	{"timeout", OPTION_TIMEOUT, "SECONDS", 0,
	 "Give each program so long (default: 60, in machines 240)", 3},
	{"run-on-host", OPTION_RUN_ON_HOST, 0, 0,
	 "Run programs whose result is expected, on the running kernel, too", 3},
	{"emulate", OPTION_EMULATE, 0, 0, "Never use KVM", 3},
	{"no-cache", OPTION_NO_CACHE, 0, 0, "Keep and find no verdicts", 3},
	{"refresh", OPTION_REFRESH, 0, 0, "Ask, though the verdict is known", 3},
	{0},
};

static void add_words(struct strv *list, const char *words)
{
	while (*words) {
		size_t n = strcspn(words, ",");

		if (n)
			strv_take(list, xstrndup(words, n));
		words += n + (words[n] == ',');
	}
}

static void add_pair(struct strv *list, const char *option, const char *arg,
		     struct argp_state *state)
{
	const char *equals = strchr(arg, '=');

	if (!equals || equals == arg || !equals[1])
		argp_error(state, "--%s: %s: not NAME=VALUE", option, arg);
	strv_add(list, arg);
}

static void check_pattern(const char *option, const char *pattern, struct argp_state *state)
{
	const char *problem = verify_pattern_problem(pattern);

	if (problem)
		argp_error(state, "--%s: %s: %s", option, pattern, problem);
}

static void add_group(verify_groups *groups, const char *arg, struct argp_state *state)
{
	struct strv group = {0};

	add_words(&group, arg);
	for (size_t i = 0; i < group.n; i++)
		check_pattern("one-of", group.v[i], state);
	if (group.n < 2)
		argp_error(state, "--one-of: %s: not two programs or more with commas between",
			   arg);
	vec_push(groups, group);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	struct verify_options *o = &a->settings.command;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->session;
		break;
	case 'k':
		add_words(&o->kernels, arg);
		break;
	case 'j':
		if (!str_to_ulong(arg, MAX_JOBS, &a->jobs) || !a->jobs)
			argp_error(state, "-j: %s: not a number from 1 to %d", arg, MAX_JOBS);
		break;
	case 'q':
		a->quiet = true;
		break;
	case OPTION_LOG:
		a->logs = true;
		break;
	case OPTION_CSV:
		a->csv = arg;
		break;
	case OPTION_JSON:
		a->json = arg;
		break;
	case OPTION_JUNIT:
		a->junit = arg;
		break;
	case OPTION_HTML:
		a->html = arg;
		break;
	case OPTION_COMPARE:
		a->compare = arg;
		break;
	case OPTION_THRESHOLD:
		a->limits.percent = strtod(arg, &end);
		if (end == arg || *end || !(a->limits.percent >= 0))
			argp_error(state, "--threshold: %s: not a percentage", arg);
		break;
	case OPTION_SET:
		add_pair(&o->values.globals, "set", arg, state);
		break;
	case OPTION_TARGET:
		add_pair(&o->values.targets, "target", arg, state);
		break;
	case OPTION_TYPE:
		add_pair(&o->values.types, "type", arg, state);
		break;
	case OPTION_MAP_SIZE:
		add_pair(&o->values.map_sizes, "map-size", arg, state);
		break;
	case OPTION_PRESET:
		strv_add(&a->settings.presets, arg);
		break;
	case OPTION_OPTIONAL:
		check_pattern("optional", arg, state);
		strv_add(&o->optional, arg);
		break;
	case OPTION_ONE_OF:
		add_group(&o->one_of, arg, state);
		break;
	case OPTION_TIMEOUT:
		if (!str_to_ulong(arg, MAX_SECONDS, &o->seconds) || !o->seconds)
			argp_error(state, "--timeout: %s: not a number of seconds", arg);
		break;
	case OPTION_RUN_ON_HOST:
		a->run_on_host = true;
		break;
	case OPTION_EMULATE:
		a->emulate = true;
		break;
	case OPTION_NO_CACHE:
		a->session.no_cache = true;
		break;
	case OPTION_REFRESH:
		a->session.refresh = true;
		break;
	case ARGP_KEY_ARG:
		strv_add(&a->session.words, arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* Which project, and how it is built. */
static const struct argp_child children[] = {{&session_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
	.children = children,
	.options = options,
	.parser = parse_option,
	.args_doc = "[OBJECT|TARGET...]",
	.doc = "Builds what is needed, loads every program of the OBJECTs (files) or TARGETs (of "
	       "the project; default: all) into kernels, and reports what their verifiers say. "
	       "Nothing is attached, and nothing stays loaded.",
};

struct verify_command {
	struct arguments args;
	subject_list subjects;
	kernel_list kernels;
	struct matrix matrix;
	struct store *store;
};

static int find_kernels(struct verify_command *c, const struct strv *words)
{
	for (size_t i = 0; i < words->n; i++) {
		struct kernel k;
		int err = kernel_find(words->v[i], &k);

		if (err < 0)
			return err;
		vec_push(&c->kernels, k);
		vec_push(&c->matrix.kernels, ((struct matrix_kernel){
						     .name = xstrdup(k.name),
						     .release = xstrdup(k.release),
						     .arch = xstrdup(k.arch ? k.arch->name : ""),
					     }));
	}
	return 0;
}

/* The kernels that the manifest wants to be asked about an object, or NULL: it does not say. */
static const struct strv *kernels_of(const struct verify_command *c, const struct subject *s)
{
	const struct strv *project = &c->args.settings.project.verify.kernels;

	if (s->target && s->target->verify.kernels.n)
		return &s->target->verify.kernels;
	return project->n ? project : NULL;
}

/* Those that the command line does not name: all that any object is for. */
static int find_wanted_kernels(struct verify_command *c)
{
	_cleanup_strv_ struct strv all = {0}, running = {0};

	strv_add(&running, RUNNING);
	vec_foreach (s, &c->subjects) {
		const struct strv *wanted = kernels_of(c, s) ?: &running;

		for (size_t i = 0; i < wanted->n; i++)
			if (!strv_has(&all, wanted->v[i]))
				strv_add(&all, wanted->v[i]);
	}
	vec_foreach (s, &c->subjects) {
		const struct strv *wanted = kernels_of(c, s) ?: &running;

		s->is_asked = xcalloc(all.n + 1, sizeof(*s->is_asked));
		for (size_t i = 0; i < all.n; i++)
			s->is_asked[i] = strv_has(wanted, all.v[i]);
	}
	return find_kernels(c, &all);
}

static int find_subjects(struct verify_command *c, int *ret_status)
{
	_cleanup_strv_ struct strv targets = {0};
	int err = subjects_of_files(&c->args.session.words, &c->subjects, &targets);

	if (err == 0 && (targets.n || !c->subjects.n))
		err = subjects_of_targets(&c->args.session, &targets, &c->subjects,
					  &c->args.settings.project, ret_status);
	if (err < 0 || *ret_status != CLI_OK)
		return err;
	err = subjects_prepare(&c->subjects, &c->args.settings);
	return err < 0 || c->kernels.n ? err : find_wanted_kernels(c);
}

static int open_store(struct verify_command *c)
{
	_cleanup_free_ char *root =
		c->args.session.no_cache ? NULL : session_find_store(&c->args.session, NULL);

	return root ? store_open(root, 0, run_cache_blobs_of, &c->store) : 0;
}

static int ask(struct verify_command *c)
{
	const struct verify_settings *s = &c->args.settings;
	struct ask_options o = {
		.store = c->store,
		.refresh = c->args.session.refresh,
		.quiet = c->args.quiet,
		.jobs = c->args.jobs ? (unsigned)c->args.jobs : DEFAULT_JOBS,
		.way = {.seconds = (uint32_t)(s->command.seconds ?: s->project.verify.seconds),
			.allow_run = c->args.run_on_host,
			.want_all_logs = c->args.logs},
		.emulate = c->args.emulate,
	};
	struct rows rows;
	int stopped;

	rows_begin(&rows, &c->matrix, &c->subjects);
	stopped = ask_kernels(&c->kernels, &c->subjects, &o, &rows);
	rows_end(&rows, c->kernels.v);
	return stopped;
}

static int write_report(const struct verify_command *c, const char *path,
			void (*report)(const struct matrix *m, struct buf *ret))
{
	_cleanup_buf_ struct buf text = {0};
	int err;

	if (!path)
		return 0;
	report(&c->matrix, &text);
	err = str_eq(path, "-") ? file_write_fd(STDOUT_FILENO, text.v, text.n)
				: file_write_output(path, text.v, text.n);
	return err < 0 ? message_error(err, "verify: %s: %s", path, strerror(-err)) : 0;
}

static unsigned terminal_width(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static int print_table(const struct verify_command *c)
{
	const struct arguments *a = &c->args;
	const char *const files[] = {a->csv, a->json, a->junit, a->html};
	const char *no_colour = getenv("NO_COLOR");
	struct table_options o = {
		.width = terminal_width(),
		.colour = isatty(STDOUT_FILENO) && !(no_colour && *no_colour),
		.show_logs = a->logs,
		.log_lines = LOG_LINES,
		.failures_only = a->quiet,
	};
	_cleanup_buf_ struct buf text = {0};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (files[i] && str_eq(files[i], "-"))
			return 0;
	report_table(&c->matrix, &o, &text);
	return file_write_fd(STDOUT_FILENO, text.v, text.n);
}

static int compare(const struct verify_command *c, bool *ret_worse)
{
	const char *old = c->args.compare;
	_cleanup_buf_ struct buf text = {0}, report = {0};
	int err;

	if (!old)
		return 0;
	err = file_read(old, FILE_MAX_SIZE, &text);
	if (err < 0)
		return message_error(err, "verify: --compare: %s: %s", old, strerror(-err));
	err = report_compare(&c->matrix, old, text.v, text.n, &c->args.limits, &report, ret_worse);
	return err < 0 ? err : file_write_fd(STDOUT_FILENO, report.v ? report.v : "", report.n);
}

static int report(const struct verify_command *c)
{
	bool is_worse = false, has_trouble = false;
	int err = print_table(c);

	err = err < 0 ? err : write_report(c, c->args.csv, report_csv);
	err = err < 0 ? err : write_report(c, c->args.json, report_json);
	err = err < 0 ? err : write_report(c, c->args.junit, report_junit);
	err = err < 0 ? err : write_report(c, c->args.html, report_html);
	err = err < 0 ? err : compare(c, &is_worse);
	if (err < 0)
		return CLI_UNUSABLE;
	vec_foreach (k, &c->matrix.kernels)
		has_trouble |= k->trouble != NULL;
	if (has_trouble)
		return CLI_UNUSABLE;
	return matrix_count(&c->matrix).failed || is_worse ? CLI_FAILED : CLI_OK;
}

static int verify(struct verify_command *c)
{
	struct session here = {.outdir.lock_fd = -1};
	int status = CLI_OK, stopped;

	if (session_enter(&here, &c->args.session) < 0)
		return CLI_UNUSABLE;
	c->args.session.directory = NULL;
	if (find_kernels(c, &c->args.settings.command.kernels) < 0 || find_subjects(c, &status) < 0)
		return CLI_UNUSABLE;
	if (status != CLI_OK)
		return status;
	if (subjects_check_kernels(&c->subjects, &c->kernels) < 0 || open_store(c) < 0)
		return CLI_UNUSABLE;
	stopped = ask(c);
	if (stopped)
		return stopped < 0 ? CLI_UNUSABLE : 128 + stopped;
	return report(c);
}

static void release(struct verify_command *c)
{
	struct verify_settings *s = &c->args.settings;

	subjects_free(&c->subjects);
	vec_foreach (k, &c->kernels)
		kernel_free(k);
	vec_free(&c->kernels);
	matrix_free(&c->matrix);
	store_close(c->store);
	verify_options_free(&s->command);
	strv_free(&s->presets);
	project_free(&s->project);
	session_options_free(&c->args.session);
}

int cli_verify(int argc, char **argv)
{
	struct verify_command c = {.args.limits = {.percent = 5}};
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &c.args);
	status = verify(&c);
	release(&c);
	if (status >= 128) {
		signal(status - 128, SIG_DFL);
		raise(status - 128);
	}
	return status;
}
