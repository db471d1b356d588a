#include "cli/session.h"

#include <errno.h>

#include "base/message.h"
#include "base/path.h"
#include "steps/slicer.h"
#include "store/gc.h"

enum {
	OPTION_MANIFEST = 512,
	OPTION_CLANG,
	OPTION_VMLINUX,
	OPTION_DEBUG,
	OPTION_FULL_TYPES,
	OPTION_CACHE,
};

static const struct argp_option option_list[] = {
	{"directory", 'C', "DIR", 0, "Go to DIR first", 1},
	{"output", 'o', "DIR", 0, "Put results into DIR (default: build)", 1},
	{"manifest", OPTION_MANIFEST, "FILE", 0, "Read FILE instead of skep.yaml", 1},
	{"clang", OPTION_CLANG, "CLANG", 0, "Compile with CLANG (default: the newest found)", 1},
	{"vmlinux", OPTION_VMLINUX, "FILE", 0,
	 "Take vmlinux.h from FILE: raw BTF, an ELF file with BTF, or a header", 1},
	{"debug", OPTION_DEBUG, 0, 0, "Keep DWARF in the objects", 1},
	{"full-types", OPTION_FULL_TYPES, 0, 0, "Compile all of vmlinux.h, not what is needed", 1},
	{"cache", OPTION_CACHE, "DIR", 0,
	 "Keep and find results in DIR (default: $SKEP_CACHE or ~/.cache/skep)", 2},
	{0},
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct session_options *o = state->input;

	switch (key) {
	case 'C':
		o->directory = arg;
		break;
	case 'o':
		if (!*arg)
			argp_error(state, "-o: the name is empty");
		o->output = arg;
		break;
	case OPTION_MANIFEST:
		o->manifest = arg;
		break;
	case OPTION_CLANG:
		o->clang = arg;
		break;
	case OPTION_VMLINUX:
		o->vmlinux = arg;
		break;
	case OPTION_DEBUG:
		o->debug = true;
		break;
	case OPTION_FULL_TYPES:
		o->full_types = true;
		break;
	case OPTION_CACHE:
		if (!*arg)
			argp_error(state, "--cache: the name is empty");
		o->cache = arg;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

const struct argp session_argp = {.options = option_list, .parser = parse_option};

static int enter_directory(const struct session_options *a)
{
	if (a->directory && chdir(a->directory) < 0)
		return message_error(-errno, "build: -C %s: %s", a->directory, strerror(errno));
	return 0;
}

static int load_project(struct session *s)
{
	_cleanup_free_ char *dir =
		path_tidy(xstrdup(s->options->output ? s->options->output : "build"));
	int err = project_load(s->options->manifest, dir, &s->project);

	if (err < 0)
		return err;
	for (size_t i = 0; i < s->project.n; i++) {
		struct compile_options *o = &s->project.targets[i].compile;

		if (s->options->vmlinux) {
			free(o->vmlinux);
			o->vmlinux = xstrdup(s->options->vmlinux);
		}
		o->debug |= s->options->debug;
		if (s->options->full_types) {
			free(o->types);
			o->types = xstrdup("full");
		}
	}
	if (!s->options->output && s->project.output) {
		free(dir);
		dir = path_tidy(xstrdup(s->project.output));
	}
	return outdir_open(dir, s->options->dry_run, &s->outdir);
}

static int prepare_build(struct session *s)
{
	const char *from_env = getenv("SKEP_CLANG");
	const char *wanted = s->options->clang	     ? s->options->clang
			     : from_env && *from_env ? from_env
						     : s->project.clang;
	const char *who = s->options->clang	  ? "--clang"
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
	b->slicer = slicer_new(s->files, s->options->dry_run);
	b->dry_run = s->options->dry_run;
	b->dir_private = s->outdir.dir_private;
	b->color = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
	compiler_environment(&b->compiler_env);
	if (s->options->prebuilt)
		return 0;
	target = plan_first_flags(&s->project, b, &flags);
	s->memory = (struct compiler_memory){s->outdir.state, s->cache.store};
	return compiler_find(wanted, who, target, &flags, &s->memory, &b->compiler);
}

/* The store, unless nobody wants one. What cannot be used costs time, not the build. */
static int open_cache(struct session *s)
{
	_cleanup_free_ char *root = NULL;

	if (s->options->no_cache || s->options->dry_run)
		return 0;
	root = s->options->cache ? xstrdup(s->options->cache) : store_default_root();
	if (!root)
		return 0;
	s->cache.refresh = s->options->refresh;
	return store_open(root, 0, run_cache_blobs_of, &s->cache.store);
}

static void add_root(struct run_cache *c, const char *path, const char *name)
{
	vec_push(&c->roots, ((struct run_root){path_tidy(xstrdup(path)), name}));
}

/* What lies elsewhere on another machine, or in another checkout, and is the same all the same. */
static void name_roots(struct session *s)
{
	add_root(&s->cache, s->outdir.path, "output");
	vec_foreach (search, &s->plan.searches)
		for (size_t i = 0; i < (*search)->dirs.n; i++)
			if (strstr((*search)->dirs.v[i], "/lib/clang/"))
				add_root(&s->cache, (*search)->dirs.v[i], "resource");
}

static int want_targets(struct session *s)
{
	for (size_t i = 0; i < s->options->words.n; i++) {
		int err = plan_want(&s->plan, s->options->words.v[i]);

		if (err < 0)
			return err;
	}
	if (s->options->words.n == 0)
		vec_foreach (step, &s->plan.graph.steps)
			step_want(*step);
	plan_want_headers(&s->plan);
	return 0;
}

static int plan_build(struct session *s)
{
	struct plan_options o = {.output_dir = s->outdir.path,
				 .memory = s->memory,
				 .prebuilt = s->options->prebuilt};
	int err = plan_project(&s->project, &s->build, &o, &s->plan);

	err = err < 0 ? err : want_targets(s);
	return err < 0 ? err : plan_check_types(&s->plan);
}

int session_open(struct session *s, const struct session_options *options)
{
	int err;

	s->options = options;
	s->outdir.lock_fd = -1;
	err = enter_directory(options);
	err = err < 0 ? err : load_project(s);
	err = err < 0 ? err : open_cache(s);
	err = err < 0 ? err : prepare_build(s);
	err = err < 0 ? err : plan_build(s);
	if (err == 0)
		name_roots(s);
	return err;
}

void session_close(struct session *s)
{
	plan_free(&s->plan);
	scanner_free(s->build.scanner);
	slicer_free(s->build.slicer);
	compiler_free(&s->build.compiler);
	free(s->build.directory);
	strv_free(&s->build.compiler_env);
	vec_foreach (root, &s->cache.roots)
		free(root->path);
	vec_free(&s->cache.roots);
	if (s->cache.store)
		store_maybe_gc(s->cache.store, STORE_DEFAULT_LIMIT);
	store_close(s->cache.store);
	files_free(s->files);
	outdir_close(&s->outdir);
	project_free(&s->project);
}
