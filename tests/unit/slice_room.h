/* A header in memory, and slices of it, for tests. */
#ifndef SKEP_TESTS_UNIT_SLICE_ROOM_H
#define SKEP_TESTS_UNIT_SLICE_ROOM_H

#include "index_dump.h"
#include "slice/slice.h"

struct slice_room {
	struct buf data;
	struct index index;
	struct slice slice;
};

/* The text is not needed any more afterwards. */
static inline void room_open(struct slice_room *r, const char *text)
{
	*r = (struct slice_room){0};
	r->index = index_of(text, strlen(text), &r->data);
	slice_init(&r->slice, &r->index);
}

static inline void room_close(struct slice_room *r)
{
	slice_free(&r->slice);
	buf_free(&r->data);
}

/* The slice for names with spaces between; those that the header does not mention are left out.
 * Caller frees. */
static inline char *room_cut(struct slice_room *r, const char *wanted, bool keep_lines)
{
	_cleanup_free_ char *copy = xstrdup(wanted);
	char *rest = copy, *word;
	struct buf out = {0};
	uint32_t lines = 0;

	slice_begin(&r->slice);
	while ((word = strsep(&rest, " "))) {
		uint32_t name = index_find(&r->index, word, strlen(word));

		if (name != INDEX_NONE)
			slice_want(&r->slice, name);
	}
	slice_close(&r->slice);
	slice_print(&r->slice, keep_lines, &out);
	for (size_t i = 0; i < out.n; i++)
		lines += out.v[i] == '\n';
	assert_int_equal(r->slice.n_lines, lines);
	return buf_steal(&out);
}

#endif
