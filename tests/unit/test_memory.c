/* What is remembered of steps, here and for other output directories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/file.h"
#include "steps/memory.h"
#include "store/cas.h"

static char dir[] = "/tmp/skep-memory-XXXXXX";
static struct store *store;

static char output_here[] = "build/a.bpf.o", output_there[] = "out/b.bpf.o";
static struct step here = {.output = output_here}, there = {.output = output_there};

static int make_room(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	return store_open(dir, 0, NULL, &store);
}

static int remove_room(void **state)
{
	(void)state;
	store_close(store);
	return file_remove_tree(dir);
}

/* A build in an output directory of its own. */
static struct build begin(struct store *with)
{
	struct build b = {.store = with};

	assert_int_equal(state_open(NULL, false, &b.state), 0);
	return b;
}

static struct digest key_of(const char *text)
{
	return digest_of(text, strlen(text));
}

static const struct compile_way plain, borrowing = {.arch.borrows = true};

/* What is remembered for a key of a unit in that way, or "". Lives as long as the state. */
static const char *recall_way(const struct build *b, const struct compile_way *way,
			      const struct step *s, const char *key)
{
	const struct compile c = {.build = b, .way = way};
	struct digest of = key_of(key);
	struct reader r;

	return memory_recall(&c, MEMORY_SLICE, s, &of, &r) ? get_string(&r) : "";
}

static const char *recall(const struct build *b, const struct step *s, const char *key)
{
	return recall_way(b, &plain, s, key);
}

static void put_way(const struct build *b, const struct compile_way *way, const struct step *s,
		    const char *key, const char *text, bool share)
{
	const struct compile c = {.build = b, .way = way};
	_cleanup_buf_ struct buf value = {0};
	struct digest of = key_of(key);

	put_string(&value, text);
	(share ? memory_share : memory_keep)(&c, MEMORY_SLICE, s, &of, &value);
}

static void put(const struct build *b, const struct step *s, const char *key, const char *text,
		bool share)
{
	put_way(b, &plain, s, key, text, share);
}

static void what_is_kept_is_known_here_alone(void **state)
{
	struct build a = begin(store), b = begin(store);

	(void)state;
	put(&a, &here, "key", "kept", false);
	assert_string_equal(recall(&a, &here, "key"), "kept");
	assert_string_equal(recall(&a, &here, "another"), "");
	assert_string_equal(recall(&a, &there, "key"), "");
	assert_string_equal(recall(&b, &here, "key"), "");
	put(&a, &here, "another", "new", false);
	assert_string_equal(recall(&a, &here, "key"), "");
	assert_string_equal(recall(&a, &here, "another"), "new");
	state_close(a.state);
	state_close(b.state);
}

static void what_is_shared_is_known_everywhere(void **state)
{
	struct build a = begin(store), b = begin(store), c = begin(NULL);
	const struct compile unit = {.build = &a, .way = &plain};
	struct digest of = key_of("shared");
	struct reader r;

	(void)state;
	put(&a, &here, "shared", "text", true);
	assert_string_equal(recall(&b, &there, "shared"), "text");
	/* From now on without the store. */
	b.store = NULL;
	assert_string_equal(recall(&b, &there, "shared"), "text");
	assert_false(memory_recall(&unit, MEMORY_NEUTRAL, &here, &of, &r));
	assert_string_equal(recall(&c, &here, "shared"), "");
	state_close(a.state);
	state_close(b.state);
	state_close(c.state);
}

/* Another way that was found by failing is not told others, and theirs does not undo it. */
static void what_is_known_here_comes_first(void **state)
{
	struct build a = begin(store), b = begin(store);

	(void)state;
	put(&a, &here, "first", "theirs", true);
	put(&b, &here, "first", "ours", false);
	assert_string_equal(recall(&b, &here, "first"), "ours");
	assert_string_equal(recall(&a, &here, "first"), "theirs");
	state_close(a.state);
	state_close(b.state);
}

/* One build may look at a unit in both ways, and the next one as well. */
static void each_way_is_remembered(void **state)
{
	struct build a = begin(NULL), b = begin(store), c = begin(store);

	(void)state;
	put_way(&a, &borrowing, &here, "borrowed", "first", false);
	put_way(&a, &plain, &here, "own", "second", false);
	assert_string_equal(recall_way(&a, &borrowing, &here, "borrowed"), "first");
	assert_string_equal(recall_way(&a, &plain, &here, "own"), "second");
	/* What follows from a key does so in either way. */
	put_way(&b, &borrowing, &here, "either", "same", true);
	assert_string_equal(recall_way(&c, &plain, &here, "either"), "same");
	state_close(a.state);
	state_close(b.state);
	state_close(c.state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_is_known_here_alone),
		cmocka_unit_test(what_is_shared_is_known_everywhere),
		cmocka_unit_test(what_is_known_here_comes_first),
		cmocka_unit_test(each_way_is_remembered),
	};

	return cmocka_run_group_tests_name("memory", tests, make_room, remove_room);
}
