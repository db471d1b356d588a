/*
 * A hash map from byte strings to pointers: open addressing, insertion only. Keys are not
 * copied; they must live as long as the map. Entries are kept in insertion order.
 */
#ifndef SKEP_BASE_MAP_H
#define SKEP_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_entry {
	const void *key;
	size_t len;
	uint64_t hash;
	void *value;
};

/* Most of what is looked for elsewhere is told apart without a look at its entry. */
struct map_slot {
	uint32_t hash;	/* the upper half of it */
	uint32_t index; /* into entries plus one, 0 when free */
};

/* Zero-initialised is empty. */
struct map {
	struct map_entry *entries;
	size_t n, cap;
	struct map_slot *slots;
	size_t n_slots; /* a power of two, or 0 */
};

/* The entry for the key, or NULL. */
struct map_entry *map_find(const struct map *m, const void *key, size_t len);
/* The entry for the key, made with a NULL value when it is new. Valid until the next add. */
struct map_entry *map_add(struct map *m, const void *key, size_t len);
/* The value for a NUL-terminated key, or NULL. */
void *map_get(const struct map *m, const char *key);
void map_put(struct map *m, const char *key, void *value);
/* Makes room for n entries in all. */
void map_reserve(struct map *m, size_t n);
void map_free(struct map *m);

#endif
