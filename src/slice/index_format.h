/* What writing and reading an index share: private to this room. */
#ifndef SKEP_SLICE_INDEX_FORMAT_H
#define SKEP_SLICE_INDEX_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define INDEX_MAGIC "skepidx\n"

/* The hash that belongs into a file's header. */
uint64_t index_hash_file(const void *file, size_t size);

#endif
