/*
 * The state of one output directory: a map from byte-string keys to byte-string values, kept in
 * one append-only file.
 *
 * File format, version 1: the 8 bytes "skepst1\n", then records
 *
 *	u32 key size | u32 value size | u64 XXH3 of sizes, key and value | key | value
 *
 * in the byte order of the host. A later record for a key replaces an earlier one; a value size of
 * 0xffffffff deletes it. Reading stops at the first record that is cut off or fails its hash: what
 * follows is lost, which costs a rebuild and never more. When most of the file is dead it is
 * written anew beside itself and renamed.
 */
#ifndef SKEP_STORE_STATE_H
#define SKEP_STORE_STATE_H

#include <stdbool.h>
#include <stddef.h>

struct state;

struct state_value {
	const void *data; /* NULL when the key is absent */
	size_t size;
};

/*
 * Opens or makes the state at path; NULL path keeps everything in memory only. A damaged file is
 * read as far as it is sound. Read-only: nothing is written, and a missing file is fine. Negative
 * errno after a message when it cannot be opened.
 */
int state_open(const char *path, bool read_only, struct state **ret);
/* Closes it, rewriting the file first when that is worth it. NULL is fine. */
void state_close(struct state *s);

/* The key that is a letter and a name. Caller frees. */
char *state_key(char letter, const char *name, size_t *ret_size);

/* The value lives until state_close. Keys may hold any bytes. */
struct state_value state_get(const struct state *s, const void *key, size_t key_size);
/* Records a value at once in the file. A file that cannot be written costs a rebuild later: the
 * first failure is a warning, the rest is silent. Equal values are not written again. */
void state_put(struct state *s, const void *key, size_t key_size, const void *value, size_t size);
void state_delete(struct state *s, const void *key, size_t key_size);

/* Calls fn for every live key that starts with the given byte; fn may put and delete. */
void state_each(struct state *s, char first,
		void (*fn)(const char *key, size_t key_size, struct state_value value, void *arg),
		void *arg);

#endif
