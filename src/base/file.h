/* Files: reading and writing them whole, directories, temporary names. */
#ifndef SKEP_BASE_FILE_H
#define SKEP_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/str.h"

/* Files larger than this are refused by file_read unless the caller says otherwise. */
#define FILE_MAX_SIZE ((size_t)1 << 31)

/*
 * Appends a whole file to ret. Negative errno on failure, without a message: -EFBIG beyond max
 * bytes, -EISDIR for a directory.
 */
int file_read(const char *path, size_t max, struct buf *ret);

/* A file's content in memory, read-only and private: later changes of the file do not show. */
struct file_content {
	const uint8_t *data;
	size_t size;
};

/* As file_read; released by file_content_free. An empty file gives data != NULL, size 0. */
int file_load(const char *path, struct file_content *ret);
void file_content_free(struct file_content *c);
#define _cleanup_content_ _cleanup_(file_content_free)

/* Writes all of data to fd. */
int file_write_fd(int fd, const void *data, size_t size);

/*
 * Makes path hold exactly data: written beside it under a temporary name, then renamed, so that
 * a reader sees the old or the new file. Mode is 0666 less the umask. Negative errno on failure,
 * without a message; nothing is left behind.
 */
int file_write(const char *path, const void *data, size_t size);

/* The same for a name that a user gave: a device, a pipe, or what /dev/stdout leads to is written
 * into, never replaced; of a symbolic link what it names is replaced. */
int file_write_output(const char *path, const void *data, size_t size);

/* A temporary name in the directory of path: ".NAME.skep-PID-N". Caller frees. */
char *file_temp_name(const char *path);
/* Whether a directory entry has the form file_temp_name makes, and whose process it was. */
bool file_is_temp_name(const char *name, pid_t *ret_pid);

/* Makes a directory and its parents; an existing one is fine. */
int file_make_dirs(const char *path);
/* Makes the directory that path lies in. */
int file_make_parent(const char *path);

/* Removes a directory and everything in it, following no links. */
int file_remove_tree(const char *path);

/* Whether path names an existing regular file (through symbolic links). */
bool file_exists(const char *path);

#endif
