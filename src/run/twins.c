#include "run/twins.h"

struct twin *twins_join(struct twins *t, struct job *j)
{
	struct map_entry *e = map_find(&t->by_action, j->action.hash.bytes, DIGEST_SIZE);
	struct twin *twin = e ? e->value : NULL;

	if (!twin) {
		twin = xcalloc(1, sizeof(*twin));
		twin->action = j->action.hash;
		map_add(&t->by_action, twin->action.bytes, DIGEST_SIZE)->value = twin;
	}
	if (twin->state == TWIN_FREE) {
		twin->state = TWIN_BUSY;
		twin->owner = j;
	}
	return twin;
}

struct job *twins_owner(const struct twins *t, const struct digest *action)
{
	struct map_entry *e = map_find(&t->by_action, action->bytes, DIGEST_SIZE);
	const struct twin *twin = e ? e->value : NULL;

	return twin && twin->state == TWIN_BUSY ? twin->owner : NULL;
}

void twins_free(struct twins *t)
{
	for (size_t i = 0; i < t->by_action.n; i++) {
		struct twin *twin = t->by_action.entries[i].value;

		vec_free(&twin->waiting);
		free(twin->said);
		free(twin);
	}
	map_free(&t->by_action);
}
