/* Linking bitcode: LLVM sees the whole program at once. */
#include "steps/steps.h"

#include <stdio.h>

#include <bpf/libbpf.h>

#include "base/message.h"
#include "base/path.h"
#include "btf/dedup.h"
#include "llvm/link.h"

#define LINKED WORK_SCRATCH "0"

/* A guess until it has run once: to load LLVM, and to compile a unit. */
#define LOAD_COST_MS 40
#define UNIT_COST_MS 10

struct lto {
	const struct build *build;
	const struct lto_llvm *llvm; /* borrowed; its members are set when it is found */
	bool keep_debug;
};

/* The last of a unit's flags that begins so, and is not longer than that many characters more. */
static const char *last_flag(const struct step *unit, const char *prefix, size_t most)
{
	const struct strv *flags = &step_compile_of(unit)->way->flags;

	for (size_t i = flags->n; i--;)
		if (str_starts(flags->v[i], prefix) && strlen(flags->v[i]) <= strlen(prefix) + most)
			return flags->v[i] + strlen(prefix);
	return "";
}

/* "-O" is as good as "-O1", and what only clang knows as its -O2. */
static char optimization(const struct step *unit)
{
	const char *level = last_flag(unit, "-O", 1);

	if (!*level)
		return '1';
	return strchr("0123sz", *level) ? *level : '2';
}

static int prepare(struct step *s, struct work *ret)
{
	const struct lto *l = s->data;
	const struct step *first = s->needs.v[0];
	const char *debug = l->keep_debug ? "debug" : "plain";
	char level[] = {optimization(first), '\0'};
	_cleanup_free_ char *library =
		xasprintf(WORK_UNHASHED "%s", l->llvm->path ? l->llvm->path : "");

	/* Libraries may lie elsewhere where they are the same. */
	strv_add(&ret->params, l->llvm->identity ? l->llvm->identity : "");
	work_add_builtin(ret, builtin_lto, "lto", LINKED, library,
			 last_flag(first, "-mcpu=", SIZE_MAX / 2), level, debug, NULL);
	for (size_t i = 0; i < s->needs.n; i++) {
		strv_add(&ret->commands.v[0].argv, s->needs.v[i]->output);
		vec_push(&ret->inputs, files_get(l->build->files, s->needs.v[i]->output));
	}
	/* The compiler has taken the project's folder from names. */
	work_add_builtin(ret, builtin_finish, "finish", LINKED, WORK_OUTPUT, debug, "/=", NULL);
	return 0;
}

static char *options(const struct step *s)
{
	const struct lto *l = s->data;

	return xasprintf("%zu units of bitcode%s", s->needs.n, l->keep_debug ? " with DWARF" : "");
}

static const struct step_kind kind = {
	.name = "link",
	.revision = 1,
	.prepare = prepare,
	.options = options,
	.hint = step_hint,
	.free = free,
};

struct step *step_add_lto(struct graph *g, const struct build *b, struct step *const *units,
			  size_t n, const char *output, const struct lto_llvm *llvm)
{
	struct lto *l = xcalloc(1, sizeof(*l));
	struct step *s;

	l->build = b;
	l->llvm = llvm;
	l->keep_debug = step_compile_of(units[0])->way->keep_debug;
	s = graph_add(g, &kind, l, output, path_base(output));
	s->cost = LOAD_COST_MS + n * UNIT_COST_MS;
	for (size_t i = 0; i < n; i++)
		step_add_need(s, units[i]);
	return s;
}

static int print_warning(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, fmt, ap) : 0;
}

/* Replaces an object by one that describes each type once. */
static int dedup(const char *path)
{
	_cleanup_content_ struct file_content in = {0};
	_cleanup_buf_ struct buf out = {0};
	int err = file_load(path, &in);

	libbpf_set_print(print_warning);
	err = err < 0 ? message_error(err, "link: reading the result: %s", strerror(-err))
		      : object_dedup(in.data, in.size, "what LLVM made of the units", &out);
	if (err < 0)
		return err;
	err = file_write(path, out.v, out.n);
	return err < 0 ? message_error(err, "link: writing the result: %s", strerror(-err)) : 0;
}

/* lto OUTPUT LIBLLVM CPU LEVEL plain|debug UNIT... */
int builtin_lto(int argc, char **argv)
{
	struct link_options o = {
		.output = argv[1],
		.llvm = argv[2],
		.cpu = argv[3],
		.features = "",
		.optimize = argv[4][0],
		.btf = true,
		.debug_info = str_eq(argv[5], "debug"),
		.fatal_errors = true,
		.export_c = true,
		.log_level = LINK_LOG_WARN,
	};
	int err;

	for (int i = 6; i < argc; i++)
		strv_add(&o.inputs, argv[i]);
	err = link_run(&o);
	err = err < 0 ? err : dedup(o.output);
	strv_free(&o.inputs);
	return err < 0;
}
