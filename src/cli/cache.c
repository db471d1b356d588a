/* skep cache */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/message.h"
#include "cli/cli.h"
#include "run/run.h"
#include "store/gc.h"

#define DAY ((uint64_t)24 * 60 * 60)

struct arguments {
	const char *command, *root;
	uint64_t max_size, max_age; /* bytes, seconds; UINT64_MAX: no limit */
};

enum {
	OPTION_CACHE = 256,
	OPTION_MAX_SIZE,
	OPTION_MAX_AGE,
};

static const struct argp_option options[] = {
	{"cache", OPTION_CACHE, "DIR", 0, "The store (default: $SKEP_CACHE or ~/.cache/skep)", 0},
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
	case OPTION_CACHE:
		a->root = arg;
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
		if (a->command)
			argp_error(state, "%s: one command at a time", arg);
		a->command = arg;
		break;
	case ARGP_KEY_END:
		if (!a->command)
			argp_error(state, "which command? stats, gc, verify or clear");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse_option,
	.args_doc = "stats|gc|verify|clear",
	.doc = "Looks after the store in which builds keep and find what they made.\v"
	       "stats says what is in it and how often it helped; gc removes what was not used for "
	       "longest; verify reads everything and drops what is damaged; clear removes all. "
	       "Builds "
	       "may use the store meanwhile.",
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

static const struct {
	const char *name;
	int (*run)(struct store *s, const struct arguments *a);
	unsigned flags; /* for store_open */
} commands[] = {
	{"stats", print_stats, STORE_READ_ONLY},
	{"gc", collect, 0},
	{"verify", verify, 0},
	{"clear", clear, 0},
};

int cli_cache(int argc, char **argv)
{
	struct arguments a = {.max_size = UINT64_MAX, .max_age = UINT64_MAX};
	_cleanup_free_ char *root = NULL;
	_cleanup_store_ struct store *store = NULL;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!str_eq(a.command, commands[i].name))
			continue;
		root = a.root ? xstrdup(a.root) : store_default_root();
		if (!root) {
			message_error(-ENOENT, "cache: no folder for the store: name one with "
					       "--cache or SKEP_CACHE");
			return CLI_UNUSABLE;
		}
		if (store_open(root, commands[i].flags, run_cache_blobs_of, &store) < 0)
			return CLI_UNUSABLE;
		return commands[i].run(store, &a);
	}
	message_error(-EINVAL, "cache: %s: no such command; there are stats, gc, verify and clear",
		      a.command);
	return CLI_UNUSABLE;
}
