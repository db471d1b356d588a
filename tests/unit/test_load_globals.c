/* Global data as --set gives it, read back from the object; no kernel is asked. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/load_parts.h"
#include "load_room.h"

/* Everything lies in one struct, so that the test knows where. */
struct inner {
	int a;
	unsigned three : 3;
	int four : 4;
};

enum color { RED, GREEN = 5, BLUE = -7 };

struct all {
	char c;
	signed char s8;
	unsigned char u8;
	short s16;
	unsigned short u16;
	int s32;
	unsigned u32;
	long long s64;
	unsigned long long u64;
	_Bool flag;
	enum color color;
	char text[8];
	int row[4];
	struct inner in[2];
	int grid[2][3];
	void *pointer;
	union {
		int left;
		struct {
			short deep;
		};
	};
};

static const char source[] =
	"#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n"
	"struct inner { int a; unsigned three : 3; int four : 4; };\n"
	"enum color { RED, GREEN = 5, BLUE = -7 };\n"
	"struct all { char c; signed char s8; unsigned char u8; short s16; unsigned short u16;\n"
	" int s32; unsigned u32; long long s64; unsigned long long u64; _Bool flag;\n"
	" enum color color; char text[8]; int row[4]; struct inner in[2]; int grid[2][3];\n"
	" void *pointer; union { int left; struct { short deep; }; }; };\n"
	"const volatile struct all all = {.text = \"before\", .row = {9, 9, 9, 9}};\n"
	"volatile int written = 1, zero;\n"
	"const volatile static int hidden = 3;\n"
	"SEC(\"xdp\") int f(struct xdp_md *c)\n"
	"{ return all.c + all.row[c->data & 3] + written + zero + hidden; }\n";

static struct bpf_object *object;

static int open_object(void **state)
{
	_cleanup_buf_ struct buf data = {0};

	(void)state;
	libbpf_set_print(NULL);
	if (load_compile("bpf", source, &data))
		object = bpf_object__open_mem(data.v, data.n, NULL);
	return 0;
}

static int close_object(void **state)
{
	(void)state;
	bpf_object__close(object);
	return 0;
}

/* The bytes of a map whose name ends like that. */
static void *data_of(const char *suffix)
{
	struct bpf_map *m;
	size_t size;

	bpf_object__for_each_map(
		m, object) if (str_ends(bpf_map__name(m),
					suffix)) return bpf_map__initial_value(m, &size);
	fail_msg("no map %s", suffix);
	return NULL;
}

static struct all *all_values(void)
{
	char *data = data_of(".rodata");

	for (size_t i = 0; i < 64; i++) {
		struct all *a = (struct all *)(data + i);

		if (memcmp(a->text, "before", 7) == 0 && a->row[3] == 9)
			return a;
	}
	return NULL;
}

static void set(const char *name, const char *value)
{
	struct load_pair p = {(char *)(uintptr_t)name, (char *)(uintptr_t)value};
	char *why = NULL;

	if (load_set_global(object, &p, &why) < 0)
		fail_msg("%s=%s: %s", name, value, why);
}

static void test_values_arrive(void **state)
{
	struct all *a;

	(void)state;
	if (!object)
		skip();
	a = all_values();
	assert_non_null(a);
	set("all.c", "65");
	set("all.s8", "-128");
	set("all.u8", "255");
	set("all.s16", "-2");
	set("all.u16", "0xfFfF");
	set("all.s32", "-2147483648");
	set("all.u32", "4294967295");
	set("all.s64", "-9223372036854775808");
	set("all.u64", "18446744073709551615");
	set("all.flag", "true");
	set("all.color", "GREEN");
	set("all.row[2]", "0x80000000");
	set("all.in[1].a", "7");
	set("all.in[1].three", "5");
	set("all.in[1].four", "-3");
	set("all.grid[1][2]", "12");
	set("all.deep", "0x1234");
	assert_int_equal(a->c, 65);
	assert_int_equal(a->s8, -128);
	assert_int_equal(a->u8, 255);
	assert_int_equal(a->s16, -2);
	assert_int_equal(a->u16, 0xffff);
	assert_true(a->s32 == INT32_MIN);
	assert_true(a->u32 == UINT32_MAX);
	assert_true(a->s64 == INT64_MIN);
	assert_true(a->u64 == UINT64_MAX);
	assert_int_equal(a->flag, 1);
	assert_int_equal(a->color, GREEN);
	assert_int_equal(a->row[1], 9);
	assert_true(a->row[2] == INT32_MIN);
	assert_int_equal(a->row[3], 9);
	assert_int_equal(a->in[0].a, 0);
	assert_int_equal(a->in[1].a, 7);
	assert_int_equal(a->in[1].three, 5);
	assert_int_equal(a->in[1].four, -3);
	assert_int_equal(a->grid[1][2], 12);
	assert_int_equal(a->deep, 0x1234);
	set("all.in[1].three", "0");
	assert_int_equal(a->in[1].three, 0);
	assert_int_equal(a->in[1].four, -3);
	set("all.color", "-7");
	assert_int_equal(a->color, BLUE);
	/* Last, since the place is known by it. */
	set("all.text", "bash");
	assert_memory_equal(a->text, "bash\0\0\0", 8);
}

