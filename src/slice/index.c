#include "slice/index.h"

#include <errno.h>
#include <xxhash.h>

#include "slice/index_format.h"

uint64_t index_hash_file(const void *file, size_t size)
{
	size_t skip = offsetof(struct index_file, revision);

	return XXH3_64bits((const char *)file + skip, size - skip);
}

/* Whether an array lies within the file, aligned for its elements. */
static bool fits(const struct index_part *p, size_t element, size_t size)
{
	return p->offset % 8 == 0 && p->offset <= size && p->n <= (size - p->offset) / element &&
	       p->n < INDEX_NONE;
}

int index_open(const void *data, size_t size, struct index *ret)
{
	const struct index_file *f = data;
	const char *base = data;

	if (size < sizeof(*f) || memcmp(f->magic, INDEX_MAGIC, sizeof(f->magic)) != 0 ||
	    f->size != size || f->hash != index_hash_file(f, size) || f->revision != INDEX_REVISION)
		return -EBADMSG;
	/* The hash vouches for what the arrays contain; that we wrote it here, nothing does. */
	if (!fits(&f->text, 1, size) || !fits(&f->items, sizeof(struct index_item), size) ||
	    !fits(&f->entities, sizeof(struct index_entity), size) ||
	    !fits(&f->edges, sizeof(struct index_edge), size) ||
	    !fits(&f->names, sizeof(struct index_name), size) ||
	    !fits(&f->item_entities, 4, size) || !fits(&f->entity_items, 4, size) ||
	    !fits(&f->implied, 4, size) || !fits(&f->slots, 4, size) ||
	    !fits(&f->always, 4, size) || !fits(&f->macros, 1, size) || f->slots.n != f->n_slots ||
	    !f->n_slots || f->n_slots & (f->n_slots - 1))
		return -EBADMSG;
	*ret = (struct index){
		.file = f,
		.text = base + f->text.offset,
		.macros = base + f->macros.offset,
		.items = (const void *)(base + f->items.offset),
		.entities = (const void *)(base + f->entities.offset),
		.edges = (const void *)(base + f->edges.offset),
		.names = (const void *)(base + f->names.offset),
		.item_entities = (const void *)(base + f->item_entities.offset),
		.entity_items = (const void *)(base + f->entity_items.offset),
		.implied = (const void *)(base + f->implied.offset),
		.slots = (const void *)(base + f->slots.offset),
		.always = (const void *)(base + f->always.offset),
		.n_items = (uint32_t)f->items.n,
		.n_entities = (uint32_t)f->entities.n,
		.n_names = (uint32_t)f->names.n,
		.n_always = (uint32_t)f->always.n,
	};
	return 0;
}

uint32_t index_find(const struct index *x, const char *name, size_t size)
{
	uint32_t mask = x->file->n_slots - 1;

	for (uint32_t i = (uint32_t)XXH3_64bits(name, size) & mask; x->slots[i];
	     i = (i + 1) & mask) {
		const struct index_name *n = &x->names[x->slots[i] - 1];

		if (n->size == size && memcmp(x->text + n->at, name, size) == 0)
			return x->slots[i] - 1;
	}
	return INDEX_NONE;
}

int index_text(const void *data, size_t size, const char **ret, size_t *ret_size)
{
	const char *line, *end = (const char *)data + size;
	struct index x;

	if (index_open(data, size, &x) == 0) {
		*ret = x.text;
		*ret_size = x.file->text.n;
		return 0;
	}
	if (size < strlen(INDEX_REFUSED) || memcmp(data, INDEX_REFUSED, strlen(INDEX_REFUSED)) != 0)
		return -EBADMSG;
	line = memchr(data, '\n', size);
	if (!line)
		return -EBADMSG;
	*ret = line + 1;
	*ret_size = (size_t)(end - line - 1);
	return 0;
}
