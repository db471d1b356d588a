#include "rounds.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/path.h"
#include "damage.h"
#include "random.h"

struct harness harness;

unsigned rounds_count_kills(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < RUN_N_KILLS; i++)
		n += harness.figures.kills[i];
	return n;
}

static void show_log(const struct run *r)
{
	_cleanup_buf_ struct buf text = {0};

	if (r->log && file_read(r->log, FILE_MAX_SIZE, &text) == 0)
		fprintf(stderr, "%s:\n%s", r->log, text.n ? text.v : "");
}

void rounds_fail(const struct run *r, const char *fmt, ...)
{
	va_list ap;

	runs_kill_all();
	fprintf(stderr, "kill_builds: seed %" PRIu64 ", round %u, after %u kills: ", harness.seed,
		harness.figures.rounds, rounds_count_kills());
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	if (r)
		show_log(r);
	fprintf(stderr, "all is left as it was in %s\n", harness.top);
	exit(1);
}

/* --- starting */

/* Starts skep in folder; N_FOLDERS is for commands that need none. */
struct run *rounds_start(size_t folder, const char *const words[])
{
	_cleanup_free_ char *log = xasprintf("%s/log-%zu", harness.top, harness.n_runs);
	const char *argv[MAX_ARGS] = {harness.skep};
	struct run *r = &harness.runs[harness.n_runs];
	size_t n = 1;

	for (; *words; words++)
		argv[n++] = *words;
	if (folder < N_FOLDERS) {
		argv[n++] = "-C";
		argv[n++] = harness.folders[folder].dir;
	}
	run_free(r);
	run_start(r, (char *const *)argv, log);
	harness.folder_of[harness.n_runs++] = folder;
	return r;
}

void rounds_start_build(size_t folder, bool refresh, unsigned jobs)
{
	_cleanup_free_ char *j = xasprintf("-j%u", jobs);
	const char *const words[] = {"build", j, refresh ? "--refresh" : NULL, NULL};

	rounds_start(folder, words);
}

static const char *const store_commands[][5] = {
	{"cache", "gc", "--max-size", "0"},
	{"cache", "gc", "--max-size", "100k"},
	{"cache", "gc", "--max-size", "1500k"},
	{"cache", "gc", "--max-age", "0"},
	{"cache", "verify"},
	{"cache", "clear"},
	{"cache", "stats"},
};

/* --- events */

static void add_event(struct event e, int64_t within)
{
	e.at = runs_now() + (int64_t)random_below(&harness.random, (uint64_t)within);
	if (harness.n_events < MAX_EVENTS)
		harness.events[harness.n_events++] = e;
}

/* Over the whole length of a build, of those that find everything as well. */
static int64_t some_time(void)
{
	return random_once_in(&harness.random, 4) ? SHORT_BUILD : harness.build_time * 13 / 10;
}

static void plan_kill(size_t run)
{
	struct event e = {.kind = EVENT_KILL,
			  .which = run,
			  .how = (enum run_kill)random_below(&harness.random, RUN_N_KILLS)};

	add_event(e, some_time());
}

static void kill_run(struct run *r, enum run_kill how)
{
	/* Of a command for the store there are no children. */
	if (harness.folder_of[r - harness.runs] == N_FOLDERS)
		how = RUN_KILL_ALONE;
	if (run_kill(r, how) && how == RUN_KILL_CHILDREN)
		/* The others are counted when it turns out that they were in time. */
		harness.figures.kills[how]++;
}

static void plan_damage(void)
{
	struct event e = {.kind = EVENT_DAMAGE,
			  .damage = random_once_in(&harness.random, 3) ? DAMAGE_CUT : DAMAGE_FLIP,
			  .random = random_next(&harness.random)};

	add_event(e, some_time());
}

static void change_sources(struct folder *f, unsigned bit)
{
	f->variant ^= 1u << bit;
	f->unsure = f->mixed = true;
	harness.figures.changes++;
	project_write(&harness.project, f->dir, f->variant, PROJECT_RENAME);
}

