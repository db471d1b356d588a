#include "cli/session.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/message.h"
#include "base/path.h"
#include "kernel/kernels.h"
#include "steps/slicer.h"
#include "store/gc.h"

enum {
	OPTION_MANIFEST = 512,
	OPTION_CLANG,
	OPTION_LLVM,
	OPTION_VMLINUX,
	OPTION_DEBUG,
	OPTION_FULL_TYPES,
	OPTION_CACHE,
	OPTION_ARCH,
};

static const struct argp_option option_list[] = {
	{"directory", 'C', "DIR", 0, "Go to DIR first", 1},
	{"output", 'o', "DIR", 0, "Put results into DIR (default: build)", 1},
	{"manifest", OPTION_MANIFEST, "FILE", 0, "Read FILE instead of skep.yaml", 1},
	{"clang", OPTION_CLANG, "CLANG", 0, "Compile with CLANG (default: the newest found)", 1},
	{"llvm", OPTION_LLVM, "PATH|VERSION", 0,
	 "Link bitcode with this libLLVM (default: $SKEP_LLVM or what fits the compiler)", 1},
	{"arch", OPTION_ARCH, "ARCH,...", 0,
	 "Build for these architectures, each in a folder of its own if they are several", 1},
	{"vmlinux", OPTION_VMLINUX, "[ARCH=]FILE", 0,
	 "Take vmlinux.h from FILE: raw BTF, an ELF file with BTF, a kernel, or a header; or from "
	 "a "
	 "kernel that is kept, such as 6.12",
	 1},
	{"debug", OPTION_DEBUG, 0, 0, "Keep DWARF in the objects", 1},
	{"full-types", OPTION_FULL_TYPES, 0, 0, "Compile all of vmlinux.h, not what is needed", 1},
	{"cache", OPTION_CACHE, "DIR", 0,
	 "Keep and find results in DIR (default: $SKEP_CACHE or ~/.cache/skep)", 2},
	{0},
};

/* The architecture of "ARCH=FILE", or NULL. */
static const struct arch *names_arch(const char *arg)
{
	const char *equals = strchr(arg, '=');
	_cleanup_free_ char *name = equals ? xstrndup(arg, (size_t)(equals - arg)) : NULL;

	return name ? arch_find(name) : NULL;
}

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
	case OPTION_LLVM:
		o->llvm = arg;
		break;
	case OPTION_VMLINUX:
		if (names_arch(arg))
			strv_add(&o->vmlinux_for, arg);
		else
			o->vmlinux = arg;
		break;
	case OPTION_ARCH:
		o->archs = arg;
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

void session_repeat(const struct session_options *o, struct strv *ret)
{
	const struct {
		const char *name, *value;
	} values[] = {
		{"directory", o->directory}, {"output", o->output}, {"manifest", o->manifest},
		{"clang", o->clang},	     {"llvm", o->llvm},	    {"vmlinux", o->vmlinux},
		{"arch", o->archs},	     {"cache", o->cache},
	};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		if (values[i].value)
			strv_addf(ret, "--%s=%s", values[i].name, values[i].value);
	for (size_t i = 0; i < o->vmlinux_for.n; i++)
		strv_addf(ret, "--vmlinux=%s", o->vmlinux_for.v[i]);
	if (o->debug)
		strv_add(ret, "--debug");
	if (o->full_types)
		strv_add(ret, "--full-types");
}

void session_options_free(struct session_options *o)
{
	strv_free(&o->vmlinux_for);
	strv_free(&o->words);
}

int session_enter(struct session *s, const struct session_options *o)
{
	if (o->directory && !s->entered && chdir(o->directory) < 0)
		return message_error(-errno, "build: -C %s: %s", o->directory, strerror(errno));
	s->entered = true;
	return 0;
}

