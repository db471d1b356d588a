/* skep cache */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/message.h"
#include "base/path.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "store/archive.h"
#include "store/gc.h"

#define DAY ((uint64_t)24 * 60 * 60)

struct arguments {
	const char *command, *file;	/* file: export's and import's */
	struct session_options session; /* export's; its cache is everybody's */
	uint64_t max_size, max_age;	/* bytes, seconds; UINT64_MAX: no limit */
};

enum {
	OPTION_MAX_SIZE = 256,
	OPTION_MAX_AGE,
};

static const struct argp_option options[] = {
	{"max-size", OPTION_MAX_SIZE, "SIZE", 0,
	 "gc: keep at most SIZE, such as 500M or 2G (default: 5G)", 0},
	{"max-age", OPTION_MAX_AGE, "TIME", 0,
	 "gc: keep nothing that was not used for TIME, such as 12h or 30d", 0},
	{0},
};

/* A number and a unit, a single letter that may be missing. */
struct unit {
	char letter;
	uint64_t factor;
};

static const struct unit sizes[] = {
	{'\0', 1},	{'k', 1000},	   {'K', 1000},
	{'M', 1000000}, {'G', 1000000000}, {'T', 1000000000000},
};
static const struct unit times[] = {
	{'\0', 1}, {'s', 1}, {'m', 60}, {'h', 60 * 60}, {'d', DAY}, {'w', 7 * DAY},
};

static bool parse_amount(const char *text, const struct unit *units, size_t n, uint64_t *ret)
{
	_cleanup_free_ char *digits = xstrdup(text);
	size_t size = strspn(text, "0123456789");
	unsigned long number;

	digits[size] = '\0';
	if (strlen(text + size) > 1 || !str_to_ulong(digits, INT32_MAX, &number))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (units[i].letter != text[size])
			continue;
		*ret = number * units[i].factor;
		return true;
	}
	return false;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->session;
		break;
	case OPTION_MAX_SIZE:
		if (!parse_amount(arg, sizes, ARRAY_SIZE(sizes), &a->max_size))
			argp_error(state, "--max-size: %s: not a size such as 500M or 2G", arg);
		break;
	case OPTION_MAX_AGE:
		if (!parse_amount(arg, times, ARRAY_SIZE(times), &a->max_age))
			argp_error(state, "--max-age: %s: not a time such as 12h or 30d", arg);
		break;
	case ARGP_KEY_ARG:
		if (!a->command)
			a->command = arg;
		else if (!a->file)
			a->file = arg;
		else
			strv_add(&a->session.words, arg);
		break;
	case ARGP_KEY_END:
		if (!a->command)
			argp_error(state,
				   "which command? stats, gc, verify, clear, export or import");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp_child children[] = {
	{&session_argp, 0, "Where the store is, and, for export, what was built and how:", 3},
	{0},
};

static const struct argp argp = {
	.children = children,
	.options = options,
	.parser = parse_option,
	.args_doc = "stats|gc|verify|clear\nexport FILE [TARGET...]\nimport FILE",
	.doc = "Looks after the store in which builds keep and find what they made.\v"
	       "stats says what is in it and how often it helped; gc removes what was not used for "
	       "longest; verify reads everything and drops what is damaged; clear removes all. "
	       "export "
	       "writes what the project's last build made, or only the TARGETs, to one file, and "
	       "import puts that into a store elsewhere. Builds may use the store meanwhile.",
};

static double megabytes(uint64_t bytes)
{
	return (double)bytes / 1e6;
}

static int print_stats(struct store *s, const struct arguments *a)
{
	struct store_size size[STORE_N_SIZES];
	struct store_stats stats = {0};

	(void)a;
	store_measure(s, size);
	store_read_stats(s, &stats);
	printf("%s\n\n%-10s %10s %12s\n", store_root(s), "what", "number", "MB");
	for (size_t i = 0; i < STORE_N_SIZES; i++)
		printf("%-10s %10" PRIu64 " %12.1f\n", size[i].kind, size[i].amount.n,
		       megabytes(size[i].amount.bytes));
	printf("\n%-10s %10s %12s\n", "step", "found", "not found");
	vec_foreach (c, &stats.counters)
		printf("%-10s %10" PRIu64 " %12" PRIu64 "\n", c->kind, c->hits, c->misses);
	store_stats_free(&stats);
	return CLI_OK;
}

static int collect(struct store *s, const struct arguments *a)
{
	uint64_t size = a->max_size == UINT64_MAX && a->max_age == UINT64_MAX ? STORE_DEFAULT_LIMIT
									      : a->max_size;
	struct gc_result r;

	if (store_gc(s, size, a->max_age, &r) < 0)
		return CLI_UNUSABLE;
	printf("removed %" PRIu64 " entries, %.1f MB; kept %" PRIu64 ", %.1f MB\n", r.removed.n,
	       megabytes(r.removed.bytes), r.kept.n, megabytes(r.kept.bytes));
	return CLI_OK;
}

static void report_wrong(const char *path, bool is_damaged, void *arg)
{
	(void)arg;
	message_error(-EBADMSG, "cache: %s: %s; dropped", path,
		      is_damaged ? "it is damaged" : "what it names is gone");
}

static int verify(struct store *s, const struct arguments *a)
{
	struct verify_result r;

	(void)a;
	store_verify(s, report_wrong, NULL, &r);
	printf("read %" PRIu64 " entries: %" PRIu64 " were damaged, %" PRIu64 " incomplete\n",
	       r.n_read, r.n_damaged, r.n_incomplete);
	return r.n_damaged ? CLI_FAILED : CLI_OK;
}

