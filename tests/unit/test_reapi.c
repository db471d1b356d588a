/* The messages of the Remote Execution API, against bytes that another encoder made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* These must come first. */
#include <cmocka.h>
#include <stdlib.h>

#include "store/reapi.h"

static void add_input(struct reapi_action *a, const char *path, const char *content)
{
	vec_push(&a->inputs,
		 ((struct reapi_input){xstrdup(path), reapi_digest_of(content, strlen(content))}));
}

static void make_action(struct reapi_action *ret)
{
	*ret = (struct reapi_action){0};
	strv_add(&ret->arguments, "clang");
	strv_add(&ret->arguments, "-c");
	strv_add(&ret->environment, "LC_ALL=C");
	strv_add(&ret->outputs, "output");
	strv_add(&ret->platform, "step=compile 1");
	add_input(ret, "a-b", "yo!");
	add_input(ret, "a/b.c", "hi");
}

static void assert_digest(const struct reapi_digest *d, const char *hex, uint64_t size)
{
	char is[DIGEST_HEX_SIZE];

	digest_hex(&d->hash, is);
	assert_string_equal(is, hex);
	assert_int_equal(d->size, size);
}

static void action_is_encoded_as_the_api_says(void **state)
{
	_cleanup_reapi_action_ struct reapi_action a;
	struct reapi_digest d;

	(void)state;
	make_action(&a);
	d = reapi_action_digest(&a, NULL, NULL);
	assert_digest(&d, "072676b03ea4db5bbb2bfd4062b5517414dd7bca867bd8628b5a796c43317a60", 162);
}

static void note_blob(const struct reapi_digest *d, const void *data, void *arg)
{
	struct strv *seen = arg;
	struct digest is = digest_of(data, d->size);
	char hex[DIGEST_HEX_SIZE];

	assert_true(digest_eq(&is, &d->hash));
	digest_hex(&d->hash, hex);
	strv_add(seen, hex);
}

static void every_message_is_handed_over(void **state)
{
	_cleanup_reapi_action_ struct reapi_action a;
	_cleanup_strv_ struct strv seen = {0};

	(void)state;
	make_action(&a);
	reapi_action_digest(&a, note_blob, &seen);
	assert_int_equal(seen.n, 4);
	assert_true(strv_has(&seen,
			     "349c7f9599b982b20d8b00c759571bcd9442afa124ec5a0e7ad1e22e82d716f8"));
	assert_true(strv_has(&seen,
			     "fc061c232c27e5b79e9be9f32c171c1a7c631be18af21acaa535243404b8fdbe"));
	assert_true(strv_has(&seen,
			     "072676b03ea4db5bbb2bfd4062b5517414dd7bca867bd8628b5a796c43317a60"));
}

static void order_and_repetition_do_not_matter(void **state)
{
	_cleanup_reapi_action_ struct reapi_action a = {0}, b;
	struct reapi_digest x, y;

	(void)state;
	make_action(&b);
	strv_add_all(&a.arguments, &b.arguments);
	strv_add_all(&a.environment, &b.environment);
	strv_add_all(&a.outputs, &b.outputs);
	strv_add_all(&a.platform, &b.platform);
	add_input(&a, "a/b.c", "hi");
	add_input(&a, "a-b", "yo!");
	add_input(&a, "a/b.c", "hi");
	x = reapi_action_digest(&a, NULL, NULL);
	y = reapi_action_digest(&b, NULL, NULL);
	assert_true(digest_eq(&x.hash, &y.hash));
}

/* Anything else is another action. */
static void every_part_counts(void **state)
{
	struct digest seen[8];
	size_t n = 0;

	(void)state;
	for (int what = 0; what < 7; what++) {
		_cleanup_reapi_action_ struct reapi_action a;

		make_action(&a);
		switch (what) {
		case 1:
			strv_add(&a.arguments, "");
			break;
		case 2:
			strv_add(&a.environment, "X=");
			break;
		case 3:
			strv_add(&a.outputs, "x");
			break;
		case 4:
			strv_add(&a.platform, "x=y");
			break;
		case 5:
			a.inputs.v[0].digest.hash.bytes[0] ^= 1;
			break;
		case 6:
			add_input(&a, "a/b.d/c", "hi");
			break;
		}
		seen[n] = reapi_action_digest(&a, NULL, NULL).hash;
		for (size_t i = 0; i < n; i++)
			assert_false(digest_eq(&seen[i], &seen[n]));
		n++;
	}
}

static void results_come_back(void **state)
{
	_cleanup_reapi_result_ struct reapi_result r = {0}, back = {0};
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	vec_push(&r.outputs, ((struct reapi_output){"output", 6, reapi_digest_of("content", 7)}));
	vec_push(&r.outputs, ((struct reapi_output){"empty", 5, reapi_digest_of("", 0)}));
	r.exit_code = 3;
	r.said = "a warning\n";
	r.said_size = strlen(r.said);
	reapi_result_write(&r, &b);
	assert_int_equal(reapi_result_read(b.v, b.n, &back), 0);
	assert_int_equal(back.outputs.n, 2);
	assert_memory_equal(back.outputs.v[0].path, "output", 6);
	assert_true(digest_eq(&back.outputs.v[0].digest.hash, &r.outputs.v[0].digest.hash));
	assert_int_equal(back.outputs.v[0].digest.size, 7);
	assert_int_equal(back.outputs.v[1].digest.size, 0);
	assert_int_equal(back.exit_code, 3);
	assert_int_equal(back.said_size, r.said_size);
	assert_memory_equal(back.said, r.said, r.said_size);
}

/* Fields of later versions are skipped; a message that is cut off is refused or, where it ends
 * between two fields, shorter. */
static void odd_results(void **state)
{
	static const char more[] = "\x9a\x06\x03"
				   "abc\x60\x05\x69"
				   "12345678\x75"
				   "1234";
	_cleanup_reapi_result_ struct reapi_result r = {0};
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	vec_push(&r.outputs, ((struct reapi_output){"output", 6, reapi_digest_of("x", 1)}));
	r.said = "words";
	r.said_size = 5;
	reapi_result_write(&r, &b);
	buf_add(&b, more, sizeof(more) - 1);
	for (size_t size = 0; size <= b.n; size++) {
		_cleanup_reapi_result_ struct reapi_result back = {0};
		_cleanup_free_ char *copy = malloc(size ? size : 1);
		int err;

		memcpy(copy, b.v, size);
		err = reapi_result_read(copy, size, &back);
		assert_true(err == 0 || size < b.n);
		if (err == 0 && back.outputs.n)
			assert_memory_equal(back.outputs.v[0].path, "output", 6);
	}
}

static void damaged_results(void **state)
{
	_cleanup_reapi_result_ struct reapi_result r = {0};
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	vec_push(&r.outputs, ((struct reapi_output){"output", 6, reapi_digest_of("x", 1)}));
	reapi_result_write(&r, &b);
	for (size_t i = 0; i < b.n; i++) {
		for (int bit = 0; bit < 8; bit++) {
			_cleanup_reapi_result_ struct reapi_result back = {0};
			_cleanup_free_ char *copy = malloc(b.n);

			memcpy(copy, b.v, b.n);
			copy[i] = (char)(copy[i] ^ 1 << bit);
			reapi_result_read(copy, b.n, &back);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(action_is_encoded_as_the_api_says),
		cmocka_unit_test(every_message_is_handed_over),
		cmocka_unit_test(order_and_repetition_do_not_matter),
		cmocka_unit_test(every_part_counts),
		cmocka_unit_test(results_come_back),
		cmocka_unit_test(odd_results),
		cmocka_unit_test(damaged_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
