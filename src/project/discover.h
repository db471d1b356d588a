/* A project without a list of objects: every *.bpf.c below the current directory. */
#ifndef SKEP_PROJECT_DISCOVER_H
#define SKEP_PROJECT_DISCOVER_H

#include "project/finder.h"
#include "project/project.h"

/*
 * Adds a target for every *.bpf.c, named by its stem. Finding none is -ENOENT. Returns 0 or a
 * negative errno after a message.
 */
int discover_targets(struct finder *f, struct project *p);

#endif
