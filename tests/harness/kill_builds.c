/*
 * Builds that are killed at any moment, in several checkouts that share one store:
 *
 *	kill_builds [-n KILLS] [-f FLIPS] [-s SEED] SKEP
 *
 * KILLS times a build, or what a build started, is killed with SIGKILL, in three folders whose
 * sources change between known variants, while the store is cleaned, checked and, in the second
 * half, damaged beside. What a build leaves is compared with what clean builds made: after one that
 * succeeded every byte of it, after one that did not every file that is there. In the end no store
 * may be damaged, no temporary file left and no process alive. Then FLIPS times a bit in a store is
 * flipped and a build made from it.
 *
 * KILLS is $KILLS, or 60, unless it is given, and FLIPS is as many. `make check KILLS=1000` takes
 * some minutes more. What is random follows from SEED, but for the time that things take.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/file.h"
#include "base/path.h"
#include "damage.h"
#include "rounds.h"

/* From this number on, what is likely must have happened. */
#define ENOUGH 20

/* Runs one command to its end and gives its exit status, -1 when it was no exit. */
static int do_alone(size_t folder, const char *const words[])
{
	struct run *r;

	harness.n_runs = 0;
	r = rounds_start(folder, words);
	rounds_run();
	return WIFEXITED(r->status) ? WEXITSTATUS(r->status) : -1;
}

static void expect_sound_store(void)
{
	static const char *const words[] = {"cache", "verify", NULL};

	/* What was damaged here and not read since is dropped first. */
	if (harness.damaging)
		do_alone(N_FOLDERS, words);
	if (do_alone(N_FOLDERS, words) != 0)
		rounds_fail(&harness.runs[0], "the store is damaged");
}

/* With nothing to disturb them, all folders give every variant exactly. */
static void build_all_in_peace(void)
{
	rounds_wait_for_orphans();
	for (unsigned v = 0; v < PROJECT_VARIANTS; v++) {
		harness.n_runs = 0;
		for (size_t i = 0; i < N_FOLDERS; i++) {
			struct folder *f = &harness.folders[i];

			f->variant = (v + (unsigned)i) % PROJECT_VARIANTS;
			f->unsure = false;
			f->settled = true;
			project_write(&harness.project, f->dir, f->variant, PROJECT_IN_PLACE);
			rounds_start_build(i, false, 2);
		}
		rounds_run();
		rounds_judge();
	}
}

static int make_old(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	struct timespec t[2] = {{.tv_sec = time(NULL) - 2 * 60 * 60},
				{.tv_sec = time(NULL) - 2 * 60 * 60}};
	pid_t pid;

	(void)st;
	(void)type;
	if (!file_is_temp_name(path + ftw->base, &pid))
		return 0;
	harness.figures.temporaries++;
	return utimensat(AT_FDCWD, path, t, AT_SYMLINK_NOFOLLOW);
}

/* In the store, they are left alone for an hour: some build may be writing them. */
static void expect_no_temporaries(void)
{
	static const char *const words[] = {"cache", "gc", "--max-size", "1G", NULL};
	_cleanup_free_ char *left = NULL;

	if (nftw(harness.store, make_old, 16, FTW_PHYS) < 0 || do_alone(N_FOLDERS, words) != 0)
		rounds_fail(&harness.runs[0], "the store cannot be cleaned");
	left = project_find_temporary(harness.top);
	if (left)
		rounds_fail(NULL, "%s: is left over", left);
}

/* Kills until there were n of them in all. */
static void kill_builds(unsigned n)
{
	unsigned limit = harness.figures.rounds + 20 + 10 * n;

	while (rounds_count_kills() < n) {
		if (harness.figures.rounds == limit)
			rounds_fail(NULL, "kills come too late: %u rounds", limit);
		rounds_do();
	}
	if (n >= ENOUGH && !(harness.figures.steps_ran && harness.figures.steps_restored))
		rounds_fail(NULL, "no step came from the store, or none ran");
	build_all_in_peace();
	expect_sound_store();
	expect_no_temporaries();
}

static void measure_build(void)
{
	int64_t began;

	harness.n_runs = 0;
	for (size_t i = 0; i < N_FOLDERS; i++)
		project_write(&harness.project, harness.folders[i].dir, 0, PROJECT_IN_PLACE);
	began = runs_now();
	for (size_t i = 0; i < N_FOLDERS; i++)
		rounds_start_build(i, false, 2);
	rounds_run();
	harness.build_time = runs_now() - began;
	rounds_judge();
}

static double seconds_since(int64_t began)
{
	return (double)(runs_now() - began) / (double)SECOND;
}

static void report_kills(int64_t began)
{
	const struct figures *f = &harness.figures;

	printf("%u kills in %.1f s: of skep alone %u, with its commands %u, of its commands %u\n",
	       rounds_count_kills(), seconds_since(began), f->kills[RUN_KILL_ALONE],
	       f->kills[RUN_KILL_TREE], f->kills[RUN_KILL_CHILDREN]);
	printf("builds: %u in %u rounds, %u succeeded; their steps: %u ran, %u came from the "
	       "store\n",
	       f->builds, f->rounds, f->good, f->steps_ran, f->steps_restored);
	printf("killed after so many steps:");
	for (size_t i = 0; i <= MAX_STEPS; i++)
		if (f->killed_after[i])
			printf(" %zu:%u", i, f->killed_after[i]);
	printf("\nbeside: %u commands for the store, %u of them killed; %u changes of sources; "
	       "%u files damaged\n",
	       f->commands, f->commands_killed, f->changes, f->damages);
	printf("%u temporary files were left in the store\n", f->temporaries);
	fflush(stdout);
}