static void test_other_sections(void **state)
{
	(void)state;
	if (!object)
		skip();
	set("written", "42");
	set("zero", "43");
	set("hidden", "44");
	assert_int_equal(*(int *)data_of(".data"), 42);
	assert_int_equal(*(int *)data_of(".bss"), 43);
}

static const struct {
	const char *name, *value, *why;
} mistakes[] = {
	{"al", "1", "the object has no global variable \"al\"; is it \"all\"?"},
	{"", "1", "the object has no global variable \"\""},
	{"all", "1", "\"all\" is a struct; name one field, as VAR.field"},
	{"all.row", "1", "\"all.row\" is an array; name one element, as VAR[0]"},
	{"all.roww", "1", "\"all\" has no field \"roww\"; is it \"row\"?"},
	{"all.row[4]", "1", "\"all.row\" has 4 elements, so none with number 4"},
	{"all.row[-1]", "1",
	 "\"all.row\" is followed by \"[-1\", not by the number of an element in brackets"},
	{"all.row[1", "1",
	 "\"all.row\" is followed by \"[1\", not by the number of an element in brackets"},
	{"all.row[1]x", "1", "\"all.row[1]\" is followed by \"x\", not by . or ["},
	{"all.s32[0]", "1", "\"all.s32\" is no array, so it has no element 0"},
	{"all.s32.x", "1", "\"all.s32\" is no struct, so it has no field \"x\""},
	{"all.pointer", "1", "\"all.pointer\" is a pointer, which cannot be set"},
	{"all.u8", "256", "\"all.u8\" has 8 bits, which 256 does not fit into"},
	{"all.u8", "-1", "\"all.u8\" has 8 bits, which -1 does not fit into"},
	{"all.s8", "128", "\"all.s8\" has 8 bits and a sign, which 128 does not fit into"},
	{"all.s8", "-129", "\"all.s8\" has 8 bits and a sign, which -129 does not fit into"},
	{"all.in[0].three", "8", "\"all.in[0].three\" has 3 bits, which 8 does not fit into"},
	{"all.u64", "18446744073709551616",
	 "\"all.u64\" is a number, which \"18446744073709551616\" is not"},
	{"all.s32", "", "\"all.s32\" is a number, which \"\" is not"},
	{"all.s32", "1x", "\"all.s32\" is a number, which \"1x\" is not"},
	{"all.s32", "0x", "\"all.s32\" is a number, which \"0x\" is not"},
	{"all.s32", " 1", "\"all.s32\" is a number, which \" 1\" is not"},
	{"all.s32", "--1", "\"all.s32\" is a number, which \"--1\" is not"},
	{"all.flag", "yes", "\"all.flag\" is true or false, which \"yes\" is not"},
	{"all.color", "GREN", "the enum of \"all.color\" has no name \"GREN\"; is it \"GREEN\"?"},
	{"all.text", "12345678",
	 "\"all.text\" has 8 characters, too few for the 9 of \"12345678\""},
};

static void test_mistakes_are_named(void **state)
{
	(void)state;
	if (!object)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		struct load_pair p = {(char *)(uintptr_t)mistakes[i].name,
				      (char *)(uintptr_t)mistakes[i].value};
		_cleanup_free_ char *why = NULL;

		if (load_set_global(object, &p, &why) == 0)
			fail_msg("%s=%s is taken", p.name, p.value);
		assert_string_equal(why, mistakes[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_arrive),
		cmocka_unit_test(test_other_sections),
		cmocka_unit_test(test_mistakes_are_named),
	};

	return cmocka_run_group_tests(tests, open_object, close_object);
}
