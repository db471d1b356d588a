/*
 * Glob patterns over paths: `*`, `?` and `[a-z]` within one name, `**` as a whole name for any
 * number of directories, `\` before a character that shall stand for itself. Wildcards do not
 * match a leading dot. A pattern is matched name by name, so that a walk through directories
 * sees at once where nothing can match any more; nothing here looks at the file system.
 */
#ifndef SKEP_PROJECT_PATTERN_H
#define SKEP_PROJECT_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

struct pattern_part {
	enum { PART_LITERAL, PART_WILD, PART_DEEP } kind;
	char *text; /* PART_LITERAL: without the backslashes */
};

struct pattern {
	VEC(struct pattern_part) parts; /* the names between slashes */
	bool absolute;
};

/* Reads a pattern. On failure -EINVAL without a message, the reason in ret_why (a constant). */
int pattern_parse(const char *text, struct pattern *ret, const char **ret_why);
void pattern_free(struct pattern *p);
#define _cleanup_pattern_ _cleanup_(pattern_free)

/*
 * Where a walk stands: bit i says that the names so far led to parts.v[i], bit parts.n that they
 * match the whole pattern. 0: nothing below can match.
 */
uint64_t pattern_start(const struct pattern *p);
/* The state after one more name; with literal_only as if the wildcards matched nothing. */
uint64_t pattern_step(const struct pattern *p, uint64_t state, const char *name, bool literal_only);
bool pattern_accepts(const struct pattern *p, uint64_t state);
/* The only name that leads on from here, or NULL when there is a choice. */
const char *pattern_only_name(const struct pattern *p, uint64_t state);

/* Whether a tidied path matches. */
bool pattern_match(const struct pattern *p, const char *path);

#endif