/* One of --arch, as the manifest has it or new. */
static int want_arch(struct project *p, const char *name)
{
	const struct arch *arch = arch_find(name);
	_cleanup_strv_ struct strv known = {0};
	const char *near;

	vec_foreach (a, &p->archs) {
		if (a->arch != arch)
			continue;
		a->left_out = false;
		free(a->name);
		a->name = xstrdup(name);
		return 0;
	}
	if (arch) {
		vec_push(&p->archs, ((struct project_arch){.arch = arch, .name = xstrdup(name)}));
		return 0;
	}
	arch_names(&known);
	near = strv_nearest(&known, name);
	return message_error(-EINVAL, "--arch: %s: no architecture that is known%s%s%s", name,
			     near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static int choose_archs(struct project *p, const char *names)
{
	_cleanup_free_ char *copy = xstrdup(names ? names : "");
	char *rest = copy, *name;
	int err = 0;

	vec_foreach (a, &p->archs)
		a->left_out = names;
	while (names && err == 0 && (name = strsep(&rest, ",")))
		err = want_arch(p, name);
	return err;
}

/* Where types are, as the command line has it: for all (NULL), or for single architectures. */
typedef VEC(struct arch_file) types_files;

static void types_files_free(types_files *f)
{
	vec_foreach (t, f)
		free(t->path);
	vec_free(f);
}

/* What the command line says of types goes before all that the manifest says. */
static void override_types(struct compile_options *o, const types_files *types)
{
	vec_foreach (t, types)
		project_set_vmlinux(o, t->arch, xstrdup(t->path));
}

/* The files that the command line means: it may name kept kernels, too. Messages as usual. */
static int find_types(const struct session_options *o, types_files *ret)
{
	struct arch_file f = {0};
	int err = o->vmlinux ? kernel_find_types(o->vmlinux, NULL, &f.path) : 0;

	if (err == 0 && o->vmlinux)
		vec_push(ret, f);
	for (size_t i = 0; err == 0 && i < o->vmlinux_for.n; i++) {
		const char *word = o->vmlinux_for.v[i];

		f.arch = names_arch(word);
		err = kernel_find_types(strchr(word, '=') + 1, f.arch, &f.path);
		if (err == 0) {
			path_tidy(f.path);
			vec_push(ret, f);
		}
	}
	return err;
}

/* The last word of a manifest and the file that it means: many objects have the same. */
struct meant_types {
	const struct arch *arch;
	char *word, *file;
};

static void forget_meaning(struct meant_types *m)
{
	free(m->word);
	free(m->file);
}

/* Replaces a word of the manifest with the file that it means. Messages as usual. */
static int find_meant(struct session *s, struct meant_types *last, const struct arch *arch,
		      char **path)
{
	int err = 0;

	if (!*path)
		return 0;
	if (!last->word || last->arch != arch || !str_eq(last->word, *path)) {
		forget_meaning(last);
		*last = (struct meant_types){.arch = arch, .word = xstrdup(*path)};
		err = kernel_find_types(*path, arch, &last->file);
	}
	if (err < 0 || str_eq(last->file, *path))
		return err;
	s->names_kernels = true;
	free(*path);
	*path = xstrdup(last->file);
	return 0;
}

static bool is_built_for(const struct project *p, const struct arch *arch)
{
	vec_foreach (a, &p->archs)
		if (a->arch == arch)
			return !a->left_out;
	return !p->archs.n && arch == arch_host();
}

/* The manifest may name kept kernels where the command line may; those that this build needs. */
static int find_manifest_types(struct session *s)
{
	_cleanup_(forget_meaning) struct meant_types last = {0};
	int err = 0;

	vec_foreach (a, &s->project.archs)
		if (err == 0 && !a->left_out)
			err = find_meant(s, &last, a->arch, &a->vmlinux);
	for (size_t i = 0; i < s->project.n && err == 0; i++) {
		struct compile_options *o = &s->project.targets[i].compile;

		err = find_meant(s, &last, NULL, &o->vmlinux);
		vec_foreach (f, &o->vmlinux_for)
			if (err == 0 && is_built_for(&s->project, f->arch))
				err = find_meant(s, &last, f->arch, &f->path);
	}
	return err;
}

static int load_project(struct session *s)
{
	_cleanup_free_ char *dir =
		path_tidy(xstrdup(s->options->output ? s->options->output : "build"));
	_cleanup_(types_files_free) types_files types = {0};
	int err = project_load(s->options->manifest, dir, &s->project);

	err = err < 0 ? err : choose_archs(&s->project, s->options->archs);
	err = err < 0 ? err : find_types(s->options, &types);
	if (err < 0)
		return err;
	if (s->options->vmlinux)
		vec_foreach (a, &s->project.archs)
			free(steal(&a->vmlinux));
	for (size_t i = 0; i < s->project.n; i++) {
		struct compile_options *o = &s->project.targets[i].compile;

		override_types(o, &types);
		o->debug |= s->options->debug;
		if (s->options->full_types) {
			free(o->types);
			o->types = xstrdup("full");
		}
	}
	err = find_manifest_types(s);
	if (err < 0)
		return err;
	if (!s->options->output && s->project.output) {
		free(dir);
		dir = path_tidy(xstrdup(s->project.output));
	}
	return outdir_open(dir, s->options->dry_run, &s->outdir);
}

/*
 * Compilers open sources once more by the project's full name, for the lines that BTF quotes. Where
 * that fails they leave the lines out and say nothing.
 */
static int find_directory(struct build *b)
{
	struct stat here, named;

	b->directory = realpath(".", NULL);
	if (!b->directory || stat(".", &here) < 0)
		return message_error(-errno, "build: the current directory: %s", strerror(errno));
	if (stat(b->directory, &named) < 0)
		return message_error(
			-errno,
			"build: %s: %s; compilers have to reach the project by this name: "
			"open the folders above it, or build elsewhere",
			b->directory, strerror(errno));
	if (here.st_dev != named.st_dev || here.st_ino != named.st_ino)
		return message_error(
			-ESTALE,
			"build: %s: something else has this name now; enter the project "
			"again",
			b->directory);
	return 0;
}

static int prepare_build(struct session *s)
{
	const char *from_env = getenv("SKEP_CLANG"), *llvm = getenv("SKEP_LLVM");
	const char *who = s->options->clang	  ? "--clang"
			  : from_env && *from_env ? "$SKEP_CLANG"
						  : "clang: in " PROJECT_MANIFEST;
	struct build *b = &s->build;
	_cleanup_strv_ struct strv flags = {0};
	const char *target;
	int err = find_directory(b);

	if (err < 0)
		return err;
	s->clang = s->options->clang ?: from_env && *from_env ? from_env : s->project.clang;
	s->llvm = s->options->llvm ?: llvm && *llvm ? llvm : NULL;
	s->files = files_new(s->outdir.state, s->options->world);
	b->files = s->files;
	b->scanner = scanner_new(s->outdir.state, s->files);
	b->state = s->outdir.state;
	b->store = s->cache.store;
	b->slicer = slicer_new(s->files, s->options->dry_run);
	b->dry_run = s->options->dry_run;
	b->separate_arch = s->options->separate_arch;
	b->dir_private = s->outdir.dir_private;
	b->color = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
	compiler_environment(&b->compiler_env);
	if (s->options->prebuilt)
		return 0;
	target = plan_first_flags(&s->project, b, &flags);
	s->memory = (struct compiler_memory){s->outdir.state, s->cache.store};
	return compiler_find(s->clang, who, target, &flags, &s->memory, &b->compiler);
}

char *session_find_store(const struct session_options *o, const char *of_project)
{
	if (o->cache)
		return xstrdup(o->cache);
	if (of_project && !getenv("SKEP_CACHE"))
		return xstrdup(of_project);
	return store_default_root();
}

/* A remote store that only the project names gets no credentials: who wrote that is not known. */
static int choose_remote(struct session *s)
{
	const char *env = getenv("SKEP_REMOTE_CACHE"), *url, *who;

	url = s->options->remote ? s->options->remote : env ? env : s->project.remote;
	who = s->options->remote ? "--remote-cache" : env ? "$SKEP_REMOTE_CACHE" : PROJECT_MANIFEST;
	if (!url || !*url)
		return 0;
	s->remote = (struct remote_options){
		.url = url,
		.store_root = s->cache_root,
		.write = s->options->remote_write,
		.may_authenticate = s->options->remote || env,
	};
	s->cache.remote_options = &s->remote;
	return remote_check_url(url, who);
}

/* The store, unless nobody wants one. What cannot be used costs time, not the build. */
static int open_cache(struct session *s)
{
	int err;

	if (s->options->no_cache || s->options->dry_run)
		return 0;
	s->cache_root = session_find_store(s->options, s->project.cache);
	if (!s->cache_root)
		return 0;
	s->cache.refresh = s->options->refresh;
	err = store_open(s->cache_root, 0, run_cache_blobs_of, &s->cache.store);
	return err < 0 ? err : choose_remote(s);
}

static void add_root(struct run_cache *c, const char *path, const char *name)
{
	vec_push(&c->roots, ((struct run_root){path_tidy(xstrdup(path)), name}));
}

/* What lies elsewhere on another machine, or in another checkout, and is the same all the same. */
static void name_roots(struct session *s)
{
	/* An object is the same wherever among the architectures it lies. */
	for (size_t i = 0; i < s->plan.folders.n; i++) {
		_cleanup_free_ char *dir = path_join(s->outdir.path, s->plan.folders.v[i]);

		add_root(&s->cache, dir, "output");
	}
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
	err = err < 0 ? err : plan_check_types(&s->plan);
	if (err < 0 || s->options->prebuilt)
		return err;
	return plan_find_llvm(&s->plan, &s->build.compiler, s->llvm);
}

int session_open(struct session *s, const struct session_options *options)
{
	int err;

	s->options = options;
	s->outdir.lock_fd = -1;
	err = session_enter(s, options);
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
	free(s->cache_root);
	files_free(s->files);
	outdir_close(&s->outdir);
	project_free(&s->project);
}
