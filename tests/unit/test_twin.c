#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/message.h"
#include "btf/twin.h"
#include "canonical_invent.h"
#include "canonical_opened.h"
#include "steps/steps.h"

static bool host_is_big = BYTE_ORDER == BIG_ENDIAN;

static char said[512];
static unsigned n_messages;

static void keep_message(enum message_level level, const char *text, void *arg)
{
	(void)level;
	(void)arg;
	assert_non_null(strstr(text, "test.o"));
	snprintf(said, sizeof(said), "%s", text);
	n_messages++;
}

/* In memory of exactly its size, so that reading on is noticed. */
static int quietly_twin(const void *in, size_t size, struct buf *ret)
{
	_cleanup_free_ char *exact = malloc(size ? size : 1);
	int err;

	memcpy(exact, in, size);
	n_messages = 0;
	message_set_sink(keep_message, NULL);
	err = object_twin(exact, size, "test.o", ret);
	message_set_sink(NULL, NULL);
	if (n_messages != (err < 0))
		fail_msg("%s", said);
	assert_true(err == 0 || ret->n == 0);
	return err;
}

static void twin_of(const struct buf *in, struct buf *ret)
{
	if (quietly_twin(in->v, in->n, ret) < 0)
		fail_msg("%s", said);
}

static void invent(unsigned seed, bool swap, struct buf *ret)
{
	struct model m;

	model_invent(seed, 6, 3, &m);
	model_write(&m, seed, swap, ret);
}

/* A section's header in an object of this machine's byte order. */
static Elf64_Shdr *header_of(const struct buf *object, unsigned section)
{
	Elf64_Ehdr h;

	memcpy(&h, object->v, sizeof(h));
	return (Elf64_Shdr *)(object->v + h.e_shoff) + section;
}

/* A section's content. Both twins have it at one place. */
static uint8_t *content_of(const struct buf *object, unsigned section)
{
	_cleanup_canonical_elf_ struct canonical_elf e = {0};

	assert_int_equal(canonical_elf_read(object->v, object->n, "test.o", &e), 0);
	return (uint8_t *)object->v + e.sections.v[section].h.sh_offset;
}

/* Gives a section another name, in place of that of MODEL_DEBUG, which is the longest. */
static void rename_section(struct buf *object, unsigned section, const char *name)
{
	uint32_t at = header_of(object, MODEL_DEBUG)->sh_name;

	strcpy((char *)content_of(object, MODEL_STRTAB) + at, name);
	header_of(object, MODEL_DEBUG)->sh_name = 0;
	header_of(object, section)->sh_name = at;
}

static void twin_is_as_if_written_in_the_other_order(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < 200; seed++) {
		_cleanup_buf_ struct buf own = {0}, foreign = {0}, twin = {0}, again = {0};
		const struct buf *big = host_is_big ? &own : &foreign;

		invent(seed, false, &own);
		invent(seed, true, &foreign);
		/* Models load constants to register 1 in little-endian objects. */
		for (int i = 0; i < 128; i += 16) {
			content_of(big, MODEL_PROG_A)[i + 1] = 0x10;
			content_of(big, MODEL_PROG_B)[i + 1] = 0x10;
		}
		twin_of(&own, &twin);
		assert_same_bytes(&twin, &foreign);
		twin_of(&twin, &again);
		assert_same_bytes(&again, &own);
	}
}

/* As clang's assembler writes them for bpfel and bpfeb. */
static const struct {
	const char *text;
	uint8_t little[8], big[8];
} instructions[] = {
	{"r1 = r10", {0xbf, 0xa1}, {0xbf, 0x1a}},
	{"r9 += -2",
	 {0x07, 0x09, 0, 0, 0xfe, 0xff, 0xff, 0xff},
	 {0x07, 0x90, 0, 0, 0xff, 0xff, 0xff, 0xfe}},
	{"*(u64 *)(r10 - 8) = r1", {0x7b, 0x1a, 0xf8, 0xff}, {0x7b, 0xa1, 0xff, 0xf8}},
	{"r2 = *(u8 *)(r7 + 258)", {0x71, 0x72, 0x02, 0x01}, {0x71, 0x27, 0x01, 0x02}},
	{"if r3 > 0x11223344 goto -2",
	 {0x25, 0x03, 0xfe, 0xff, 0x44, 0x33, 0x22, 0x11},
	 {0x25, 0x30, 0xff, 0xfe, 0x11, 0x22, 0x33, 0x44}},
	{"call 0x123456",
	 {0x85, 0, 0, 0, 0x56, 0x34, 0x12, 0},
	 {0x85, 0, 0, 0, 0, 0x12, 0x34, 0x56}},
	{"exit", {0x95}, {0x95}},
	{"r1 = 0x1122334455667788 ll",
	 {0x18, 0x01, 0, 0, 0x88, 0x77, 0x66, 0x55},
	 {0x18, 0x10, 0, 0, 0x55, 0x66, 0x77, 0x88}},
	{"its second half",
	 {0, 0, 0, 0, 0x44, 0x33, 0x22, 0x11},
	 {0, 0, 0, 0, 0x11, 0x22, 0x33, 0x44}},
	{"lock *(u32 *)(r1 + 4) += r2", {0xc3, 0x21, 0x04}, {0xc3, 0x12, 0, 0x04}},
	{"r4 = be32 r4", {0xdc, 0x04, 0, 0, 0x20}, {0xdc, 0x40, 0, 0, 0, 0, 0, 0x20}},
};

