/* Any text as a header: its index can be used, and its slices have indexes as well. */
#include <assert.h>
#include <stdint.h>

#include "slice/index_format.h"
#include "slice/slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each round wants other names. */
#define N_ROUNDS 3

static void cut(struct slice *s, uint32_t round, struct buf *ret)
{
	const struct index *x = s->index;
	const struct index_file *f = x->file;
	uint32_t choice = (uint32_t)f->hash ^ round;

	slice_begin(s);
	for (uint32_t i = 0; i < x->n_names; i++) {
		choice = choice * 1664525 + 1013904223;
		if (choice >> 24 < 16 * round)
			slice_want(s, i);
	}
	slice_close(s);
	slice_print(s, round % 2, ret);
}

/* What is printed is a header again, unless lines are kept of one whose lines end in another way.
 */
static void check_slice(const struct buf *text, bool keep_lines)
{
	_cleanup_buf_ struct buf data = {0};
	_cleanup_free_ char *why = NULL;
	struct index x;
	int err = index_build(text->v ? text->v : "", text->n, &data, &why);

	assert(err == 0 || keep_lines);
	if (err == 0)
		assert(index_open(data.v, data.n, &x) == 0);
}

static void use(const struct index *x)
{
	struct slice s;

	for (uint32_t i = 0; i < x->n_names; i++)
		assert(index_find(x, x->text + x->names[i].at, x->names[i].size) == i);
	slice_init(&s, x);
	for (uint32_t round = 0; round < N_ROUNDS; round++) {
		_cleanup_buf_ struct buf text = {0};

		cut(&s, round, &text);
		check_slice(&text, round % 2);
	}
	slice_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buf_ struct buf built = {0};
	_cleanup_free_ char *why = NULL;
	struct index x;

	if (index_build((const char *)data, size, &built, &why) < 0) {
		assert(why && !built.n);
		return 0;
	}
	assert(!why && index_open(built.v, built.n, &x) == 0);
	use(&x);
	return 0;
}
