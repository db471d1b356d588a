/* skep build */
#include <argp.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>

#include "base/message.h"
#include "base/path.h"
#include "cli/check_types.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/reproducible.h"
#include "plan/plan.h"
#include "project/project.h"
#include "steps/slicer.h"
#include "store/outdir.h"

#define MAX_JOBS 1024

struct arguments {
	char *directory, *output, *manifest, *clang, *vmlinux, *depfile;
	unsigned long jobs;
	bool keep_going, dry_run, verbose, quiet, explain, debug, full_types;
	bool check_reproducible, check_types;
	struct strv words;
};

enum {
	OPTION_MANIFEST = 256,
	OPTION_CLANG,
	OPTION_VMLINUX,
	OPTION_DEPFILE,
	OPTION_EXPLAIN,
	OPTION_DEBUG,
	OPTION_FULL_TYPES,
	OPTION_CHECK_REPRODUCIBLE,
	OPTION_CHECK_TYPES,
};

static const struct argp_option options[] = {
	{"directory", 'C', "DIR", 0, "Go to DIR first", 0},
	{"output", 'o', "DIR", 0, "Put results into DIR (default: build)", 0},
	{"jobs", 'j', "N", 0, "Run up to N commands at a time (default: one per processor)", 0},
	{"keep-going", 'k', 0, 0, "After a failure, build what does not depend on it", 0},
	{"dry-run", 'n', 0, 0, "Only say what would run", 0},
	{"verbose", 'v', 0, 0, "Show the commands", 0},
	{"quiet", 'q', 0, 0, "Show errors only", 0},
	{"explain", OPTION_EXPLAIN, 0, 0, "Say why each step runs", 0},
	{"manifest", OPTION_MANIFEST, "FILE", 0, "Read FILE instead of skep.yaml", 1},
	{"clang", OPTION_CLANG, "CLANG", 0, "Compile with CLANG (default: the newest found)", 1},
	{"vmlinux", OPTION_VMLINUX, "FILE", 0,
	 "Take vmlinux.h from FILE: raw BTF, an ELF file with BTF, or a header", 1},
	{"debug", OPTION_DEBUG, 0, 0, "Keep DWARF in the objects", 1},
	{"full-types", OPTION_FULL_TYPES, 0, 0, "Compile all of vmlinux.h, not what is needed", 1},
	{"depfile", OPTION_DEPFILE, "FILE", 0, "Write a dependency file for make or ninja", 1},
	{"check-reproducible", OPTION_CHECK_REPRODUCIBLE, 0, 0,
	 "Build again elsewhere and compare every byte", 1},
	{"check-types", OPTION_CHECK_TYPES, 0, 0,
	 "Build again with all of vmlinux.h and compare what matters", 1},
	{0},
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case 'C':
		a->directory = arg;
		break;
	case 'o':
		if (!*arg)
			argp_error(state, "-o: the name is empty");
		a->output = arg;
		break;
	case 'j':
		if (!str_to_ulong(arg, MAX_JOBS, &a->jobs) || !a->jobs)
			argp_error(state, "-j: %s: not a number from 1 to %d", arg, MAX_JOBS);
		break;
	case 'k':
		a->keep_going = true;
		break;
	case 'n':
		a->dry_run = true;
		break;
	case 'v':
		a->verbose = true;
		break;
	case 'q':
		a->quiet = true;
		break;
	case OPTION_EXPLAIN:
		a->explain = true;
		break;
	case OPTION_MANIFEST:
		a->manifest = arg;
		break;
	case OPTION_CLANG:
		a->clang = arg;
		break;
	case OPTION_VMLINUX:
		a->vmlinux = arg;
		break;
	case OPTION_DEBUG:
		a->debug = true;
		break;
	case OPTION_FULL_TYPES:
		a->full_types = true;
		break;
	case OPTION_DEPFILE:
		a->depfile = arg;
		break;
	case OPTION_CHECK_REPRODUCIBLE:
		a->check_reproducible = true;
		break;
	case OPTION_CHECK_TYPES:
		a->check_types = true;
		break;
	case ARGP_KEY_ARG:
		strv_add(&a->words, arg);
		break;
	case ARGP_KEY_END:
		if (a->check_types && a->full_types)
			argp_error(state, "--check-types compares slices of vmlinux.h with all of "
					  "it; --full-types leaves none");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "[TARGET...]",
	.doc = "Compiles every *.bpf.c below the current directory, or what skep.yaml lists, to "
	       "build/NAME.bpf.o and build/NAME.skel.h; or only the TARGETs named.",
};