static void instructions_are_converted(void **state)
{
	_cleanup_buf_ struct buf little = {0}, big = {0};
	uint8_t *code;

	(void)state;
	invent(1, host_is_big, &little);
	code = content_of(&little, MODEL_PROG_A);
	for (size_t i = 0; i < ARRAY_SIZE(instructions); i++)
		memcpy(code + 8 * i, instructions[i].little, 8);
	twin_of(&little, &big);
	code = content_of(&big, MODEL_PROG_A);
	for (size_t i = 0; i < ARRAY_SIZE(instructions); i++)
		if (memcmp(code + 8 * i, instructions[i].big, 8) != 0)
			fail_msg("%s", instructions[i].text);
}

static void what_a_section_is_decides(void **state)
{
	static const struct {
		const char *name;
		uint32_t type;
		const char *converted;
	} cases[] = {
		{".data", SHT_PROGBITS, "data"}, {"version", SHT_PROGBITS, "atad"},
		{"version", SHT_NOTE, "data"},	 {".version", SHT_PROGBITS, "data"},
		{"any", SHT_GROUP, "atad"},	 {".BTF.ext", SHT_NOTE, "data"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf in = {0}, out = {0};

		invent(2, false, &in);
		rename_section(&in, MODEL_DATA, cases[i].name);
		header_of(&in, MODEL_DATA)->sh_type = cases[i].type;
		twin_of(&in, &out);
		assert_memory_equal(content_of(&out, MODEL_DATA), cases[i].converted, 4);
	}
}

static void foreign_is_what_the_header_says(void **state)
{
	_cleanup_buf_ struct buf own = {0}, foreign = {0};

	(void)state;
	invent(3, false, &own);
	invent(3, true, &foreign);
	assert_false(object_is_foreign(own.v, own.n));
	assert_true(object_is_foreign(foreign.v, foreign.n));
	assert_false(object_is_foreign(foreign.v, EI_NIDENT - 1));
	assert_false(object_is_foreign("", 0));
	foreign.v[EI_CLASS] = ELFCLASS32;
	assert_false(object_is_foreign(foreign.v, foreign.n));
	foreign.v[EI_CLASS] = ELFCLASS64;
	foreign.v[EI_DATA] = 3;
	assert_false(object_is_foreign(foreign.v, foreign.n));
	foreign.v[EI_DATA] = ELFDATANONE;
	assert_false(object_is_foreign(foreign.v, foreign.n));
}

/* The canonical order does not depend on the order of bytes. */
static void finishing_and_turning_can_change_places(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < 500; seed++) {
		_cleanup_buf_ struct buf in = {0}, twin = {0}, a = {0}, b = {0}, turned = {0};

		invent(seed, seed & 1, &in);
		twin_of(&in, &twin);
		assert_int_equal(object_finish(in.v, in.n, "test.o", &plain, &a), 0);
		assert_int_equal(object_finish(twin.v, twin.n, "test.o", &plain, &b), 0);
		twin_of(&a, &turned);
		assert_same_bytes(&turned, &b);
	}
}

/* --- damage --- */

static void cut_code(struct buf *b)
{
	header_of(b, MODEL_PROG_B)->sh_size = 124;
}

static void make_sections_overlap(struct buf *b)
{
	header_of(b, MODEL_DATA)->sh_offset = header_of(b, MODEL_MAPS)->sh_offset + 3;
}

static void let_a_section_lie_in_the_header(struct buf *b)
{
	header_of(b, MODEL_DATA)->sh_offset = sizeof(Elf64_Ehdr) - 8;
}

static void let_a_section_lie_in_the_table(struct buf *b)
{
	header_of(b, MODEL_DATA)->sh_offset = b->n - 4;
}

