/* Taking what others made, without running anything. */
#ifndef SKEP_RUN_PREBUILT_H
#define SKEP_RUN_PREBUILT_H

#include "run/run.h"

/*
 * Puts the output of every wanted step whose kind has options in place, from the store. What is not
 * known is counted as failed, each after a message that says why. Negative errno after a message
 * when an output cannot be written.
 */
int run_prebuilt(struct graph *g, const struct run_options *o, struct run_result *ret);

#endif
