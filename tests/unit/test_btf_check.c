/* What is wrong with BTF, one thing at a time: refused, with the reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <bpf/libbpf.h>
#include <errno.h>

#include "btf/check.h"
#include "btf_types.h"

/* Takes the BTF over: it is in order, and can be printed. */
static void assert_good(struct btf *btf)
{
	_cleanup_buf_ struct buf raw = raw_of(btf), text = {0};

	if (check(&raw) != 0 || print(&raw, &text) != 0)
		fail_msg("%s", said.v);
}

static void assert_bad(struct btf *btf, const char *why)
{
	_cleanup_buf_ struct buf raw = raw_of(btf);

	assert_int_equal(check(&raw), -EBADMSG);
	assert_said(why);
}

static void assert_unprintable(struct btf *btf, const char *why)
{
	_cleanup_buf_ struct buf raw = raw_of(btf), text = {0};

	assert_int_equal(check(&raw), 0);
	assert_int_equal(print(&raw, &text), -EBADMSG);
	assert_int_equal(text.n, 0);
	assert_said(why);
}

static struct btf *with_int(void)
{
	struct btf *btf = btf__new_empty();

	btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	btf__add_int(btf, "long", 8, BTF_INT_SIGNED);
	return btf;
}

/* --- the file as a whole */

static struct btf_header header_of(struct btf *btf)
{
	_cleanup_buf_ struct buf raw = raw_of(btf);
	struct btf_header h;

	memcpy(&h, raw.v, sizeof(h));
	return h;
}