static void handle_event(struct event *e)
{
	switch (e->kind) {
	case EVENT_KILL:
		kill_run(&harness.runs[e->which], e->how);
		break;
	case EVENT_CHANGE:
		change_sources(&harness.folders[e->which], e->bit);
		break;
	case EVENT_DAMAGE:
		harness.figures.damages += damage_some_file(harness.store, e->damage, &e->random);
		break;
	}
}

/* Takes an event that is due off the list; false when there is none. */
static bool next_event(int64_t now, struct event *ret)
{
	for (size_t i = 0; i < harness.n_events; i++) {
		if (harness.events[i].at > now)
			continue;
		*ret = harness.events[i];
		harness.events[i] = harness.events[--harness.n_events];
		return true;
	}
	return false;
}

static bool any_runs(void)
{
	for (size_t i = 0; i < harness.n_runs; i++)
		if (harness.runs[i].pid)
			return true;
	return false;
}

/* Until all runs have ended; events that come later do not happen. */
void rounds_run(void)
{
	int64_t give_up = runs_now() + PATIENCE;
	struct event e;

	while (any_runs()) {
		int64_t until = give_up;

		while (next_event(runs_now(), &e))
			handle_event(&e);
		for (size_t i = 0; i < harness.n_events; i++)
			if (harness.events[i].at < until)
				until = harness.events[i].at;
		runs_wait(harness.runs, harness.n_runs, until);
		if (runs_now() >= give_up)
			rounds_fail(&harness.runs[0], "a build does not end");
	}
	harness.n_events = 0;
}

/* --- judging */

/* "built 5 objects in 0.1 s (3 of 14 steps ran, 11 came from the store)" */
static void count_steps(const char *said)
{
	const char *at = strstr(said, " s (");
	unsigned ran, all, restored = 0;

	if (!at || sscanf(at, " s (%u of %u steps ran, %u", &ran, &all, &restored) < 2)
		return;
	harness.figures.steps_ran += ran;
	harness.figures.steps_restored += restored;
}

/* How far a build was that did not come to its end: lines such as "[3/14] compile a.bpf.c". */
static void count_progress(const char *said)
{
	unsigned n = 0;

	for (const char *p = said; (p = strchr(p, '[')); p++)
		n += p == said || p[-1] == '\n';
	harness.figures.killed_after[n < MAX_STEPS ? n : MAX_STEPS]++;
}

static void judge_command(const struct run *r)
{
	harness.figures.commands++;
	harness.figures.commands_killed += r->stopped;
	/* To find damage is right where there is some. */
	if (r->stopped ||
	    (WIFEXITED(r->status) &&
	     (WEXITSTATUS(r->status) == 0 || (harness.damaging && WEXITSTATUS(r->status) == 1))))
		return;
	rounds_fail(r, "a command for the store failed");
}

bool rounds_judge_build(const struct run *r)
{
	bool good = WIFEXITED(r->status) && WEXITSTATUS(r->status) == 0, damaged;
	_cleanup_buf_ struct buf said = {0};

	buf_puts(&said, "");
	file_read(r->log, FILE_MAX_SIZE, &said);
	harness.figures.builds++;
	harness.figures.good += good;
	if (r->stopped)
		harness.figures.kills[r->how]++;
	else if (!good && (!r->harmed || !WIFEXITED(r->status)))
		rounds_fail(r, "a build failed");
	damaged = strstr(said.v, "was damaged");
	harness.figures.noticed += damaged;
	if (strstr(said.v, "warning: cache:") && !(damaged && harness.damaging))
		rounds_fail(r, "something is wrong with the store, and nobody did that");
	if (good)
		count_steps(said.v);
	else
		count_progress(said.v);
	return good;
}

