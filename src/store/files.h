/*
 * The files a build looks at: each path is looked at once per build, and its digest is taken from
 * the stat cache in the state when nothing about the file has changed since it was hashed.
 *
 * A digest is remembered only when the file's time stamps were clearly older than the clock when
 * hashing began: a file touched in the same tick could be touched again without a visible change.
 */
#ifndef SKEP_STORE_FILES_H
#define SKEP_STORE_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/file.h"
#include "store/state.h"

/* What stat tells of a file's content without reading it. */
struct file_stamp {
	uint64_t device, inode, size;
	int64_t mtime, ctime; /* nanoseconds since the epoch */
};

struct file_stamp file_stamp_of(const struct stat *st);
/*
 * Whether a change made at or after `now` (nanoseconds since the epoch, from the clock file systems
 * use) is sure to give another stamp than this.
 */
bool file_stamp_is_settled(const struct file_stamp *s, int64_t now);

struct file {
	char *path;
	bool exists; /* as a regular file */
	bool has_digest;
	bool settled; /* the digest may be trusted for as long as the stamp stays */
	struct file_stamp stamp;
	struct digest digest;
	unsigned refreshed; /* how often the build itself has written or removed it */
	/* The scan room's. */
	void *directives;	     /* what the content includes; freed with free() */
	unsigned read_by, missed_by; /* numbers of the last walks that listed it */
};

struct files;

/* The outside world, replaced in tests. */
struct files_world {
	int (*stat)(const char *path, struct stat *st);
	int64_t (*now)(void); /* nanoseconds since the epoch, from the clock file systems use */
};

/* state is borrowed; world NULL means the real one. */
struct files *files_new(struct state *state, const struct files_world *world);
void files_free(struct files *f);

/* The file at path (interned as spelled); absent files have one too. Looks at it once. */
struct file *files_get(struct files *f, const char *path);

/* Makes file->digest valid. Negative errno after a message; absent is -ENOENT. */
int files_digest(struct files *f, struct file *file);

/*
 * Reads a file and makes file->digest that of exactly these bytes. Negative errno, without a
 * message. The caller frees the content.
 */
int files_try_load(struct files *f, struct file *file, struct file_content *ret);

/* Whether the file's content or existence is no longer what this build saw. */
bool files_changed(struct files *f, struct file *file);

/* Forgets what was seen: the file has been written or removed by the build itself. */
void files_refresh(struct files *f, struct file *file);

/* Takes somebody's word for the content of a file that was refreshed, if its size agrees. */
void files_note(struct file *file, const struct digest *digest, uint64_t size);

/* Takes somebody's word that a file which exists has had this content for long. */
void files_settle(struct files *f, struct file *file, const struct digest *digest);

/* Drops cached digests of files that no build since the last call looked at. */
void files_prune(struct files *f);

#endif
