#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/mem.h"

static struct map_slot *find_slot(const struct map *m, const void *key, size_t len, uint64_t hash)
{
	size_t mask = m->n_slots - 1;
	uint32_t upper = (uint32_t)(hash >> 32);

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		struct map_slot *s = &m->slots[i];
		struct map_entry *e;

		if (!s->index)
			return s;
		if (s->hash != upper)
			continue;
		e = &m->entries[s->index - 1];
		if (e->hash == hash && e->len == len && memcmp(e->key, key, len) == 0)
			return s;
	}
}

static void rehash(struct map *m, size_t n_slots)
{
	size_t mask = n_slots - 1;

	m->n_slots = n_slots;
	free(m->slots);
	m->slots = xcalloc(n_slots, sizeof(*m->slots));
	for (size_t i = 0; i < m->n; i++) {
		uint64_t hash = m->entries[i].hash;
		size_t at = hash & mask;

		while (m->slots[at].index)
			at = (at + 1) & mask;
		m->slots[at] = (struct map_slot){(uint32_t)(hash >> 32), (uint32_t)i + 1};
	}
}

void map_reserve(struct map *m, size_t n)
{
	size_t n_slots = m->n_slots ? m->n_slots : 16;

	while (n > n_slots / 2)
		n_slots *= 2;
	if (n_slots > m->n_slots)
		rehash(m, n_slots);
	if (n > m->cap)
		m->entries = mem_grow(m->entries, &m->cap, n, sizeof(*m->entries));
}

struct map_entry *map_find(const struct map *m, const void *key, size_t len)
{
	uint32_t index;

	if (!m->n_slots)
		return NULL;
	index = find_slot(m, key, len, XXH3_64bits(key, len))->index;
	return index ? &m->entries[index - 1] : NULL;
}

struct map_entry *map_add(struct map *m, const void *key, size_t len)
{
	uint64_t hash = XXH3_64bits(key, len);
	struct map_slot *slot;

	if (m->n + 1 > m->n_slots / 2)
		rehash(m, m->n_slots ? 2 * m->n_slots : 16);
	slot = find_slot(m, key, len, hash);
	if (slot->index)
		return &m->entries[slot->index - 1];
	if (m->n == m->cap)
		m->entries = mem_grow(m->entries, &m->cap, m->n + 1, sizeof(*m->entries));
	m->entries[m->n] = (struct map_entry){.key = key, .len = len, .hash = hash};
	*slot = (struct map_slot){(uint32_t)(hash >> 32), (uint32_t)++m->n};
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
