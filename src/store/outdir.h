/*
 * The output directory: held by one build at a time, with the state of earlier builds and a
 * private folder inside.
 */
#ifndef SKEP_STORE_OUTDIR_H
#define SKEP_STORE_OUTDIR_H

#include <stdbool.h>

#include "store/state.h"

struct outdir {
	char *path;
	char *dir_private; /* PATH/.skep */
	int lock_fd;
	struct state *state;
};

/*
 * Makes the directory when needed, waits until no other build holds it (with a note), removes
 * temporaries that a killed build left, and opens the state. Read-only: nothing is made, held or
 * removed. Negative errno after a message.
 */
int outdir_open(const char *path, bool read_only, struct outdir *ret);
void outdir_close(struct outdir *o);
#define _cleanup_outdir_ _cleanup_(outdir_close)

#endif
