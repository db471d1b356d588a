/*
 * What is remembered of a step that ran: its identity, its inputs and the digest of its output.
 * One function turns work into both the identity and the list that explains a difference, so that
 * the two cannot disagree.
 */
#ifndef SKEP_RUN_RECORD_H
#define SKEP_RUN_RECORD_H

#include "base/digest.h"
#include "run/step.h"
#include "store/codec.h"

struct record {
	bool exists;
	struct digest identity; /* all zeros: the result was used, but is not to be trusted */
	struct digest output;
	uint64_t milliseconds; /* how long it took */
	struct reader parts;   /* names and digests of what went into the identity */
};

/* The digest over all that a step is made of, and that as (name, digest) pairs, once listed. */
struct identity {
	struct digest digest;
	struct buf parts;
};

/* Digests every input; negative errno after a message when one cannot be read. */
int identity_of(struct files *files, const struct step *s, const struct work *w,
		struct identity *ret);
/* Afterwards, for a step that is not up to date: lists the parts. */
void identity_list_parts(const struct step *s, const struct work *w, struct identity *id);
void identity_free(struct identity *id);
#define _cleanup_identity_ _cleanup_(identity_free)

/* Reads the record of the step whose output this is; appends its extra strings to ret_extra when
 * that is not NULL. Values live as long as the state. */
struct record record_read(struct state *state, const char *output, struct strv *ret_extra);
void record_write(struct state *state, const struct step *s, const struct identity *id, bool keep,
		  const struct digest *output, uint64_t milliseconds);
void record_forget(struct state *state, const char *output);
/* Calls fn for every output that has a record; fn may forget it. */
void record_each(struct state *state,
		 void (*fn)(const char *output, const struct record *r, void *arg), void *arg);

/* What a part of an identity is; the letter precedes its name. */
enum part {
	PART_KIND = 'k',
	PART_COMMAND = 'c',
	PART_PARAM = 'p',
	PART_INPUT = 'i',
	PART_STEP = 's',    /* what a step before it made: a name without its folder */
	PART_MADE = 'm',    /* an input that is no file */
	PART_OPTIONS = 'o', /* what the project says; beside the identity */
	PART_BESIDE = 'b',  /* a file that the identity has in another form */
};

/* A part's digest is shortened: it only explains, and tells files of one name apart. */
#define PART_DIGEST_SIZE 8

/* Calls fn for each part, as it was written down; name without its letter. */
void record_each_part(struct reader parts,
		      void (*fn)(enum part part, const char *name, const void *digest, void *arg),
		      void *arg);

/* Why work with this identity is not what the record tells of: "maps.h changed". Caller frees. */
char *record_explain(const struct record *r, const struct identity *id);

#endif