/* A build from its beginning to its end. */
struct session {
	struct arguments args;
	struct project project;
	struct outdir outdir;
	struct files *files;
	struct build build;
	struct plan plan;
	struct progress progress;
};

static int enter_directory(const struct arguments *a)
{
	if (a->directory && chdir(a->directory) < 0)
		return message_error(-errno, "build: -C %s: %s", a->directory, strerror(errno));
	return 0;
}

static int load_project(struct session *s)
{
	_cleanup_free_ char *dir = path_tidy(xstrdup(s->args.output ? s->args.output : "build"));
	int err = project_load(s->args.manifest, dir, &s->project);

	if (err < 0)
		return err;
	for (size_t i = 0; i < s->project.n; i++) {
		struct compile_options *o = &s->project.targets[i].compile;

		if (s->args.vmlinux) {
			free(o->vmlinux);
			o->vmlinux = xstrdup(s->args.vmlinux);
		}
		o->debug |= s->args.debug;
		if (s->args.full_types) {
			free(o->types);
			o->types = xstrdup("full");
		}
	}
	if (!s->args.output && s->project.output) {
		free(dir);
		dir = path_tidy(xstrdup(s->project.output));
	}
	return outdir_open(dir, s->args.dry_run, &s->outdir);
}

static int prepare_build(struct session *s)
{
	const char *from_env = getenv("SKEP_CLANG");
	const char *wanted = s->args.clang	     ? s->args.clang
			     : from_env && *from_env ? from_env
						     : s->project.clang;
	const char *who = s->args.clang		  ? "--clang"
			  : from_env && *from_env ? "$SKEP_CLANG"
						  : "clang: in " PROJECT_MANIFEST;
	struct build *b = &s->build;
	_cleanup_strv_ struct strv flags = {0};
	const char *target;

	b->directory = realpath(".", NULL);
	if (!b->directory)
		return message_error(-errno, "build: the current directory: %s", strerror(errno));
	s->files = files_new(s->outdir.state, NULL);
	b->files = s->files;
	b->scanner = scanner_new(s->outdir.state, s->files);
	b->state = s->outdir.state;
	b->slicer = slicer_new(s->files, s->args.dry_run);
	b->dry_run = s->args.dry_run;
	b->dir_private = s->outdir.dir_private;
	b->color = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
	compiler_environment(&b->compiler_env);
	target = plan_first_flags(&s->project, b, &flags);
	return compiler_find(wanted, who, target, &flags, s->outdir.state, &b->compiler);
}

static int want_targets(struct session *s)
{
	for (size_t i = 0; i < s->args.words.n; i++) {
		int err = plan_want(&s->plan, s->args.words.v[i]);

		if (err < 0)
			return err;
	}
	if (s->args.words.n == 0)
		vec_foreach (step, &s->plan.graph.steps)
			step_want(*step);
	plan_want_headers(&s->plan);
	return 0;
}

static int plan_build(struct session *s)
{
	struct plan_options o = {.output_dir = s->outdir.path, .state = s->outdir.state};
	int err = plan_project(&s->project, &s->build, &o, &s->plan);

	err = err < 0 ? err : want_targets(s);
	return err < 0 ? err : plan_check_types(&s->plan);
}

static void report_removed(const char *path, void *arg)
{
	progress_print(arg, "removed %s: nothing makes it any more", path);
}

