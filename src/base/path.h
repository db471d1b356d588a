/* Paths as text; nothing here looks at the file system. */
#ifndef SKEP_BASE_PATH_H
#define SKEP_BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* dir/name, or name alone when it is absolute or dir is "" or ".". Caller frees. */
char *path_join(const char *dir, const char *name);
/* The directory part: "." for a bare name, "/" for a name in the root. Caller frees. */
char *path_dir(const char *path);
/* The last component, inside path. */
const char *path_base(const char *path);
/*
 * Removes "./", "//" and a trailing "/" in place, leaves ".." alone (it may follow a symlink).
 * The empty path stays empty. Returns path.
 */
char *path_tidy(char *path);
/* Whether path is dir or below it, both tidied. */
bool path_below(const char *path, const char *dir);
/* What follows dir in a path below it; all of another path. Inside path. */
const char *path_relative(const char *path, const char *dir);

#endif
