/*
 * A snapshot: all that a build looked at when it found that nothing was to do. While every place in
 * it is as it was then, there is still nothing to do, and to know that takes no more than a look at
 * each.
 *
 * Stamps are compared, never contents: whoever adds a place sees to it that a later change of it is
 * sure to give another stamp.
 *
 * File format, version 1, in the encoding of codec.h: the 8 bytes "skepcl1\n", u64 XXH3 of all that
 * follows, then
 *
 *	digest of the question | u32 answer | u32 number of places | the places
 *
 * and for each place u32 kind | string path, and what that kind compares: the stamp as five u64
 * for SNAPSHOT_SAME, u32 for SNAPSHOT_THERE.
 */
#ifndef SKEP_STORE_SNAPSHOT_H
#define SKEP_STORE_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "store/files.h"

/* What must be so of a place. */
enum snapshot_kind {
	SNAPSHOT_SAME,	  /* its stamp is the same */
	SNAPSHOT_THERE,	  /* it is there, and still a folder, or still a file, and so on */
	SNAPSHOT_NO_FILE, /* nothing is there, or a folder */
	SNAPSHOT_NOTHING, /* nothing is there */
};

struct snapshot_place {
	enum snapshot_kind kind;
	const char *path; /* borrowed; relative to the current directory, or absolute */
	struct file_stamp stamp;
	uint32_t type; /* S_IFMT of its mode */
};

struct snapshot {
	struct digest question; /* all that is asked of a build, and no file tells */
	uint32_t answer;
	VEC(struct snapshot_place) places;
};

void snapshot_free(struct snapshot *s);

/* Sorts the places and writes the file. Negative errno, without a message. */
int snapshot_write(struct snapshot *s, const char *path);

/*
 * Whether the file is sound and answers this question, and all is as it says. A file that is
 * missing or damaged answers nothing.
 */
bool snapshot_holds(const char *path, const struct digest *question, uint32_t *ret_answer);

#endif
