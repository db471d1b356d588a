/* From an entry of 'objects' to targets. */
#ifndef SKEP_PROJECT_MANIFEST_OBJECT_H
#define SKEP_PROJECT_MANIFEST_OBJECT_H

#include "project/finder.h"
#include "project/manifest_schema.h"

/* The settings of all targets together may take this many bytes. */
#define MANIFEST_MAX_MEMORY ((size_t)256 * 1024 * 1024)

/* A manifest while it is being turned into targets. */
struct manifest {
	struct manifest_report report;
	struct finder *finder;
	struct project *project;
	struct layer settings; /* for all objects */
	bool settings_wrong;   /* they have errors: entries are checked, no targets made */
	size_t combinations;   /* met so far, excluded ones too */
	size_t memory;	       /* taken by targets so far */
};

/* Adds the targets of one entry; what is wrong with it is reported. */
void manifest_add_object(struct manifest *m, const struct node *entry);

/*
 * Lays the project's settings over a target that was found without an entry. Errors are reported;
 * -EINVAL then.
 */
int manifest_finish_found(struct manifest *m, struct target *t);

#endif
