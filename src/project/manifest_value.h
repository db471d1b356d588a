/* The kinds of values that keys take: what is checked about each and how it becomes a setting. */
#ifndef SKEP_PROJECT_MANIFEST_VALUE_H
#define SKEP_PROJECT_MANIFEST_VALUE_H

#include "base/str.h"
#include "project/manifest_yaml.h"

struct manifest_key;

struct value_kind {
	/* Reports what is wrong with a value. */
	void (*check)(struct manifest_report *r, const struct manifest_key *key,
		      const struct node *value);
	/* Puts a checked value into the struct that the key's offset is for; NULL: not a setting */
	void (*apply)(const struct manifest_key *key, const struct node *value, void *to);
};

extern const struct value_kind value_word;     /* one of the key's choices */
extern const struct value_kind value_bool;     /* true or false */
extern const struct value_kind value_text;     /* any text */
extern const struct value_kind value_path;     /* tidied */
extern const struct value_kind value_texts;    /* one or a list; appended */
extern const struct value_kind value_paths;    /* one or a list, tidied; appended */
extern const struct value_kind value_defines;  /* a mapping or texts; by name over those before */
extern const struct value_kind value_skeleton; /* true, false or a name; for struct target */
extern const struct value_kind value_archs;    /* one, a list or a mapping; for struct project */
extern const struct value_kind value_vmlinux;  /* a path or paths by architecture; for a target */
extern const struct value_kind value_cache;    /* a mapping; for struct project */
extern const struct value_kind value_verify;   /* the same */
extern const struct value_kind value_verify_object; /* a mapping; for struct target */
/* These are for other code to look into, and become no setting by themselves. */
extern const struct value_kind value_name;     /* text */
extern const struct value_kind value_patterns; /* text or a list of texts */
extern const struct value_kind value_list;     /* of anything */
extern const struct value_kind value_mapping;

/* What a value consists of, itself if it is one text: the first, the one behind another, or NULL.
 */
const struct node *value_first(const struct node *value);
const struct node *value_next(const struct node *value, const struct node *before);

/* Whether len bytes are an identifier of C. */
bool value_is_identifier(const char *s, size_t len);

/* Reports an unknown name: what it is ("key"), the nearest of the known ones, and all of these. */
void value_report_unknown(struct manifest_report *r, const struct node *at, const char *what,
			  const char *name, const struct strv *known);
/* The same where the nearest, which may be NULL, need not be one of those that are listed. */
void value_report_unmeant(struct manifest_report *r, const struct node *at, const char *what,
			  const char *name, const char *meant, const struct strv *known);
/* Reports a value of the wrong kind; expected is what the key takes: "text", "a list". */
void value_report_kind(struct manifest_report *r, const struct manifest_key *key,
		       const struct node *value, const char *expected);

/* Whether a value is text proper, and not empty; else reports what was expected. */
bool value_check_text(struct manifest_report *r, const struct manifest_key *key,
		      const struct node *value, const char *expected);

/*
 * A mapping with keys of its own, each of which becomes a setting: the offsets are into what
 * apply's `to` points at. Every error is reported.
 */
void value_check_members(struct manifest_report *r, const struct node *mapping,
			 const struct manifest_key *keys, size_t n);
void value_apply_members(const struct node *mapping, const struct manifest_key *keys, size_t n,
			 void *to);

#endif
