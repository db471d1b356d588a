/* skep build */
#include <argp.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>

#include "base/message.h"
#include "base/path.h"
#include "cli/check_again.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/reproducible.h"
#include "cli/session.h"
#include "cli/uptodate.h"
#include "run/prebuilt.h"

#define MAX_JOBS 1024

struct arguments {
	struct session_options session;
	char *depfile;
	unsigned long jobs;
	bool keep_going, verbose, quiet, explain;
	bool check_reproducible, check_types, check_arch;
};

enum {
	OPTION_DEPFILE = 256,
	OPTION_EXPLAIN,
	OPTION_CHECK_REPRODUCIBLE,
	OPTION_CHECK_TYPES,
	OPTION_CHECK_ARCH,
	OPTION_SEPARATE_ARCH,
	OPTION_NO_CACHE,
	OPTION_REFRESH,
	OPTION_PREBUILT,
	OPTION_REMOTE,
	OPTION_REMOTE_WRITE,
};

static const struct argp_option options[] = {
	{"jobs", 'j', "N", 0, "Run up to N commands at a time (default: one per processor)", 0},
	{"keep-going", 'k', 0, 0, "After a failure, build what does not depend on it", 0},
	{"dry-run", 'n', 0, 0, "Only say what would run", 0},
	{"verbose", 'v', 0, 0, "Show the commands", 0},
	{"quiet", 'q', 0, 0, "Show errors only", 0},
	{"explain", OPTION_EXPLAIN, 0, 0, "Say why each step runs", 0},
	{"depfile", OPTION_DEPFILE, "FILE", 0, "Write a dependency file for make or ninja", 1},
	{"check-reproducible", OPTION_CHECK_REPRODUCIBLE, 0, 0,
	 "Build again elsewhere and compare every byte", 1},
	{"check-arch", OPTION_CHECK_ARCH, 0, 0,
	 "Build for each architecture alone as well and compare every byte", 1},
	{"separate-arch", OPTION_SEPARATE_ARCH, 0, 0,
	 "Compile for each architecture alone, though it be the same", 1},
	{"check-types", OPTION_CHECK_TYPES, 0, 0,
	 "Build again with all of vmlinux.h and compare what matters", 1},
	{"no-cache", OPTION_NO_CACHE, 0, 0, "Keep and find no results elsewhere", 2},
	{"refresh", OPTION_REFRESH, 0, 0, "Run what has to run, though a result is known", 2},
	{"prebuilt", OPTION_PREBUILT, 0, 0, "Run nothing: take what others made from the store", 2},
	{"remote-cache", OPTION_REMOTE, "URL", 0,
	 "Look for results there, too (default: $SKEP_REMOTE_CACHE)", 2},
	{"remote-write", OPTION_REMOTE_WRITE, 0, 0, "And send there what was made", 2},
	{0},
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->session;
		break;
	case 'j':
		if (!str_to_ulong(arg, MAX_JOBS, &a->jobs) || !a->jobs)
			argp_error(state, "-j: %s: not a number from 1 to %d", arg, MAX_JOBS);
		break;
	case 'k':
		a->keep_going = true;
		break;
	case 'n':
		a->session.dry_run = true;
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
	case OPTION_DEPFILE:
		a->depfile = arg;
		break;
	case OPTION_CHECK_REPRODUCIBLE:
		a->check_reproducible = true;
		break;
	case OPTION_CHECK_TYPES:
		a->check_types = true;
		break;
	case OPTION_CHECK_ARCH:
		a->check_arch = true;
		break;
	case OPTION_SEPARATE_ARCH:
		a->session.separate_arch = true;
		break;
	case OPTION_NO_CACHE:
		a->session.no_cache = true;
		break;
	case OPTION_PREBUILT:
		a->session.prebuilt = true;
		break;
	case OPTION_REMOTE:
		a->session.remote = arg;
		break;
	case OPTION_REMOTE_WRITE:
		a->session.remote_write = true;
		break;
	case OPTION_REFRESH:
		a->session.refresh = true;
		break;
	case ARGP_KEY_ARG:
		strv_add(&a->session.words, arg);
		break;
	case ARGP_KEY_END:
		if (a->session.prebuilt &&
		    (a->session.no_cache || a->session.dry_run || a->check_types || a->check_arch ||
		     a->check_reproducible))
			argp_error(state, "--prebuilt runs nothing, and needs the store");
		if (a->check_arch && a->session.separate_arch)
			argp_error(state, "--check-arch compares what several architectures share "
					  "with --separate-arch, where they share nothing");
		if (a->check_types && a->session.full_types)
			argp_error(state, "--check-types compares slices of vmlinux.h with all of "
					  "it; --full-types leaves none");
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
	.args_doc = "[TARGET...]",
	.doc = "Compiles every *.bpf.c below the current directory, or what skep.yaml lists, to "
	       "build/NAME.bpf.o and build/NAME.skel.h; or only the TARGETs named.",
};

