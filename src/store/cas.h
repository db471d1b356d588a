/*
 * The local store: what steps made, kept for every checkout of this user. Blobs are files named by
 * the SHA-256 of their content; actions say, by the digest of what went in, which blobs came out.
 *
 * Below ROOT/v1, each KIND/XX/NAME with NAME a digest in hexadecimal and XX its first two digits:
 *
 *	blobs	  plain content, NAME is its digest; mode 0444
 *	actions	  records, NAME is the action's digest
 *	facts	  records, what was learnt about this machine; NAME is the digest of the key
 *	hints	  records, the last actions of a step; NAME is the digest of the step's name
 *	stats	  a line for each build with what was found and what was not, see cas_stats.c
 *	size	  how much there is, see gc.c
 *	gc.lock	  held with flock while things are removed
 *
 * A record holds its own name and digest:
 *
 *	8 bytes magic | 32 bytes NAME | 32 bytes SHA-256 of all that follows |
 *	u32 signature size, little endian | signature (readers skip it) | value
 *
 * Any number of processes may use a store at once. What is written gets a temporary name in its
 * directory and is renamed; nothing is ever changed in place. There is no fsync: power loss costs
 * entries, which are found to be cut short by their digest. A file's mtime says when it was last
 * used, to the hour. Everything read is checked; what is wrong is removed and counts as absent.
 * There are no hard links, neither inside nor to files outside.
 */
#ifndef SKEP_STORE_CAS_H
#define SKEP_STORE_CAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/str.h"

/* A blob larger than this is neither kept nor read. */
#define STORE_MAX_BLOB ((uint64_t)1 << 30)
/* For records it is the size of the file. */
#define STORE_MAX_RECORD ((size_t)16 << 20)
/* For store_has_blob. */
#define STORE_ANY_SIZE UINT64_MAX

/* The store writes nothing, and one that does not exist is empty. */
#define STORE_READ_ONLY (1u << 0)

struct store;

/*
 * Calls blob for every blob that an action's value names; a negative errno when the value makes no
 * sense. This is all that the store knows about values.
 */
typedef int (*store_blobs_of)(const void *value, size_t size,
			      void (*blob)(const struct digest *digest, uint64_t size, void *arg),
			      void *arg);

/*
 * $SKEP_CACHE, where empty means no store, else $XDG_CACHE_HOME/skep, else $HOME/.cache/skep; NULL
 * when there is none. The caller frees it.
 */
char *store_default_root(void);

/*
 * Opens the store at root, making it (mode 0700) when needed. Negative errno after a message:
 * -EPERM when it belongs to another user or others may write to it, as its content is trusted.
 * A store that cannot be written, or not even made, is a warning and opens: what it has is found,
 * and nothing is kept. blobs_of may be NULL: then actions name no blobs.
 */
int store_open(const char *root, unsigned flags, store_blobs_of blobs_of, struct store **ret);
/* Writes down what store_count counted. NULL is fine. */
void store_close(struct store *s);
#define _cleanup_store_ _cleanup_(store_cleanup)

/* As it was given to store_open. */
const char *store_root(const struct store *s);

/*
 * Putting. The first failure to write is a warning, and from then on the handle writes nothing
 * more. 0 when the store has it now; a negative errno otherwise, which callers may ignore: -EROFS
 * when the store is not written to.
 */

/* digest is that of data, which is not checked here. */
int store_put_blob(struct store *s, const struct digest *digest, const void *data, size_t size);
/*
 * Keeps a copy of the file at path. -ESTALE, and nothing is kept, when its content is not that of
 * the digest; the errno of open or read when it cannot be read; neither counts as a failure to
 * write.
 */
int store_put_file(struct store *s, const struct digest *digest, const char *path);
int store_put_action(struct store *s, const struct digest *key, const void *value, size_t size);
/* A record about this machine, never exported. */
int store_put_fact(struct store *s, const void *key, size_t key_size, const void *value,
		   size_t size);
/* Notes that a step, by a name such as "compile src/a.bpf.c", has been this action. */
int store_put_hint(struct store *s, const char *name, const struct digest *action);

/*
 * Getting. -ENOENT when it is not there or cannot be read, -EBADMSG when it was damaged: it is gone
 * then, and the first such is a warning. What is found counts as used.
 */

/* Appends the content to ret. -EFBIG beyond max_size bytes. */
int store_get_blob(struct store *s, const struct digest *digest, uint64_t max_size,
		   struct buf *ret);
/*
 * Makes a new file at path, with mode 0666 less the umask. On other errors than those two a message
 * says why the file could not be written. On failure there is no file.
 */
int store_get_file(struct store *s, const struct digest *digest, const char *path);
/* Whether it is there and has this size (STORE_ANY_SIZE: any); its content is not read. */
bool store_has_blob(struct store *s, const struct digest *digest, uint64_t size);
/* Appends the value to ret. */
int store_get_action(struct store *s, const struct digest *key, struct buf *ret);
int store_get_fact(struct store *s, const void *key, size_t key_size, struct buf *ret);

/* What is kept of a step's past. */
#define STORE_MAX_HINTS 8

/* Calls fn for each of the step's last actions, the latest first; time is in seconds since 1970. */
void store_each_hint(struct store *s, const char *name,
		     void (*fn)(const struct digest *action, uint64_t time, void *arg), void *arg);

/* Hits and misses by kind of step. */
struct store_counter {
	char kind[24];
	uint64_t hits, misses;
};

struct store_stats {
	uint64_t since; /* seconds since 1970; 0 when nothing was counted */
	VEC(struct store_counter) counters;
};

/* kind is a short word of lower-case letters; it is written when the store is closed. */
void store_count(struct store *s, const char *kind, bool hit);
/* The sum over all builds. */
void store_read_stats(struct store *s, struct store_stats *ret);
void store_stats_free(struct store_stats *stats);

static inline void store_cleanup(struct store **s)
{
	store_close(*s);
}

#endif