static void turn_section(struct buf *b, unsigned section)
{
	_cleanup_buf_ struct buf twin = {0};
	size_t size = header_of(b, section)->sh_size;

	twin_of(b, &twin);
	memcpy(content_of(b, section), content_of(&twin, section), size);
}

static void turn_types(struct buf *b)
{
	turn_section(b, MODEL_BTF);
}

static void turn_ext(struct buf *b)
{
	turn_section(b, MODEL_EXT);
}

static void cut_ext(struct buf *b)
{
	header_of(b, MODEL_EXT)->sh_size = 7;
}

static void cut_a_word_of_ext(struct buf *b)
{
	header_of(b, MODEL_EXT)->sh_size -= 1;
}

static void raise_version_of_ext(struct buf *b)
{
	content_of(b, MODEL_EXT)[2] = 2;
}

/* No types, and one string: what is left of it makes sense. */
static void enlarge_header_of_types(struct buf *b)
{
	struct btf_header *h = (struct btf_header *)content_of(b, MODEL_BTF);

	h->hdr_len = sizeof(*h) + 4;
	h->type_len = 0;
	h->str_len = 1;
	h->str_off = (uint32_t)header_of(b, MODEL_BTF)->sh_size - h->hdr_len - h->str_len;
}

static void damaged_objects_are_refused(void **state)
{
	static const struct {
		void (*damage)(struct buf *b);
		const char *why;
	} cases[] = {
		{cut_code, "does not consist of pieces of 8 bytes"},
		{make_sections_overlap, "its sections overlap"},
		{let_a_section_lie_in_the_header, "its sections overlap"},
		{let_a_section_lie_in_the_table, "its sections overlap"},
		{turn_types, "the byte order of .BTF is not that of the file"},
		{turn_ext, ".BTF.ext has an unknown form or byte order"},
		{raise_version_of_ext, ".BTF.ext has an unknown form or byte order"},
		{cut_ext, ".BTF.ext has no whole header"},
		{cut_a_word_of_ext, ".BTF.ext does not consist of pieces of 4 bytes"},
		{enlarge_header_of_types, "the header of .BTF has an unknown size"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf in = {0}, out = {0};

		invent(4, false, &in);
		cases[i].damage(&in);
		assert_int_equal(quietly_twin(in.v, in.n, &out), -EBADMSG);
		if (!strstr(said, cases[i].why))
			fail_msg("'%s' is not in: %s", cases[i].why, said);
	}
}

static void cut_off_objects_are_refused(void **state)
{
	_cleanup_buf_ struct buf in = {0}, out = {0};

	(void)state;
	for (unsigned seed = 0; seed < 2; seed++) {
		in.n = 0;
		invent(seed, seed, &in);
		for (size_t n = 0; n < in.n; n++)
			assert_true(quietly_twin(in.v, n, &out) < 0);
	}
}

/* Damage that does not show comes back as it was. */
static void damage_is_refused_or_turned(void **state)
{
	uint64_t random = 1;
	unsigned n_turned = 0;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		_cleanup_buf_ struct buf in = {0}, twin = {0}, again = {0};

		invent(round % 50, round & 1, &in);
		for (int i = 0; i < 3; i++)
			in.v[model_below(&random, (uint32_t)in.n)] ^= 1 << model_below(&random, 8);
		if (quietly_twin(in.v, in.n, &twin) < 0)
			continue;
		twin_of(&twin, &again);
		assert_same_bytes(&again, &in);
		n_turned++;
	}
	assert_in_range(n_turned, 1000, 19000);
}

/* --- what clang makes --- */

/* Two units that share variables and functions; none of their data has a byte order. */
static const char *const units[] = {
	"#define SEC(name) __attribute__((section(name), used))\n"
	"#define CORE __attribute__((preserve_access_index))\n"
	"struct task { struct task *parent; int pid; } CORE;\n"
	"struct { int (*type)[2]; int (*max_entries)[4]; unsigned *key; struct task *value; }\n"
	"numbers SEC(\".maps\");\n"
	"unsigned long long total; extern int shared; extern int add(int n);\n"
	"static __attribute__((noinline)) int next(struct task *t) { return t->parent->pid; }\n"
	"SEC(\"raw_tp/a\") int first(struct task *t)\n"
	"{ total += 0x1122334455667788; return add(next(t)) + shared + t->pid; }\n"
	"char LICENSE[] SEC(\"license\") = \"GPL\";\n",
	"#define SEC(name) __attribute__((section(name), used))\n"
	"extern unsigned long long total; int shared; const char text[] = \"abc\";\n"
	"static __attribute__((noinline)) int twice(int n) { return n * total; }\n"
	"__attribute__((noinline)) int add(int n) { return twice(n) + text[n & 3]; }\n"
	"SEC(\"raw_tp/b\") int second(void *c) { return add(7) + shared; }\n"
	"char LICENSE[] SEC(\"license\") = \"GPL\";\n",
};

