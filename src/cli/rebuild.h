/* Building once more into a temporary directory, to compare with what was built. */
#ifndef SKEP_CLI_REBUILD_H
#define SKEP_CLI_REBUILD_H

#include <signal.h>
#include <stdbool.h>

#include "base/str.h"
#include "cli/progress.h"

/* What was built, for those who build it again. */
struct rebuild_options {
	const char *manifest; /* or NULL */
	const char *output_dir;
	struct strv arguments; /* those of `skep build` that shape the result */
	struct progress *progress;
};

struct rebuild {
	const char *option; /* that asked for it, without dashes: begins its messages */
	char *temp;	    /* the directory */
	sigset_t before;
};

/*
 * Makes a directory in $TMPDIR or /tmp, and keeps signals that end a build waiting until
 * rebuild_end, which must follow. Negative errno after a message.
 */
int rebuild_begin(const char *option, struct rebuild *ret);
/*
 * Runs `skep build` with the arguments that follow those words and an environment that ends with
 * NULL, in this working directory. Gives its exit status; shows what it said when that is not 0.
 * Negative errno: after a message, or -EINTR when a signal has come, which went to it too.
 */
int rebuild_run(const struct rebuild *r, const struct strv *arguments, char *const env[]);
/* Where it makes what this build made at path. Caller frees. */
char *rebuild_path(const struct rebuild *r, const char *path, const char *output_dir);
/* Whether a signal that ends a build has come. */
bool rebuild_is_stopped(void);
/*
 * Removes the directory unless keep. Gives the number of the signal that has come, after a
 * message, else err.
 */
int rebuild_end(struct rebuild *r, int err, bool keep);

#endif