static int clear(struct store *s, const struct arguments *a)
{
	struct store_amount removed;

	(void)a;
	if (store_clear(s, &removed) < 0)
		return CLI_UNUSABLE;
	printf("removed %" PRIu64 " entries, %.1f MB\n", removed.n, megabytes(removed.bytes));
	return CLI_OK;
}

/* The index of an archive: a line for each step, its action and its name. */
static void put_index(const run_known_list *known, struct buf *ret)
{
	vec_foreach (k, known) {
		char hex[DIGEST_HEX_SIZE];

		digest_hex(&k->action, hex);
		buf_printf(ret, "%s %s\n", hex, k->name);
	}
}

static int export_known(struct session *s, const char *file)
{
	struct run_options o = {.state = s->outdir.state, .files = s->files, .cache = &s->cache};
	_cleanup_buf_ struct buf index = {0};
	VEC(struct digest) actions = {0};
	run_known_list known = {0};
	struct archive_info info;
	int err = run_list_known(&s->plan.graph, &o, &known);

	put_index(&known, &index);
	vec_foreach (k, &known)
		vec_push(&actions, k->action);
	if (err == 0)
		err = archive_write(s->cache.store, file, actions.v, actions.n, index.v, index.n,
				    &info);
	if (err == 0)
		printf("exported %" PRIu64 " steps, %.1f MB before compression\n", info.n_actions,
		       megabytes(info.unpacked_size));
	vec_free(&actions);
	run_known_free(&known);
	return err;
}

static int export(struct store *store, const struct arguments *a)
{
	_cleanup_free_ char *file = a->file ? xstrdup(a->file) : NULL;
	struct session s = {0};
	int err;

	(void)store;
	if (!file) {
		message_error(-EINVAL, "cache: export: name the file");
		return CLI_UNUSABLE;
	}
	/* -C is for the project. */
	if (*file != '/') {
		_cleanup_free_ char *here = realpath(".", NULL);

		free(steal(&file));
		file = path_join(here ? here : ".", a->file);
	}
	err = session_open(&s, &a->session);
	if (err == 0 && !s.cache.store)
		err = message_error(-ENOENT, "cache: export: there is no store");
	if (err == 0)
		err = export_known(&s, file);
	session_close(&s);
	return err == 0 ? CLI_OK : err == -ESTALE || err == -ENOENT ? CLI_FAILED : CLI_UNUSABLE;
}

/* Makes what came known by its name, for explanations. */
static void note_names(struct store *s, const struct buf *index)
{
	_cleanup_free_ char *copy = xstrndup(index->v ? index->v : "", index->n);
	char *rest = copy, *line;

	while ((line = strsep(&rest, "\n"))) {
		struct digest action;

		if (strlen(line) > DIGEST_HEX_SIZE && line[DIGEST_HEX_SIZE - 1] == ' ' &&
		    digest_parse(line, &action))
			store_put_hint(s, line + DIGEST_HEX_SIZE, &action);
	}
}

static int import(struct store *s, const struct arguments *a)
{
	_cleanup_archive_info_ struct archive_info info = {0};

	if (!a->file) {
		message_error(-EINVAL, "cache: import: name the file");
		return CLI_UNUSABLE;
	}
	if (archive_read(s, a->file, ARCHIVE_DEFAULT_LIMIT, &info) < 0)
		return CLI_FAILED;
	note_names(s, &info.index);
	store_maybe_gc(s, STORE_DEFAULT_LIMIT);
	printf("imported %" PRIu64 " steps\n", info.n_actions);
	return CLI_OK;
}

static const struct {
	const char *name;
	int (*run)(struct store *s, const struct arguments *a);
	unsigned flags; /* for store_open */
} commands[] = {
	{"stats", print_stats, STORE_READ_ONLY},
	{"gc", collect, 0},
	{"verify", verify, 0},
	{"clear", clear, 0},
	{"export", export, STORE_READ_ONLY},
	{"import", import, 0},
};

/* The manifest here, if there is one, and if what it says of the store may count. */
static int load_project(const struct arguments *a, struct project *ret)
{
	const char *manifest = a->session.manifest ? a->session.manifest : PROJECT_MANIFEST;

	if (a->session.cache || getenv("SKEP_CACHE") || !file_exists(manifest))
		return 0;
	return project_load(manifest, NULL, ret);
}

/* The store that a build would take. */
static int open_store(const struct arguments *a, unsigned flags, struct store **ret)
{
	_cleanup_project_ struct project p = {0};
	_cleanup_free_ char *root = NULL;
	int err = load_project(a, &p);

	if (err < 0)
		return err;
	root = session_find_store(&a->session, p.cache);
	if (!root)
		return message_error(-ENOENT, "cache: there is no store: name one with --cache or "
					      "SKEP_CACHE");
	return store_open(root, flags, run_cache_blobs_of, ret);
}

int cli_cache(int argc, char **argv)
{
	struct arguments a = {.max_size = UINT64_MAX, .max_age = UINT64_MAX};
	_cleanup_store_ struct store *store = NULL;
	int status = CLI_UNUSABLE;
	size_t i = 0;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	while (i < ARRAY_SIZE(commands) && !str_eq(a.command, commands[i].name))
		i++;
	if (i == ARRAY_SIZE(commands))
		message_error(-EINVAL,
			      "cache: %s: no such command; there are stats, gc, verify, clear, "
			      "export and import",
			      a.command);
	else if (open_store(&a, commands[i].flags, &store) == 0)
		status = commands[i].run(store, &a);
	session_options_free(&a.session);
	return status;
}