/* Writes a text file unless it is like that already. Failure is a warning: it is for editors. */
static void update_file(const char *path, const struct buf *text)
{
	_cleanup_buf_ struct buf old = {0};
	int err;

	if (file_read(path, FILE_MAX_SIZE, &old) == 0 && old.n == text->n &&
	    memcmp(old.v, text->v, text->n) == 0)
		return;
	err = file_write(path, text->v, text->n);
	if (err < 0)
		message_warning("write: %s: %s", path, strerror(-err));
}

static void write_compile_commands(struct session *s)
{
	_cleanup_free_ char *path = path_join(s->outdir.path, "compile_commands.json");
	_cleanup_buf_ struct buf text = {0};

	plan_print_compile_commands(&s->plan, s->build.directory, &text);
	update_file(path, &text);
}

static int write_depfile(struct session *s)
{
	_cleanup_buf_ struct buf text = {0};
	int err = plan_print_depfile(&s->plan, s->args.directory, &text);

	err = err < 0 ? err : file_write(s->args.depfile, text.v, text.n);
	if (err < 0)
		return message_error(err, "depfile: %s: %s", s->args.depfile, strerror(-err));
	return 0;
}

static unsigned processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

static void count_objects(const struct session *s, unsigned *ret_objects, bool *ret_all_clean)
{
	*ret_objects = 0;
	*ret_all_clean = true;
	vec_foreach (t, &s->plan.targets)
		*ret_objects += t->object->wanted;
	vec_foreach (step, &s->plan.graph.steps)
		if ((*step)->wanted && (*step)->status != STEP_CLEAN)
			*ret_all_clean = false;
}

static void report_failures(const struct session *s, const struct run_result *r)
{
	_cleanup_buf_ struct buf names = {0};
	const struct strv *failed = &s->progress.failed;

	for (size_t i = 0; i < failed->n && i < 10; i++)
		buf_printf(&names, "%s%s", i ? ", " : "", failed->v[i]);
	if (failed->n > 10)
		buf_printf(&names, " and %zu more", failed->n - 10);
	if (r->cancelled)
		buf_printf(&names, "; %u other step%s not started (-k goes on)", r->cancelled,
			   r->cancelled == 1 ? " was" : "s were");
	message_error(-1, "build failed: %s", names.v ? names.v : "");
}

static void report_result(struct session *s, const struct run_result *r)
{
	int64_t tenths = progress_elapsed(&s->progress) / 100;
	unsigned objects;
	bool all_clean;

	count_objects(s, &objects, &all_clean);
	if (r->failed)
		report_failures(s, r);
	else if (all_clean)
		progress_print(&s->progress, "nothing to do: %u object%s up to date", objects,
			       objects == 1 ? " is" : "s are");
	else if (!s->args.dry_run)
		progress_print(&s->progress,
			       "built %u object%s in %lld.%lld s (%u of %u steps ran)", objects,
			       objects == 1 ? "" : "s", (long long)tenths / 10,
			       (long long)tenths % 10, r->ran, r->ran + r->clean);
}

static int run_build(struct session *s)
{
	struct arguments *a = &s->args;
	const char *why_no_jobserver = NULL;
	struct jobserver *jobserver =
		a->jobs ? NULL : jobserver_open(getenv("MAKEFLAGS"), &why_no_jobserver);
	struct run_options o = {
		.jobs = a->jobs	    ? (unsigned)a->jobs
			: jobserver ? MAX_JOBS
				    : processors(),
		.jobserver = jobserver,
		.keep_going = a->keep_going,
		.dry_run = a->dry_run,
		.want_reasons = a->explain,
		.want_commands = a->verbose,
		.tick_milliseconds = s->progress.terminal ? 100 : 0,
		.state = s->outdir.state,
		.files = s->files,
		.on_event = progress_event,
		.arg = &s->progress,
	};
	struct run_result result;
	int err;

	if (why_no_jobserver)
		message_note("make's jobserver is not used: %s", why_no_jobserver);
	err = run_graph(&s->plan.graph, &o, &result);
	jobserver_close(jobserver);
	if (err < 0)
		return err;
	if (result.signal) {
		message_error(-EINTR, "stopped by %s", strsignal(result.signal));
		return result.signal;
	}
	report_result(s, &result);
	return result.failed || result.cancelled || result.blocked ? -ECANCELED : 0;
}

