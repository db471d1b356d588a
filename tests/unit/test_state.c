#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "store/state.h"

static char dir[] = "/tmp/skep-state-XXXXXX";
static char *path;

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	path = xasprintf("%s/state", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	free(path);
	return file_remove_tree(dir);
}

static int remove_state(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static struct state *open_state(void)
{
	struct state *s;

	assert_int_equal(state_open(path, false, &s), 0);
	return s;
}

static void put(struct state *s, const char *key, const char *value)
{
	state_put(s, key, strlen(key), value, strlen(value));
}

static void expect(struct state *s, const char *key, const char *value)
{
	struct state_value v = state_get(s, key, strlen(key));

	if (!value) {
		assert_null(v.data);
		return;
	}
	assert_non_null(v.data);
	assert_int_equal(v.size, strlen(value));
	assert_memory_equal(v.data, value, v.size);
}

static void values_survive_closing(void **state)
{
	struct state *s = open_state();

	(void)state;
	put(s, "a", "1");
	put(s, "b", "a longer value");
	put(s, "a", "2");
	put(s, "c", "");
	state_delete(s, "b", 1);
	state_close(s);
	s = open_state();
	expect(s, "a", "2");
	expect(s, "b", NULL);
	expect(s, "c", "");
	state_close(s);
}

static void values_survive_a_kill(void **state)
{
	struct state *s = open_state();
	struct state *other;

	(void)state;
	put(s, "a", "1");
	/* Not closed: what was put must be in the file already. */
	other = open_state();
	expect(other, "a", "1");
	state_close(other);
	state_close(s);
}

static size_t count_sound(struct state *s)
{
	size_t n = 0;

	for (int i = 0; i < 50; i++) {
		char key[16], value[32];
		struct state_value v;

		snprintf(key, sizeof(key), "key%d", i);
		snprintf(value, sizeof(value), "the value of %d", i);
		v = state_get(s, key, strlen(key));
		if (!v.data)
			continue;
		/* What is there must be right: damage may lose values, never change them. */
		assert_int_equal(v.size, strlen(value));
		assert_memory_equal(v.data, value, v.size);
		n++;
	}
	return n;
}

static void fill(void)
{
	struct state *s = open_state();

	for (int i = 0; i < 50; i++) {
		char key[16], value[32];

		snprintf(key, sizeof(key), "key%d", i);
		snprintf(value, sizeof(value), "the value of %d", i);
		put(s, key, value);
	}
	state_close(s);
}

static void damage_loses_values_and_changes_none(void **state)
{
	_cleanup_buf_ struct buf whole = {0};
	size_t kept_after_flip = 0, harmless = 0;

	(void)state;
	fill();
	assert_int_equal(file_read(path, FILE_MAX_SIZE, &whole), 0);
	for (size_t i = 0; i < whole.n; i++) {
		struct state *s;

		whole.v[i] ^= 0x20;
		assert_int_equal(file_write(path, whole.v, whole.n), 0);
		whole.v[i] ^= 0x20;
		s = open_state();
		kept_after_flip += count_sound(s);
		harmless += count_sound(s) == 50;
		/* It is usable again at once. */
		put(s, "new", "value");
		state_close(s);
		s = open_state();
		expect(s, "new", "value");
		state_close(s);
	}
	assert_true(kept_after_flip > 0);
	/* Bytes that fill up to the next record mean nothing. */
	assert_true(harmless < 50 * 8);
}

static void truncation_loses_the_end_only(void **state)
{
	_cleanup_buf_ struct buf whole = {0};

	(void)state;
	fill();
	assert_int_equal(file_read(path, FILE_MAX_SIZE, &whole), 0);
	for (size_t n = 0; n < whole.n; n += 3) {
		struct state *s;

		assert_int_equal(file_write(path, whole.v, n), 0);
		s = open_state();
		assert_true(count_sound(s) <= 50 * n / whole.n + 1);
		if (n > 100)
			assert_true(count_sound(s) > 0);
		state_close(s);
	}
}

static void dead_records_are_dropped(void **state)
{
	_cleanup_buf_ struct buf file = {0};
	struct state *s = open_state();

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char value[32];

		snprintf(value, sizeof(value), "%d", i);
		put(s, "same", value);
	}
	state_close(s);
	assert_int_equal(file_read(path, FILE_MAX_SIZE, &file), 0);
	assert_true(file.n < 1000);
	s = open_state();
	expect(s, "same", "19999");
	state_close(s);
}

static void read_only_makes_no_file(void **state)
{
	struct state *s;

	(void)state;
	assert_int_equal(state_open(path, true, &s), 0);
	put(s, "a", "1");
	expect(s, "a", "1");
	state_close(s);
	assert_false(file_exists(path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(values_survive_closing, remove_state),
		cmocka_unit_test_teardown(values_survive_a_kill, remove_state),
		cmocka_unit_test_teardown(damage_loses_values_and_changes_none, remove_state),
		cmocka_unit_test_teardown(truncation_loses_the_end_only, remove_state),
		cmocka_unit_test_teardown(dead_records_are_dropped, remove_state),
		cmocka_unit_test_teardown(read_only_makes_no_file, remove_state),
	};

	return cmocka_run_group_tests_name("state", tests, make_dir, remove_dir);
}
