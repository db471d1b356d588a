/* What the files of the local store share; nobody else includes this. */
#ifndef SKEP_STORE_CAS_PARTS_H
#define SKEP_STORE_CAS_PARTS_H

#include <sys/stat.h>

#include "store/cas.h"

/* In the order in which files used at the same time are removed. */
enum store_kind {
	STORE_ACTION,
	STORE_BLOB,
	STORE_HINT,
	STORE_FACT,
	STORE_N_KINDS,
};

struct store_kind_info {
	const char *dir;
	const char *noun;
	const char *magic; /* of records */
};

extern const struct store_kind_info store_kinds[STORE_N_KINDS];

#define STORE_N_FANS 256
#define STORE_HOUR 3600
#define STORE_STATS_FILE "stats"

struct store {
	char *root;
	int dir_fd; /* ROOT/v1, or -1 when there is none */
	int kind_fds[STORE_N_KINDS];
	store_blobs_of blobs_of;
	bool read_only, write_failed, said_damaged;
	uint64_t written; /* bytes, as store_disk_size counts */
	struct store_stats counted;
};

/* "XX/NAME", the path of an entry in its kind's directory. */
#define STORE_PATH_SIZE (3 + DIGEST_HEX_SIZE)
void store_path_of(const struct digest *name, char path[static STORE_PATH_SIZE]);

/* What a file takes on most file systems. */
static inline uint64_t store_disk_size(uint64_t size)
{
	return (size + 4095) & ~(uint64_t)4095;
}

/* Seconds since 1970. */
int64_t store_now(void);

/* Whether anything may be written. */
static inline bool store_writes(const struct store *s)
{
	return !s->read_only && !s->write_failed && s->dir_fd >= 0;
}

/* Says that writing failed, writes no more from now on, and returns err. */
int store_cannot_write(struct store *s, int err);

/*
 * Opens an entry for reading. -ENOENT, also when it cannot be opened; -EBADMSG when something else
 * than a file had its name.
 */
int store_open_entry(struct store *s, enum store_kind kind, const struct digest *name,
		     struct stat *ret);
/* Notes that an entry is in use, when that was not done within the last hour. */
void store_touch(struct store *s, int fd, const struct stat *st);
/* Removes an entry without a word. False when it is still there. */
bool store_remove(struct store *s, enum store_kind kind, const struct digest *name);
/* Removes a damaged entry, says so once, and returns -EBADMSG. */
int store_drop(struct store *s, enum store_kind kind, const struct digest *name);
/* Reads size bytes, which must be all there are. Negative errno; -EBADMSG when not. */
int store_read_all(int fd, size_t size, struct buf *ret);

/* A new entry on its way in. */
struct store_writer {
	struct store *store;
	enum store_kind kind;
	struct digest name;
	char *temp; /* in the kind's directory */
	int fd;	    /* open for reading as well */
	uint64_t size;
};

/* Negative errno after store_cannot_write; -EROFS when the store is not written to. */
int store_write_begin(struct store *s, enum store_kind kind, const struct digest *name,
		      struct store_writer *ret);
int store_write_add(struct store_writer *w, const void *data, size_t size);
/* Gives the entry its name, whatever had it before. */
int store_write_end(struct store_writer *w);
/* Removes what has not got its name. */
void store_write_free(struct store_writer *w);
#define _cleanup_writer_ _cleanup_(store_write_free)

/* Notes the use of an entry that need not be written; false when it must be. */
bool store_already_has(struct store *s, enum store_kind kind, const struct digest *name,
		       uint64_t size);

/* The value within a record's bytes; -EBADMSG when anything is wrong with it. */
int store_record_value(enum store_kind kind, const struct digest *name, const void *record,
		       size_t size, const void **ret_value, size_t *ret_size);
/* A whole record, checked; value and size as above, inside ret. Does not count as a use. */
int store_read_record(struct store *s, enum store_kind kind, const struct digest *name,
		      struct buf *ret, const void **ret_value, size_t *ret_size);
int store_write_record(struct store *s, enum store_kind kind, const struct digest *name,
		       const void *record, size_t size);

/* Whether all blobs that an action's value names are there. */
bool store_has_all_blobs(struct store *s, const void *value, size_t size);

/* Files directly in v1. Reads at most max bytes; negative errno. */
int store_read_small(struct store *s, const char *name, size_t max, struct buf *ret);
/* Replaces the file; what fails is not worth a word. */
void store_write_small(struct store *s, const char *name, const void *data, size_t size);

/* The file of counts as one line, when it has grown long. */
void store_compact_stats(struct store *s);
/* Appends what this handle counted. */
void store_flush_counts(struct store *s);

/* Something in one of the 256 directories of a kind, with the name of an entry or a temporary. */
struct store_entry {
	enum store_kind kind;
	bool is_temp;
	struct digest name; /* of an entry */
	const char *path;   /* in the kind's directory */
	struct stat st;	    /* of itself, links are not followed */
};

typedef void (*store_visit)(struct store *s, const struct store_entry *e, void *arg);

/* Visits what is in one directory. fn may remove what it is shown. */
void store_walk_fan(struct store *s, enum store_kind kind, unsigned fan, store_visit fn, void *arg);
void store_walk(struct store *s, enum store_kind kind, store_visit fn, void *arg);

#endif