/* The arguments with which another build gives the same. */
static void repeat_arguments(const struct session *s, struct strv *ret)
{
	if (s->args.jobs)
		strv_addf(ret, "--jobs=%lu", s->args.jobs);
	strv_addf(ret, "--clang=%s", s->build.compiler.path);
	if (s->args.manifest)
		strv_addf(ret, "--manifest=%s", s->args.manifest);
	if (s->args.vmlinux)
		strv_addf(ret, "--vmlinux=%s", s->args.vmlinux);
	if (s->args.debug)
		strv_add(ret, "--debug");
	if (s->args.full_types)
		strv_add(ret, "--full-types");
	strv_add(ret, "--");
	strv_add_all(ret, &s->args.words);
}

static int check_whether_reproducible(struct session *s)
{
	struct reproducible_options o = {
		.manifest = s->project.manifest,
		.output_dir = s->outdir.path,
		.files = s->files,
		.progress = &s->progress,
	};
	int err;

	repeat_arguments(s, &o.arguments);
	err = reproducible_check(&s->plan, &o);
	strv_free(&o.arguments);
	return err;
}

static int check_whether_types_suffice(struct session *s)
{
	struct check_types_options o = {
		.output_dir = s->outdir.path,
		.progress = &s->progress,
	};
	int err;

	repeat_arguments(s, &o.arguments);
	err = check_types(&s->plan, &o);
	strv_free(&o.arguments);
	return err;
}

/* Exit status, or 128 and more: the signal to die of. */
static int build(struct session *s)
{
	int err = enter_directory(&s->args);

	err = err < 0 ? err : load_project(s);
	if (err == 0)
		progress_begin(&s->progress, s->args.quiet, s->args.dry_run);
	err = err < 0 ? err : prepare_build(s);
	err = err < 0 ? err : plan_build(s);
	if (err < 0)
		return CLI_UNUSABLE;
	if (!s->args.dry_run) {
		plan_remove_stale(&s->plan, s->files, s->outdir.state, s->outdir.path,
				  report_removed, &s->progress);
		write_compile_commands(s);
	}
	err = run_build(s);
	if (err > 0)
		return 128 + err;
	if (err < 0)
		return CLI_FAILED;
	if (s->args.depfile && !s->args.dry_run && write_depfile(s) < 0)
		return CLI_UNUSABLE;
	if (s->args.words.n == 0 && !s->args.dry_run)
		files_prune(s->files);
	if (s->args.check_types && !s->args.dry_run)
		err = check_whether_types_suffice(s);
	if (err == 0 && s->args.check_reproducible && !s->args.dry_run)
		err = check_whether_reproducible(s);
	if (err > 0)
		return 128 + err;
	return err < 0 ? CLI_FAILED : CLI_OK;
}

int cli_build(int argc, char **argv)
{
	struct session s = {.outdir = {.lock_fd = -1}};
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &s.args);
	status = build(&s);
	progress_end(&s.progress);
	plan_free(&s.plan);
	scanner_free(s.build.scanner);
	slicer_free(s.build.slicer);
	compiler_free(&s.build.compiler);
	free(s.build.directory);
	strv_free(&s.build.compiler_env);
	files_free(s.files);
	outdir_close(&s.outdir);
	project_free(&s.project);
	strv_free(&s.args.words);
	if (status >= 128) {
		/* Whoever started us learns how it ended, as from any program a signal stops. */
		signal(status - 128, SIG_DFL);
		raise(status - 128);
	}
	return status;
}
