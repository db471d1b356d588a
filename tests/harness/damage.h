/* What disks do to files. */
#ifndef SKEP_TESTS_HARNESS_DAMAGE_H
#define SKEP_TESTS_HARNESS_DAMAGE_H

#include <stdbool.h>
#include <stdint.h>

enum damage {
	DAMAGE_FLIP, /* one bit */
	DAMAGE_CUT,  /* the file ends earlier */
};

/*
 * Damages some file below path; false when there is none of at least a byte, or when it was gone
 * before anything was done.
 */
bool damage_some_file(const char *path, enum damage how, uint64_t *random);

#endif
