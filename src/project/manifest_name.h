/* Names with placeholders: "{dir}_{stem}". */
#ifndef SKEP_PROJECT_MANIFEST_NAME_H
#define SKEP_PROJECT_MANIFEST_NAME_H

#include "base/mem.h"
#include "project/manifest_yaml.h"

/* What a placeholder stands for; both strings are borrowed. */
struct placeholder {
	const char *name, *value;
};

typedef VEC(struct placeholder) placeholder_list;

/* Whether a text holds {name}. */
bool manifest_name_uses(const char *text, const char *name);

/*
 * Replaces the placeholders in a node's text. -EINVAL after a message when one is unknown or a
 * brace is left over.
 */
int manifest_fill_name(struct manifest_report *r, const struct node *at,
		       const placeholder_list *known, char **ret);

#endif
