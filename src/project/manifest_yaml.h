/*
 * YAML as far as a manifest needs it: mappings, lists and text, each with its place in the file.
 * Aliases, anchors, tags, merge keys and several documents in one file are refused.
 */
#ifndef SKEP_PROJECT_MANIFEST_YAML_H
#define SKEP_PROJECT_MANIFEST_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MANIFEST_MAX_SIZE (4 * 1024 * 1024)
#define MANIFEST_MAX_DEPTH 32
#define MANIFEST_MAX_NODES 1000000

enum node_kind {
	NODE_TEXT,
	NODE_LIST,
	NODE_MAPPING,
};

struct node {
	enum node_kind kind;
	bool quoted;	       /* text that is never null or a boolean */
	uint32_t line, column; /* from 1; columns count characters */
	uint32_t n;	       /* members of a list or mapping */
	struct node *first;    /* its first member */
	struct node *next;     /* the member after this one */
	struct node *key;      /* a mapping's member: its key, text */
	char text[];	       /* without NUL bytes inside */
};

/* Where errors go: their number, and the file that messages begin with. */
struct manifest_report {
	const char *file;
	unsigned errors;
};

/* Reports an error at a node's place; only the first ten are shown. Returns -EINVAL. */
int manifest_error(struct manifest_report *r, const struct node *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Whether one more error would be shown; for one that is not, no good words need be found. */
bool manifest_shows_more(const struct manifest_report *r);
/* Says how many errors were not shown, if any. Returns -EINVAL when there were errors, else 0. */
int manifest_end_report(const struct manifest_report *r);

/*
 * Reads the one document in a text; a text without content gives NULL. Keys are text. Returns 0 or
 * -EINVAL after a message; keys given twice are reported and counted, but reading goes on.
 */
int manifest_read_yaml(struct manifest_report *r, const char *text, size_t len, struct node **ret);
void node_free(struct node *n);

bool node_is_null(const struct node *n);
/* Whether it is a boolean, unquoted; its value goes to ret, which may be NULL. */
bool node_is_bool(const struct node *n, bool *ret);
/* For messages: "a list", "a boolean", ... */
const char *node_describe(const struct node *n);

#endif
