/* skep.yaml: a project from a manifest. docs/manifest.md describes what it may say. */
#ifndef SKEP_PROJECT_MANIFEST_H
#define SKEP_PROJECT_MANIFEST_H

#include <stddef.h>

#include "project/finder.h"
#include "project/project.h"

/*
 * Adds the targets of a manifest file, and its settings, to p. Paths in it are relative to the
 * current directory. Returns 0 or a negative errno after a message for each of the first errors.
 */
int manifest_load(const char *path, struct finder *f, struct project *p);

/* The same from a text; file is what messages call it. */
int manifest_parse(const char *file, const char *text, size_t len, struct finder *f,
		   struct project *p);

#endif
