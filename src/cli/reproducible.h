/* skep build --check-reproducible */
#ifndef SKEP_CLI_REPRODUCIBLE_H
#define SKEP_CLI_REPRODUCIBLE_H

#include "cli/rebuild.h"
#include "plan/plan.h"

/*
 * Copies the inputs of every step to other folders, builds there with another environment and
 * another layout of memory, and compares every wanted object and skeleton, byte by byte. Negative
 * errno after a message that names what differs; the number of a signal that stopped it.
 */
int reproducible_check(const struct plan *p, const struct rebuild_options *o);

#endif