/* A build from its beginning to its end. */
struct build_command {
	struct arguments args;
	struct session session;
	struct progress progress;
	struct remote_summary remote;
};

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

static int write_depfile(struct build_command *c)
{
	_cleanup_buf_ struct buf text = {0};
	int err = plan_print_depfile(&c->session.plan, c->args.session.directory, &text);

	err = err < 0 ? err : file_write_output(c->args.depfile, text.v, text.n);
	if (err < 0)
		return message_error(err, "depfile: %s: %s", c->args.depfile, strerror(-err));
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

static void report_failures(const struct build_command *c, const struct run_result *r)
{
	_cleanup_buf_ struct buf names = {0};
	const struct strv *failed = &c->progress.failed;

	if (c->args.session.prebuilt) {
		message_error(-1,
			      "build failed: %u of %u outputs are not in the store as they "
			      "should be",
			      r->failed + r->blocked, r->failed + r->blocked + r->restored);
		return;
	}
	for (size_t i = 0; i < failed->n && i < 10; i++)
		buf_printf(&names, "%s%s", i ? ", " : "", failed->v[i]);
	if (failed->n > 10)
		buf_printf(&names, " and %zu more", failed->n - 10);
	if (r->cancelled)
		buf_printf(&names, "; %u other step%s not started (-k goes on)", r->cancelled,
			   r->cancelled == 1 ? " was" : "s were");
	message_error(-1, "build failed: %s", names.v ? names.v : "");
}

/* ", 118 came from the store, ..." */
static void put_known(const struct build_command *c, const struct run_result *r, struct buf *b)
{
	if (r->restored)
		buf_printf(b, ", %u came from the store", r->restored);
	if (c->remote.found)
		buf_printf(b, ", %llu of them by way of the remote one",
			   (unsigned long long)c->remote.found);
	if (r->shared)
		buf_printf(b, ", %u shared", r->shared);
}

/* " (58 for each of 4 architectures) with 102 compiles" */
static void put_architectures(const struct build_command *c, unsigned objects, struct buf *b)
{
	size_t n = c->session.plan.folders.n;

	if (n)
		buf_printf(b, " (%zu for each of %zu architectures) with %u compile%s", objects / n,
			   n, c->progress.compiles, c->progress.compiles == 1 ? "" : "s");
}

static void report_nothing(struct build_command *c, unsigned objects)
{
	progress_print(&c->progress, "nothing to do: %u object%s up to date", objects,
		       objects == 1 ? " is" : "s are");
}

static void report_result(struct build_command *c, const struct run_result *r)
{
	int64_t tenths = progress_elapsed(&c->progress) / 100;
	_cleanup_buf_ struct buf what = {0}, known = {0};
	unsigned objects;
	bool all_clean;

	count_objects(&c->session, &objects, &all_clean);
	buf_printf(&what, "%u object%s", objects, objects == 1 ? "" : "s");
	put_known(c, r, &known);
	if (r->failed) {
		report_failures(c, r);
	} else if (all_clean) {
		report_nothing(c, objects);
	} else if (!c->args.session.dry_run) {
		put_architectures(c, objects, &what);
		progress_print(&c->progress, "built %s in %lld.%lld s (%u of %u steps ran%s)",
			       what.v, (long long)tenths / 10, (long long)tenths % 10,
			       r->ran - r->restored - r->shared, r->ran + r->clean,
			       known.v ? known.v : "");
	}
}

static int run_build(struct build_command *c)
{
	struct arguments *a = &c->args;
	const char *why_no_jobserver = NULL;
	struct jobserver *jobserver =
		a->jobs ? NULL : jobserver_open(getenv("MAKEFLAGS"), &why_no_jobserver);
	struct run_options o = {
		.jobs = a->jobs	    ? (unsigned)a->jobs
			: jobserver ? MAX_JOBS
				    : processors(),
		.jobserver = jobserver,
		.keep_going = a->keep_going,
		.dry_run = a->session.dry_run,
		.want_reasons = a->explain,
		.want_commands = a->verbose,
		.tick_milliseconds = c->progress.terminal ? 100 : 0,
		.state = c->session.outdir.state,
		.files = c->session.files,
		.cache = &c->session.cache,
		.on_event = progress_event,
		.arg = &c->progress,
	};
	struct run_result result;
	int err;

	if (why_no_jobserver)
		message_note("make's jobserver is not used: %s", why_no_jobserver);
	err = a->session.prebuilt ? run_prebuilt(&c->session.plan.graph, &o, &result)
				  : run_graph(&c->session.plan.graph, &o, &result);
	jobserver_close(jobserver);
	if (err == 0 && !result.signal)
		remote_finish(c->session.cache.remote, &c->remote);
	else
		remote_abandon(c->session.cache.remote);
	if (err < 0)
		return err;
	if (result.signal) {
		message_error(-EINTR, "stopped by %s", strsignal(result.signal));
		return result.signal;
	}
	report_result(c, &result);
	return result.failed || result.cancelled || result.blocked ? -ECANCELED : 0;
}

/* The arguments with which another build gives the same. */
static void repeat_arguments(const struct build_command *c, struct strv *ret)
{
	struct session_options same = c->args.session;

	same.directory = same.output = same.cache = NULL; /* it goes elsewhere */
	same.clang = c->session.build.compiler.path;
	if (c->args.jobs)
		strv_addf(ret, "--jobs=%lu", c->args.jobs);
	session_repeat(&same, ret);
	if (same.separate_arch)
		strv_add(ret, "--separate-arch");
	strv_add(ret, "--no-cache");
	strv_add(ret, "--");
	strv_add_all(ret, &same.words);
}

/* Makes the same again in one of the ways in which it must come out the same. */
static int check_result(struct build_command *c)
{
	struct rebuild_options o = {
		.manifest = c->session.project.manifest,
		.output_dir = c->session.outdir.path,
		.progress = &c->progress,
	};
	int err = 0;

	repeat_arguments(c, &o.arguments);
	if (c->args.check_types)
		err = check_again(&c->session.plan, &check_types, &o);
	if (err == 0 && c->args.check_arch)
		err = check_again(&c->session.plan, &check_arch, &o);
	if (err == 0 && c->args.check_reproducible)
		err = reproducible_check(&c->session.plan, &o);
	strv_free(&o.arguments);
	return err;
}

/* Whether a build is only to bring its outputs up to date, with nothing else to write or to say. */
static bool is_plain(const struct arguments *a)
{
	const struct session_options *o = &a->session;

	return !a->explain && !a->depfile && !a->check_reproducible && !a->check_types &&
	       !a->check_arch && !o->dry_run && !o->prebuilt && !o->refresh;
}

/* Exit status, or 128 and more: the signal to die of. u: NULL when a snapshot is of no use. */
static int build_as_planned(struct build_command *c, struct uptodate *u)
{
	unsigned objects;
	bool all_clean;
	int err;

	err = session_open(&c->session, &c->args.session);
	if (err == 0 && c->args.session.prebuilt && !c->session.cache.store)
		err = message_error(-ENOENT, "prebuilt: there is no store to take from: --cache "
					     "DIR or SKEP_CACHE names one");
	if (err == 0 && c->args.check_arch && !c->session.plan.folders.n)
		err = message_error(-EINVAL, "check-arch: there is one architecture only; --arch "
					     "names several");
	if (err < 0)
		return CLI_UNUSABLE;
	if (!c->args.session.dry_run)
		uptodate_forget(&c->session.outdir);
	if (!c->args.session.dry_run && !c->args.session.prebuilt) {
		plan_remove_stale(&c->session.plan, c->session.files, c->session.outdir.state,
				  c->session.outdir.path, report_removed, &c->progress);
		write_compile_commands(&c->session);
	}
	err = run_build(c);
	if (err > 0)
		return 128 + err;
	if (err < 0)
		return CLI_FAILED;
	if (c->args.depfile && !c->args.session.dry_run && write_depfile(c) < 0)
		return CLI_UNUSABLE;
	if (c->args.session.words.n == 0 && !c->args.session.dry_run)
		files_prune(c->session.files);
	err = c->args.session.dry_run ? 0 : check_result(c);
	if (err > 0)
		return 128 + err;
	if (err < 0)
		return CLI_FAILED;
	count_objects(&c->session, &objects, &all_clean);
	if (u && all_clean)
		uptodate_keep(u, &c->session, objects);
	return CLI_OK;
}

static int build(struct build_command *c)
{
	bool plain = is_plain(&c->args);
	struct uptodate *u;
	unsigned objects;
	int status;

	progress_begin(&c->progress, c->args.quiet, c->args.session.dry_run);
	if (session_enter(&c->session, &c->args.session) < 0)
		return CLI_UNUSABLE;
	if (plain && uptodate_ask(&c->args.session, &objects)) {
		report_nothing(c, objects);
		return CLI_OK;
	}
	u = plain ? uptodate_begin(&c->args.session) : NULL;
	status = build_as_planned(c, u);
	uptodate_free(u);
	return status;
}

int cli_build(int argc, char **argv)
{
	struct build_command c = {.session.outdir.lock_fd = -1};
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, &c.args);
	status = build(&c);
	progress_end(&c.progress);
	session_close(&c.session);
	strv_free(&c.args.session.words);
	strv_free(&c.args.session.vmlinux_for);
	if (status >= 128) {
		/* Whoever started us learns how it ended, as from any program a signal stops. */
		signal(status - 128, SIG_DFL);
		raise(status - 128);
	}
	return status;
}