static void headers_are_checked(void **state)
{
	struct btf_header sizes = header_of(all_kinds());
	const struct {
		size_t at;
		uint32_t value;
		int err;
		const char *why;
	} cases[] = {
		{0, 0, -EBADMSG, "not BTF"},
		{0, 0x0002eb9f, -EOPNOTSUPP, "BTF version 2"},
		{4, 0, -EBADMSG, "header of 0 bytes"},
		{4, 26, -EBADMSG, "header of 26 bytes"},
		{4, 1 << 30, -EBADMSG, "header of 1073741824 bytes"},
		{8, 2, -EBADMSG, "do not fit"},
		{8, 0xfffffffc, -EBADMSG, "do not fit"},
		{12, 0xfffffff0, -EBADMSG, "do not fit"},
		{16, 0, -EBADMSG, "do not fit"},
		{16, 0xffffffff, -EBADMSG, "do not fit"},
		{20, 0xffffffff, -EBADMSG, "do not fit"},
		{20, 0, -EBADMSG, "--base"},
		{20, 9, -EBADMSG, "have no end"},
		{12, 4, -EBADMSG, "type 1 is cut off"},
		{12, 20, -EBADMSG, "type 2 is cut off"},
		{12, sizes.type_len + 4, -EBADMSG, "do not fit"},
		{20, sizes.str_len + 1, -EBADMSG, "do not fit"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf raw = raw_of(all_kinds());

		memcpy(raw.v + cases[i].at, &cases[i].value, 4);
		assert_int_equal(check(&raw), cases[i].err);
		assert_said(cases[i].why);
	}
}

/* Sections may lie apart, but types are read as words. */
static void sections_are_found_where_they_are(void **state)
{
	_cleanup_buf_ struct buf raw = raw_of(all_kinds()), apart = {0};
	struct btf_header h;

	(void)state;
	for (uint32_t gap = 0; gap < 12; gap++) {
		memcpy(&h, raw.v, sizeof(h));
		h.type_off = gap;
		h.str_off += 2 * gap;
		apart.n = 0;
		buf_add(&apart, &h, sizeof(h));
		buf_add(&apart, "0123456789ab", gap);
		buf_add(&apart, raw.v + sizeof(h), h.type_len);
		buf_add(&apart, "0123456789ab", gap);
		buf_add(&apart, raw.v + sizeof(h) + h.type_len, h.str_len);
		assert_int_equal(check(&apart), gap % 4 ? -EBADMSG : 0);
	}
}

static void unknown_kinds_and_bits_are_refused(void **state)
{
	static const struct {
		uint32_t info;
		int err;
		const char *why;
	} cases[] = {
		{0, -EOPNOTSUPP, "unknown kind 0"},
		{20u << 24, -EOPNOTSUPP, "unknown kind 20"},
		{31u << 24, -EOPNOTSUPP, "unknown kind 31"},
		{1u << 24 | 1, -EBADMSG, "impossible info word"},
		{1u << 24 | 1u << 16, -EBADMSG, "impossible info word"},
		{1u << 24 | 1u << 31, -EBADMSG, "impossible info word"},
		{4u << 24 | 0xffff, -EBADMSG, "is cut off"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf raw = raw_of(with_int());

		memcpy(raw.v + 24 + 4, &cases[i].info, 4);
		assert_int_equal(check(&raw), cases[i].err);
		assert_said(cases[i].why);
	}
}

/* --- single types */

static void references_are_checked(void **state)
{
	static int (*const add[])(struct btf *, int) = {
		btf__add_ptr,
		btf__add_const,
		btf__add_volatile,
		btf__add_restrict,
	};
	struct btf *btf;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(add); i++) {
		btf = with_int();
		add[i](btf, 4);
		assert_bad(btf, "refers to type 4 of 4");
	}
	btf = with_int();
	btf__add_array(btf, 1, 9, 3);
	assert_bad(btf, "type 3 (array) refers to type 9 of 4");
	btf = with_int();
	btf__add_array(btf, 9, 1, 3);
	assert_bad(btf, "refers to type 9");
	btf = with_int();
	btf__add_struct(btf, "s", 8);
	btf__add_field(btf, "f", 77, 0, 0);
	assert_bad(btf, "type 3 (struct) refers to type 77");
	btf = with_int();
	btf__add_func_proto(btf, 77);
	assert_bad(btf, "refers to type 77");
	btf = with_int();
	btf__add_func_proto(btf, 0);
	btf__add_func_param(btf, "p", 77);
	assert_bad(btf, "refers to type 77");
	btf = with_int();
	btf__add_func(btf, "f", BTF_FUNC_GLOBAL, 1);
	assert_bad(btf, "refers to type 1, of the wrong kind (int)");
	btf = with_int();
	btf__add_var(btf, "v", 0, 1);
	btf__add_ptr(btf, 3);
	assert_bad(btf, "refers to type 3, of the wrong kind (variable)");
	btf = with_int();
	btf__add_datasec(btf, ".data", 4);
	btf__add_datasec_var_info(btf, 1, 0, 4);
	assert_bad(btf, "refers to type 1, of the wrong kind (int)");
	btf = with_int();
	btf__add_decl_tag(btf, "tag", 1, -1);
	assert_bad(btf, "refers to type 1, of the wrong kind (int)");
}

static void tags_name_parts_that_are_there(void **state)
{
	for (int part = -1; part < 3; part++) {
		struct btf *btf = with_int();

		(void)state;
		btf__add_struct(btf, "s", 16);
		btf__add_field(btf, "a", 2, 0, 0);
		btf__add_field(btf, "b", 2, 64, 0);
		btf__add_decl_tag(btf, "tag", 3, part);
		if (part < 2)
			assert_good(btf);
		else
			assert_bad(btf, "tags part 2 of 2");
	}
}

/* Changes the first word of the types that is old. */
static struct buf change(struct btf *btf, uint32_t old, uint32_t new)
{
	struct buf raw = raw_of(btf);

	for (size_t at = 24; at + 4 <= raw.n; at += 4) {
		if (memcmp(raw.v + at, &old, 4) == 0) {
			memcpy(raw.v + at, &new, 4);
			return raw;
		}
	}
	fail_msg("no word 0x%x", old);
	return raw;
}

static void assert_word_bad(struct btf *btf, uint32_t old, uint32_t new, const char *why)
{
	_cleanup_buf_ struct buf raw = change(btf, old, new);

	assert_int_equal(check(&raw), -EBADMSG);
	assert_said(why);
}

static struct btf *with_sizes(void)
{
	struct btf *btf = btf__new_empty();

	btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	btf__add_struct(btf, "s", 0x5550);
	btf__add_field(btf, "f", 1, 0x550, 0);
	btf__add_enum(btf, "e", 8);
	return btf;
}

static void sizes_are_checked(void **state)
{
	struct btf *btf;

	(void)state;
	assert_word_bad(with_sizes(), 1, 0xffffff, "has its name at 16777215 of ");
	assert_word_bad(with_sizes(), 1, 0, "type 1 (int) has an empty name");
	assert_word_bad(with_sizes(), 0x01000020, 0x01000021,
			"has 33 bits from bit 0 on in 4 bytes");
	assert_word_bad(with_sizes(), 0x01000020, 0x01010020,
			"has 32 bits from bit 1 on in 4 bytes");
	assert_word_bad(with_sizes(), 0x550, 1397760, "has a member at bit 1397760 of 21840 bytes");
	assert_word_bad(with_sizes(), 8, 3, "type 3 (enum) has 3 bytes");
	btf = with_int();
	btf__add_func_proto(btf, 0);
	btf__add_func(btf, "f", BTF_FUNC_GLOBAL, 3);
	assert_word_bad(btf, BTF_KIND_FUNC << 24 | BTF_FUNC_GLOBAL, BTF_KIND_FUNC << 24 | 3,
			"type 4 (function) has the unknown linkage 3");
	btf = btf__new_empty();
	btf__add_int(btf, "int", 4, 0);
	btf__add_var(btf, "v", BTF_VAR_GLOBAL_EXTERN, 1);
	assert_word_bad(btf, BTF_VAR_GLOBAL_EXTERN, 3,
			"type 2 (variable) has the unknown linkage 3");
}

static void names_are_checked(void **state)
{
	uint32_t end = header_of(with_int()).str_len;
	struct btf *btf;

	(void)state;
	for (uint32_t at = end - 1; at <= end; at++) {
		_cleanup_buf_ struct buf raw = raw_of(with_int());

		memcpy(raw.v + 24, &at, 4);
		assert_int_equal(check(&raw), -EBADMSG);
		assert_said(at < end ? "has an empty name" : "has its name at ");
	}
	/* Wherever it is among the strings. */
	for (int length = 0; length < 40; length++) {
		_cleanup_free_ char *name = xasprintf("%0*d\n", length, 0);

		btf = with_int();
		btf__add_struct(btf, name, 4);
		assert_bad(btf, "has a name with the control character 0x0a");
	}
	btf = with_int();
	btf__add_struct(btf, "s", 4);
	btf__add_field(btf, "a\x7f", 1, 0, 0);
	assert_bad(btf, "has a name with the control character 0x7f");
	/* One is enough to look at all; it does no harm where nothing is printed. */
	btf = with_int();
	btf__add_struct(btf, "s", 4);
	btf__add_decl_tag(btf, "any\ntext", 3, -1);
	assert_good(btf);
}

/* --- types that lead to themselves */

static void chains_that_close_are_refused(void **state)
{
	struct btf *btf = with_int();

	(void)state;
	btf__add_typedef(btf, "t", 3);
	assert_bad(btf, "type 3 (typedef) is defined by itself");
	btf = with_int();
	btf__add_const(btf, 4);
	btf__add_volatile(btf, 3);
	assert_bad(btf, "is defined by itself");
	btf = with_int();
	btf__add_ptr(btf, 3);
	assert_bad(btf, "is defined by itself");
	btf = with_int();
	btf__add_typedef(btf, "t", 4);
	btf__add_ptr(btf, 3);
	assert_bad(btf, "is defined by itself");
	btf = with_int();
	btf__add_array(btf, 1, 3, 1);
	assert_bad(btf, "is defined by itself");
	btf = with_int();
	btf__add_typedef(btf, "fn", 4);
	btf__add_ptr(btf, 5);
	btf__add_func_proto(btf, 0);
	btf__add_func_param(btf, "again", 3);
	assert_bad(btf, "is defined by itself");
}

static void structs_that_contain_themselves_are_refused(void **state)
{
	struct btf *btf = with_int();

	(void)state;
	btf__add_struct(btf, "s", 8);
	btf__add_field(btf, "s", 3, 0, 0);
	assert_bad(btf, "type 3 (struct) contains itself");
	btf = with_int();
	btf__add_struct(btf, "s", 8);
	btf__add_field(btf, "t", 4, 0, 0);
	btf__add_typedef(btf, "t", 5);
	btf__add_array(btf, 1, 6, 2);
	btf__add_union(btf, "u", 8);
	btf__add_field(btf, "s", 3, 0, 0);
	assert_bad(btf, "contains itself");
}

static void structs_may_lead_to_themselves(void **state)
{
	struct btf *btf = with_int();

	(void)state;
	btf__add_struct(btf, "ops", 16);
	btf__add_field(btf, "self", 4, 0, 0);
	btf__add_field(btf, "call", 5, 64, 0);
	btf__add_ptr(btf, 3);
	btf__add_ptr(btf, 6);
	btf__add_func_proto(btf, 3);
	btf__add_func_param(btf, "by_value", 3);
	btf__add_func_param(btf, "again", 7);
	btf__add_typedef(btf, "ops_t", 4);
	assert_good(btf);
}

/* C would allow the first, but libbpf's printer gives up on it. */
static void what_libbpf_cannot_order_is_refused(void **state)
{
	struct btf *btf = with_int();

	(void)state;
	btf__add_struct(btf, "s", 8);
	btf__add_field(btf, "p", 4, 0, 0);
	btf__add_ptr(btf, 5);
	btf__add_array(btf, 1, 3, 2);
	assert_unprintable(btf, "would be a part of itself");
	btf = with_int();
	btf__add_struct(btf, "", 8);
	btf__add_field(btf, "p", 4, 0, 0);
	btf__add_ptr(btf, 3);
	assert_unprintable(btf, "would be a part of itself");
}

/* --- too much of everything */

static void deep_nesting_is_refused(void **state)
{
	struct btf *btf = with_int();

	(void)state;
	for (int i = 0; i < BTF_DEPTH_MAX - 2; i++)
		btf__add_ptr(btf, 2 + i);
	assert_good(btf);
	btf = with_int();
	for (int i = 0; i < BTF_DEPTH_MAX * 2; i++)
		btf__add_ptr(btf, 2 + i);
	assert_bad(btf, "is nested too deep");
	/* The other way round, so that the deepest comes first. */
	btf = with_int();
	for (int i = 0; i < 300000; i++)
		btf__add_ptr(btf, i < 299999 ? 4 + i : 1);
	assert_bad(btf, "is nested too deep");
	/* Structs without names, each behind a pointer in the one before. */
	btf = with_int();
	for (int i = 0; i < BTF_DEPTH_MAX; i++) {
		btf__add_struct(btf, "", 8);
		btf__add_field(btf, "f", i ? 2 + 2 * i : 2, 0, 0);
		btf__add_ptr(btf, 3 + 2 * i);
	}
	assert_unprintable(btf, "nested too deep");
}

static void endless_text_is_refused(void **state)
{
	struct btf *btf = with_int();

	(void)state;
	/* Each struct twice in the next. */
	for (int i = 0; i < 60; i++) {
		btf__add_struct(btf, i < 59 ? "" : "outer", 8);
		btf__add_field(btf, "a", 2 + i, 0, 0);
		btf__add_field(btf, "b", 2 + i, 0, 0);
	}
	assert_unprintable(btf, "too long");
	/* Named ones are printed once, but libbpf looks for their alignment time and again. */
	btf = with_int();
	for (int i = 0; i < 60; i++) {
		_cleanup_free_ char *name = xasprintf("s%d", i);

		btf__add_struct(btf, name, 8);
		btf__add_field(btf, "a", 2 + i, 0, 0);
		btf__add_field(btf, "b", 2 + i, 0, 0);
	}
	assert_unprintable(btf, "too long");
	btf = with_int();
	btf__add_struct(btf, "padded", 200u << 20);
	btf__add_field(btf, "a", 1, 0, 0);
	assert_unprintable(btf, "too long");
	btf = with_int();
	btf__add_struct(btf, "huge", 0xfffffff0);
	assert_unprintable(btf, "too large");
	btf = with_int();
	btf__add_array(btf, 1, 1, 1u << 29);
	btf__add_struct(btf, "overflow", 64);
	btf__add_field(btf, "a", 3, 0, 0);
	assert_unprintable(btf, "beyond its end");
}

/* libbpf would divide by the alignment of a type that has none. */
static void padding_without_alignment_is_refused(void **state)
{
	struct btf *btf = with_int();

	(void)state;
	btf__add_struct(btf, "s", 16);
	btf__add_field(btf, "a", 1, 0, 0);
	btf__add_field(btf, "nothing", 0, 64, 0);
	assert_unprintable(btf, "padding depends on a member of unknown size");
	/* Harmless where nothing is to be filled, and where it is not printed. */
	btf = with_int();
	btf__add_struct(btf, "s", 8);
	btf__add_field(btf, "a", 2, 0, 0);
	btf__add_field(btf, "nothing", 0, 64, 0);
	assert_good(btf);
	btf = with_int();
	btf__add_struct(btf, "", 16);
	btf__add_field(btf, "a", 1, 0, 0);
	btf__add_field(btf, "nothing", 0, 64, 0);
	assert_good(btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_checked),
		cmocka_unit_test(sections_are_found_where_they_are),
		cmocka_unit_test(unknown_kinds_and_bits_are_refused),
		cmocka_unit_test(references_are_checked),
		cmocka_unit_test(tags_name_parts_that_are_there),
		cmocka_unit_test(sizes_are_checked),
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(chains_that_close_are_refused),
		cmocka_unit_test(structs_that_contain_themselves_are_refused),
		cmocka_unit_test(structs_may_lead_to_themselves),
		cmocka_unit_test(what_libbpf_cannot_order_is_refused),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(endless_text_is_refused),
		cmocka_unit_test(padding_without_alignment_is_refused),
	};
	int failed;

	libbpf_set_print(NULL);
	message_set_sink(keep_message, NULL);
	failed = cmocka_run_group_tests_name("btf_check", tests, NULL, NULL);
	buf_free(&said);
	return failed;
}
