/*
 * The keys of a manifest: one table says what each is called, where it is allowed, what value it
 * takes and where the value goes. Checking and applying follow the table, and the documentation
 * is tested against it.
 */
#ifndef SKEP_PROJECT_MANIFEST_SCHEMA_H
#define SKEP_PROJECT_MANIFEST_SCHEMA_H

#include "project/manifest_yaml.h"
#include "project/project.h"

/* Where a key may stand. */
enum manifest_level {
	LEVEL_PROJECT = 1,     /* the top of the file */
	LEVEL_OBJECT = 2,      /* an entry of 'objects' */
	LEVEL_ALTERNATIVE = 4, /* an alternative of a matrix axis */
	LEVEL_ALL = 7,
};

enum manifest_key_id {
	KEY_OUTPUT,
	KEY_CLANG,
	KEY_ARCH,
	KEY_CACHE,
	KEY_VERIFY,
	KEY_OBJECTS,
	KEY_NAME,
	KEY_SOURCES,
	KEY_MATRIX,
	KEY_EXCLUDE,
	KEY_CPU,
	KEY_OPTIMIZE,
	KEY_CFLAGS,
	KEY_DEFINES,
	KEY_INCLUDE,
	KEY_VMLINUX,
	KEY_TYPES,
	KEY_LINK,
	KEY_SKELETON,
	KEY_DEBUG,
	KEY_VERIFY_OBJECT,
	KEY_COUNT,
};

struct manifest_key {
	const char *name;
	const struct value_kind *kind;
	unsigned levels;	    /* of enum manifest_level; 0 for keys inside a value */
	size_t offset;		    /* of the setting: at LEVEL_PROJECT alone in struct project,
				       else in struct target; inside a value as its kind says */
	const char *const *choices; /* of a word among few, NULL-terminated */
};

extern const struct manifest_key manifest_keys[KEY_COUNT];

/* What one mapping of settings says: the value of each key, NULL where it says nothing. */
struct layer {
	const struct node *value[KEY_COUNT];
};

/*
 * Checks a mapping's keys and values and lists them; the values point into the mapping. Every
 * error is reported. Of objects, matrix and exclude only the outer shape is looked at.
 */
void layer_read(struct manifest_report *r, const struct node *mapping, enum manifest_level level,
		struct layer *ret);
/* Lays a checked layer's settings over a target: lists grow, single values are replaced. */
void layer_apply(const struct layer *layer, struct target *t);
/* Puts the settings that only a project has into it. */
void layer_apply_project(const struct layer *layer, struct project *p);

#endif