static void read_whole(const char *path, struct buf *ret)
{
	assert_int_equal(file_read(path, FILE_MAX_SIZE, ret), 0);
}

static void finish_file(const char *path)
{
	_cleanup_buf_ struct buf in = {0}, out = {0};

	read_whole(path, &in);
	assert_int_equal(object_finish(in.v, in.n, path, &plain, &out), 0);
	assert_int_equal(file_write(path, out.v, out.n), 0);
}

/* Compiles and links the units in the current directory: ORDER-0.o, ORDER-1.o, ORDER.o. */
static void build(const char *order)
{
	_cleanup_free_ char *linked = xasprintf("%s.o", order);
	char name[] = "link", *argv[] = {name, linked, NULL, NULL};

	for (int i = 0; i < 2; i++) {
		_cleanup_free_ char *command = NULL;

		argv[2 + i] = xasprintf("%s-%d.o", order, i);
		command = xasprintf("clang-19 -target bpf%s -mcpu=v3 -g -O2 "
				    "-ffile-compilation-dir=. -c %d.c -o %s",
				    order, i, argv[2 + i]);
		assert_int_equal(file_write("0.c", units[0], strlen(units[0])), 0);
		assert_int_equal(file_write("1.c", units[1], strlen(units[1])), 0);
		assert_int_equal(system(command), 0);
		finish_file(argv[2 + i]);
	}
	assert_int_equal(builtin_link(4, argv), 0);
	finish_file(linked);
	free(argv[2]);
	free(argv[3]);
}

static void assert_twins(const char *a, const char *b)
{
	_cleanup_buf_ struct buf in = {0}, expected = {0}, twin = {0}, again = {0};

	read_whole(a, &in);
	read_whole(b, &expected);
	assert_int_equal(object_twin(in.v, in.n, a, &twin), 0);
	assert_same_bytes(&twin, &expected);
	twin_of(&twin, &again);
	assert_same_bytes(&again, &in);
}

static void twin_is_what_clang_makes_for_the_other_order(void **state)
{
	(void)state;
	if (system("command -v clang-19 >/dev/null") != 0)
		skip();
	build("el");
	build("eb");
	assert_twins("el-0.o", "eb-0.o");
	assert_twins("el-1.o", "eb-1.o");
	assert_twins("el.o", "eb.o");
}

static void objects_of_two_byte_orders_are_not_linked(void **state)
{
	char names[][20] = {"link", "linked.o", "own-test.o", "foreign-test.o"};
	char *argv[] = {names[0], names[1], names[2], names[3]};
	int status;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct model m = {.n = 1, .types[1] = {.kind = BTF_KIND_FLOAT, .name = "f"}};
		_cleanup_buf_ struct buf object = {0};

		m.types[1].size_or_type = 4;
		model_write(&m, 1, i, &object);
		assert_int_equal(file_write(argv[2 + i], object.v, object.n), 0);
	}
	n_messages = 0;
	message_set_sink(keep_message, NULL);
	status = builtin_link(4, argv);
	message_set_sink(NULL, NULL);
	assert_int_equal(status, 1);
	assert_int_equal(n_messages, 1);
	assert_non_null(strstr(said, "own-test.o and foreign-test.o differ in their byte order"));
}

static char dir[] = "/tmp/skep-twin-XXXXXX";

static int enter_folder(void **state)
{
	(void)state;
	return mkdtemp(dir) ? chdir(dir) : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return chdir("/") < 0 || file_remove_tree(dir) < 0 ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(twin_is_as_if_written_in_the_other_order),
		cmocka_unit_test(instructions_are_converted),
		cmocka_unit_test(what_a_section_is_decides),
		cmocka_unit_test(foreign_is_what_the_header_says),
		cmocka_unit_test(finishing_and_turning_can_change_places),
		cmocka_unit_test(damaged_objects_are_refused),
		cmocka_unit_test(cut_off_objects_are_refused),
		cmocka_unit_test(damage_is_refused_or_turned),
		cmocka_unit_test(twin_is_what_clang_makes_for_the_other_order),
		cmocka_unit_test(objects_of_two_byte_orders_are_not_linked),
	};

	return cmocka_run_group_tests_name("twin", tests, enter_folder, remove_folder);
}