/* Builds one folder from the store, from nothing else. */
static void build_anew(void)
{
	struct folder *f = &harness.folders[0];
	_cleanup_free_ char *built = path_join(f->dir, "build");

	rounds_remove_tree(built);
	harness.n_runs = 0;
	rounds_start_build(0, false, 2);
	rounds_run();
	rounds_judge_folder(f, rounds_judge_build(&harness.runs[0]) ? &harness.runs[0] : NULL);
}

/* The store has nothing but what the folder is built from. */
static void flip_bits(void)
{
	unsigned noticed = harness.figures.noticed;
	struct folder *f = &harness.folders[0];
	int64_t began = runs_now();

	rounds_remove_tree(harness.store);
	f->variant = 0;
	f->unsure = false;
	project_write(&harness.project, f->dir, 0, PROJECT_IN_PLACE);
	build_anew();
	for (unsigned i = 0; i < harness.n_flips; i++) {
		if (!damage_some_file(harness.store, DAMAGE_FLIP, &harness.random))
			rounds_fail(NULL, "there is nothing in the store");
		build_anew();
	}
	expect_sound_store();
	noticed = harness.figures.noticed - noticed;
	if (harness.n_flips >= ENOUGH && !noticed)
		rounds_fail(NULL, "no flipped bit was noticed");
	printf("%u flipped bits in %.1f s, of which builds noticed %u\n", harness.n_flips,
	       seconds_since(began), noticed);
}

static void use_top(void)
{
	const char *tmp = getenv("TMPDIR");
	_cleanup_free_ char *temporary = NULL;

	snprintf(harness.top, sizeof(harness.top), "%.40s/skep-kills-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(harness.top)) {
		perror(harness.top);
		exit(2);
	}
	harness.store = path_join(harness.top, "store");
	temporary = path_join(harness.top, "tmp");
	file_make_dirs(temporary);
	setenv("TMPDIR", temporary, 1);
	setenv("SKEP_CACHE", harness.store, 1);
	unsetenv("MAKEFLAGS");
	unsetenv("SKEP_CLANG");
	for (size_t i = 0; i < N_FOLDERS; i++)
		harness.folders[i].dir = xasprintf("%s/checkout-%zu", harness.top, i);
}

static void leave_top(void)
{
	if (!runs_wait_for_orphans(runs_now()))
		rounds_fail(NULL, "a process lives on");
	for (size_t i = 0; i < N_FOLDERS; i++)
		free(harness.folders[i].dir);
	for (size_t i = 0; i < MAX_RUNS; i++)
		run_free(&harness.runs[i]);
	free(harness.store);
	project_free(&harness.project);
	file_remove_tree(harness.top);
}

static bool read_number(const char *text, unsigned *ret)
{
	unsigned long n;

	if (!text || !str_to_ulong(text, 1000000, &n))
		return false;
	*ret = (unsigned)n;
	return true;
}

static bool parse_arguments(int argc, char **argv)
{
	bool has_flips = false;
	unsigned long seed;
	unsigned seed32;
	int opt;

	if (!read_number(getenv("KILLS"), &harness.n_kills))
		harness.n_kills = 60;
	if (getrandom(&seed32, sizeof(seed32), 0) != sizeof(seed32))
		seed32 = 1;
	harness.seed = seed32;
	while ((opt = getopt(argc, argv, "n:f:s:")) != -1) {
		if (opt == 'n' && read_number(optarg, &harness.n_kills))
			continue;
		has_flips |= opt == 'f';
		if (opt == 'f' && read_number(optarg, &harness.n_flips))
			continue;
		if (opt != 's' || !str_to_ulong(optarg, (unsigned long)-1, &seed))
			return false;
		harness.seed = seed;
	}
	if (!has_flips)
		harness.n_flips = harness.n_kills;
	harness.skep = optind == argc - 1 ? realpath(argv[optind], NULL) : NULL;
	return harness.skep;
}

int main(int argc, char **argv)
{
	int64_t began = runs_now();

	if (!parse_arguments(argc, argv)) {
		fprintf(stderr, "usage: %s [-n KILLS] [-f FLIPS] [-s SEED] SKEP\n", argv[0]);
		return 2;
	}
	printf("seed %" PRIu64 "\n", harness.seed);
	fflush(stdout);
	use_top();
	if (project_learn(&harness.project, harness.skep, harness.top) < 0)
		rounds_fail(NULL, "the project cannot be built");
	runs_begin();
	measure_build();
	kill_builds(harness.n_kills / 2);
	harness.damaging = true;
	kill_builds(harness.n_kills);
	report_kills(began);
	flip_bits();
	leave_top();
	return 0;
}