void rounds_judge_folder(struct folder *f, const struct run *good)
{
	bool exactly = good && !f->unsure;
	_cleanup_free_ char *left = NULL, *why = NULL;

	/* What is made of changing sources is used, and with a note: made again the next time. */
	if (exactly || !f->mixed)
		why = project_compare(&harness.project, f->dir, f->variant, exactly);
	if (why)
		rounds_fail(good, "%s", why);
	f->mixed = f->mixed && !exactly;
	left = good && f->settled ? project_find_temporary(f->dir) : NULL;
	if (left)
		rounds_fail(good, "%s: is left over", left);
}

void rounds_judge(void)
{
	const struct run *good[N_FOLDERS] = {0};

	for (size_t i = 0; i < harness.n_runs; i++) {
		if (harness.folder_of[i] == N_FOLDERS)
			judge_command(&harness.runs[i]);
		else if (rounds_judge_build(&harness.runs[i]))
			good[harness.folder_of[i]] = &harness.runs[i];
	}
	for (size_t i = 0; i < N_FOLDERS; i++)
		rounds_judge_folder(&harness.folders[i], good[i]);
}

/* --- rounds */

/* Something that lost its parent may be writing there still. */
void rounds_remove_tree(const char *path)
{
	int err = 0;

	for (int tries = 0; tries < 100; tries++) {
		err = file_remove_tree(path);
		if (!err || err == -ENOENT)
			return;
		runs_wait_for_orphans(runs_now() + 10 * MS);
	}
	rounds_fail(NULL, "remove: %s: %s", path, strerror(-err));
}

static void prepare_folder(struct folder *f, bool settled)
{
	_cleanup_free_ char *built = path_join(f->dir, "build");

	f->unsure = false;
	f->settled = settled;
	if (random_once_in(&harness.random, 2))
		f->variant = (unsigned)random_below(&harness.random, PROJECT_VARIANTS);
	project_write(&harness.project, f->dir, f->variant,
		      random_once_in(&harness.random, 2) ? PROJECT_IN_PLACE : PROJECT_RENAME);
	if (random_once_in(&harness.random, 2))
		rounds_remove_tree(built);
}

void rounds_wait_for_orphans(void)
{
	if (!runs_wait_for_orphans(runs_now() + PATIENCE / 6))
		rounds_fail(NULL, "a process of a build that was killed lives on");
}

static void start_some_build(size_t folder)
{
	bool refresh = random_once_in(&harness.random, 3);
	unsigned jobs = 1 + (unsigned)random_below(&harness.random, 4);

	if (!random_once_in(&harness.random, 6))
		plan_kill(harness.n_runs);
	rounds_start_build(folder, refresh, jobs);
}

static void start_round(void)
{
	harness.n_runs = 0;
	for (size_t i = 0; i < N_FOLDERS; i++)
		start_some_build(i);
	if (random_once_in(&harness.random, 4))
		start_some_build(random_below(&harness.random, N_FOLDERS));
	if (random_once_in(&harness.random, 3)) {
		if (random_once_in(&harness.random, 2))
			plan_kill(harness.n_runs);
		rounds_start(
			N_FOLDERS,
			store_commands[random_below(&harness.random, ARRAY_SIZE(store_commands))]);
	}
	if (random_once_in(&harness.random, 4))
		add_event((struct event){.kind = EVENT_CHANGE,
					 .which = random_below(&harness.random, N_FOLDERS),
					 .bit = (unsigned)random_below(&harness.random,
								       PROJECT_BITS)},
			  some_time());
	for (size_t i = random_below(&harness.random, harness.damaging ? 4 : 1); i; i--)
		plan_damage();
}

void rounds_do(void)
{
	bool settled;

	/* A round's choices do not depend on how long the last one took. */
	harness.random = harness.seed + 1000003 * (uint64_t)++harness.figures.rounds;
	settled = random_once_in(&harness.random, 2);
	if (settled)
		rounds_wait_for_orphans();
	if (random_once_in(&harness.random, 12))
		rounds_remove_tree(harness.store);
	for (size_t i = 0; i < N_FOLDERS; i++)
		prepare_folder(&harness.folders[i], settled);
	start_round();
	rounds_run();
	rounds_judge();
}
