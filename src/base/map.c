#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/mem.h"

static uint32_t *find_slot(const struct map *m, const void *key, size_t len, uint64_t hash)
{
	size_t mask = m->n_slots - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		uint32_t s = m->slots[i];
		struct map_entry *e;

		if (!s)
			return &m->slots[i];
		e = &m->entries[s - 1];
		if (e->hash == hash && e->len == len && memcmp(e->key, key, len) == 0)
			return &m->slots[i];
	}
}

static void rehash(struct map *m)
{
	m->n_slots = m->n_slots ? 2 * m->n_slots : 16;
	free(m->slots);
	m->slots = xcalloc(m->n_slots, sizeof(*m->slots));
	for (size_t i = 0; i < m->n; i++) {
		struct map_entry *e = &m->entries[i];

		*find_slot(m, e->key, e->len, e->hash) = (uint32_t)i + 1;
	}
}

struct map_entry *map_find(const struct map *m, const void *key, size_t len)
{
	uint32_t s;

	if (!m->n_slots)
		return NULL;
	s = *find_slot(m, key, len, XXH3_64bits(key, len));
	return s ? &m->entries[s - 1] : NULL;
}

struct map_entry *map_add(struct map *m, const void *key, size_t len)
{
	uint64_t hash = XXH3_64bits(key, len);
	uint32_t *slot;

	if (m->n + 1 > m->n_slots / 2)
		rehash(m);
	slot = find_slot(m, key, len, hash);
	if (*slot)
		return &m->entries[*slot - 1];
	if (m->n == m->cap)
		m->entries = mem_grow(m->entries, &m->cap, m->n + 1, sizeof(*m->entries));
	m->entries[m->n] = (struct map_entry){.key = key, .len = len, .hash = hash};
	*slot = (uint32_t)++m->n;
	return &m->entries[m->n - 1];
}

void *map_get(const struct map *m, const char *key)
{
	struct map_entry *e = map_find(m, key, strlen(key));

	return e ? e->value : NULL;
}

void map_put(struct map *m, const char *key, void *value)
{
	map_add(m, key, strlen(key))->value = value;
}

void map_free(struct map *m)
{
	free(m->entries);
	free(m->slots);
	*m = (struct map){0};
}
