/* Rounds in which builds run beside each other, are killed, and are judged by what they leave. */
#ifndef SKEP_TESTS_HARNESS_ROUNDS_H
#define SKEP_TESTS_HARNESS_ROUNDS_H

#include "damage.h"
#include "project.h"
#include "runs.h"

#define MS ((int64_t)1000000)
#define SECOND (1000 * MS)

#define N_FOLDERS 3
/* A build in each folder, another one in one of them, and a command for the store. */
#define MAX_RUNS (N_FOLDERS + 2)
#define MAX_EVENTS 16
#define MAX_ARGS 16
/* What takes longer than this hangs. */
#define PATIENCE (60 * SECOND)
/* Builds that find everything are over by then. */
#define SHORT_BUILD (20 * MS)
/* Steps of a build. */
#define MAX_STEPS 32

struct folder {
	char *dir;
	unsigned variant;
	bool unsure; /* its sources changed during this round */
	bool mixed;  /* or since its last build that was right; some output may be of both states */
	bool settled; /* nothing of an earlier build was alive when this round began */
};

enum event_kind {
	EVENT_KILL,
	EVENT_CHANGE, /* of a folder's sources */
	EVENT_DAMAGE,
};

struct event {
	int64_t at; /* on the clock of runs_now */
	enum event_kind kind;
	size_t which;	   /* run or folder */
	enum run_kill how; /* of a kill */
	unsigned bit;	   /* of a change */
	enum damage damage;
	uint64_t random; /* of damage, for what it hits */
};

struct figures {
	unsigned rounds, kills[RUN_N_KILLS], builds, good, commands, commands_killed;
	unsigned steps_ran, steps_restored, changes, damages, noticed, temporaries;
	unsigned killed_after[MAX_STEPS + 1]; /* by the number of steps that were done */
};

/* All there is of the test. */
struct harness {
	const char *skep;
	char top[64], *store;
	uint64_t seed, random;
	unsigned n_kills, n_flips;
	bool damaging;	    /* else whatever is damaged is a mistake */
	int64_t build_time; /* of three at once with an empty store, nanoseconds */
	struct project project;
	struct folder folders[N_FOLDERS];
	struct run runs[MAX_RUNS];
	size_t n_runs, folder_of[MAX_RUNS]; /* N_FOLDERS for a command */
	struct event events[MAX_EVENTS];
	size_t n_events;
	struct figures figures;
};

extern struct harness harness;

unsigned rounds_count_kills(void);

/* Ends the test: says why, and what the run said, and leaves all files as they are. */
_Noreturn __attribute__((format(printf, 2, 3))) void rounds_fail(const struct run *r,
								 const char *fmt, ...);

/* Removes a folder, though something that lost its parent may be writing there still. */
void rounds_remove_tree(const char *path);
void rounds_wait_for_orphans(void);

/* A round begins with harness.n_runs = 0 and some of these; N_FOLDERS is for commands that need
 * none. */
struct run *rounds_start(size_t folder, const char *const words[]);
void rounds_start_build(size_t folder, bool refresh, unsigned jobs);
/* Until all runs have ended. */
void rounds_run(void);
/* Whether the build succeeded; does not return when it should have. */
bool rounds_judge_build(const struct run *r);
/* good: the build that succeeded there, or NULL. */
void rounds_judge_folder(struct folder *f, const struct run *good);
void rounds_judge(void);

/* All that is random. */
void rounds_do(void);

#endif
