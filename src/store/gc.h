/*
 * Keeping the store small and sound. All of this may run while builds use the store: a build that
 * loses an entry at the wrong moment makes it again. Nothing outside ROOT/v1 is touched, no
 * link is followed, and what is neither an entry nor a temporary of ours is left alone.
 */
#ifndef SKEP_STORE_GC_H
#define SKEP_STORE_GC_H

#include "store/cas.h"

/* Bytes that a store may have when nobody says otherwise. */
#define STORE_DEFAULT_LIMIT ((uint64_t)5000000000)

/* Sizes are what files take, in blocks of 4 KiB. */
struct store_amount {
	uint64_t n, bytes;
};

struct gc_result {
	struct store_amount removed, kept;
	uint64_t n_incomplete; /* of those removed: actions whose blobs were gone */
};

/*
 * Removes what was not used for max_age seconds, then, beginning with what was not used for
 * longest, as much as is needed to keep at most max_bytes; UINT64_MAX is no limit. Actions whose
 * blobs are gone, and temporaries older than an hour, go as well. Times in the future count as
 * now, and become now. -EBUSY after a message when another process is at it.
 */
int store_gc(struct store *s, uint64_t max_bytes, uint64_t max_age, struct gc_result *ret);

/*
 * To be called before store_close. When this handle wrote something and the store seems to have
 * more than max_bytes, store_gc down to nine tenths of them. How much it has is estimated at most
 * once an hour, from a sample, so this costs some milliseconds at most. Silent.
 */
void store_maybe_gc(struct store *s, uint64_t max_bytes);

/* How much there is, by the names of the folders: "actions", "blobs", "hints", "facts". */
struct store_size {
	const char *kind;
	struct store_amount amount;
};
#define STORE_N_SIZES 4
void store_measure(struct store *s, struct store_size ret[static STORE_N_SIZES]);

struct verify_result {
	uint64_t n_read;
	uint64_t n_damaged;
	uint64_t n_incomplete; /* actions whose blobs are gone */
};

/*
 * Reads everything and removes what is wrong, calling fn, unless it is NULL, for each such entry
 * with its path below v1. A read-only store is only looked at. Does not count as a use.
 */
void store_verify(struct store *s, void (*fn)(const char *path, bool is_damaged, void *arg),
		  void *arg, struct verify_result *ret);

/* Removes all entries, temporaries and counts. -EACCES and the like after a message. */
int store_clear(struct store *s, struct store_amount *ret);

#endif
