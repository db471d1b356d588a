#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>

#include "base/file.h"
#include "base/path.h"
#include "btf/elf_section.h"
#include "btf/format.h"
#include "btf/header.h"
#include "btf_types.h"

static char dir[] = "/tmp/skep-unit-XXXXXX";

static char *put_file(const char *name, const void *data, size_t size)
{
	char *path = path_join(dir, name);

	assert_int_equal(file_write(path, data, size), 0);
	return path;
}

/* Reads a file of that content; on success, gives what is printed for it. */
static int print_bytes(const void *data, size_t size, const char *base, struct buf *ret)
{
	_cleanup_free_ char *path = put_file("source", data, size);
	_cleanup_source_ struct btf_source s = {0};
	int err = btf_source_read(path, base, &s);

	if (err < 0) {
		assert_null(s.path);
		return err;
	}
	err = btf_print_header(&s, ret);
	if (!err) {
		_cleanup_buf_ struct buf again = {0};

		assert_int_equal(btf_print_header_in_child(&s, &again), 0);
		assert_string_equal(ret->v, again.v);
	}
	return err;
}

/* The same, of BTF that libbpf holds; with the text from between the two ends of the header. */
static void assert_prints(struct btf *btf, const char *want)
{
	_cleanup_buf_ struct buf raw = raw_of(btf), text = {0};
	const char *end;

	if (print_bytes(raw.v, raw.n, NULL, &text) != 0)
		fail_msg("%s", said.v);
	end = strstr(text.v, "\n/* BPF kfuncs */\n");
	assert_non_null(end);
	if (want) {
		const char *start = strstr(text.v, "__attribute__((weak))\n#endif\n\n") + 30;

		assert_int_equal(end - start, strlen(want));
		assert_memory_equal(start, want, strlen(want));
	}
}

/* --- what is printed */

static const char all_kinds_text[] =
	"#ifndef __VMLINUX_H__\n"
	"#define __VMLINUX_H__\n"
	"\n"
	"#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
	"#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)\n"
	"#endif\n"
	"\n"
	"#ifndef __ksym\n"
	"#define __ksym __attribute__((section(\".ksyms\")))\n"
	"#endif\n"
	"\n"
	"#ifndef __weak\n"
	"#define __weak __attribute__((weak))\n"
	"#endif\n"
	"\n"
	"enum color {\n"
	"\tRED = 0,\n"
	"\tGREEN = -7,\n"
	"};\n"
	"\n"
	"typedef enum color color_t;\n"
	"\n"
	"typedef volatile int * restrict fast_t;\n"
	"\n"
	"typedef int __attribute__((btf_type_tag(\"user\"))) *user_t;\n"
	"\n"
	"struct other;\n"
	"\n"
	"struct node {\n"
	"\tstruct node *next;\n"
	"\tint low: 3;\n"
	"\tint high: 5;\n"
	"\tlong numbers[3];\n"
	"\tunion {\n"
	"\t\tconst struct other *other;\n"
	"\t\tdouble ratio;\n"
	"\t};\n"
	"};\n"
	"\n"
	/* bpftool forgets the first type of its order; here it comes last. */
	"enum {\n"
	"\tHUGE_VALUE = 1099511627776ULL,\n"
	"};\n"
	"\n"
	"\n"
	"/* BPF kfuncs */\n"
	"#ifndef BPF_NO_KFUNC_PROTOTYPES\n"
	"extern int walk(struct node *n, ...) __weak __ksym;\n"
	"extern void stop(void) __weak __ksym;\n"
	"#endif\n"
	"\n"
	"#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
	"#pragma clang attribute pop\n"
	"#endif\n"
	"\n"
	"#endif /* __VMLINUX_H__ */\n";

static void every_kind_is_printed(void **state)
{
	_cleanup_buf_ struct buf raw = raw_of(all_kinds()), text = {0};

	(void)state;
	assert_int_equal(print_bytes(raw.v, raw.n, NULL, &text), 0);
	assert_string_equal(text.v, all_kinds_text);
}

static void both_byte_orders_print_alike(void **state)
{
	struct btf *btf = all_kinds();
	_cleanup_buf_ struct buf raw = {0}, text = {0};

	(void)state;
	btf__set_endianness(btf, BYTE_ORDER == LITTLE_ENDIAN ? BTF_BIG_ENDIAN : BTF_LITTLE_ENDIAN);
	raw = raw_of(btf);
	assert_int_equal(print_bytes(raw.v, raw.n, NULL, &text), 0);
	assert_string_equal(text.v, all_kinds_text);
}

/* The order must not depend on ids: ties are decided by what the types consist of. */
static void order_does_not_depend_on_ids(void **state)
{
	_cleanup_buf_ struct buf first = {0};

	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		struct btf *btf = btf__new_empty();
		_cleanup_buf_ struct buf raw = {0}, text = {0};

		btf__add_int(btf, "int", 4, 0);
		for (int i = 0; i < 2; i++) {
			btf__add_struct(btf, "same", 4);
			btf__add_field(btf, i == turn ? "a" : "b", 1, 0, 0);
		}
		raw = raw_of(btf);
		assert_int_equal(print_bytes(raw.v, raw.n, NULL, &text), 0);
		/* This is bpftool's order. */
		assert_non_null(strstr(text.v, "struct same {\n\tint a;"));
		assert_non_null(strstr(text.v, "struct same___2 {\n\tint b;"));
		if (!turn)
			buf_puts(&first, text.v);
		else
			assert_string_equal(first.v, text.v);
	}
}

/* libbpf's own stack moves when more than 16 types are open; a pointer to a struct waits there. */
static void deep_declarations_are_printed_whole(void **state)
{
	struct btf *btf = btf__new_empty();
	static const char tabs[] = "\t\t\t\t\t\t\t\t\t\t\t\t\t";
	_cleanup_buf_ struct buf want = {0};
	int id = btf__add_int(btf, "int", 4, 0);

	(void)state;
	for (int depth = 0; depth < 40; depth++) {
		int type = id;

		if (depth)
			type = btf__add_const(btf, btf__add_ptr(btf, id));
		id = btf__add_struct(btf, depth < 39 ? "" : "outer", 8);
		btf__add_field(btf, "f", type, 0, 0);
	}
	buf_puts(&want, "struct outer {\n");
	for (int depth = 1; depth < 40; depth++)
		buf_printf(&want, "%.*sstruct {\n", depth, tabs);
	buf_printf(&want, "%sint f;\n%slong: 0;\n", tabs, tabs);
	for (int depth = 39; depth > 0; depth--)
		buf_printf(&want, "%.*s} * const f;\n", depth, tabs);
	buf_puts(&want, "};\n\n");
	assert_prints(btf, want.v);
}

__attribute__((format(printf, 2, 3))) static void format_both(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	format_append(b, fmt, ap);
	va_end(ap);
}

static void formatting_is_printf(void **state)
{
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	format_both(&b, "\n%s%s = %d,", "\t", "", INT32_MIN);
	format_both(&b, "%u %zd %zu", UINT32_MAX, (ssize_t)-1, SIZE_MAX);
	format_both(&b, "%lldLL %lluULL", (long long)INT64_MIN, (unsigned long long)UINT64_MAX);
	format_both(&b, "%s", "");
	/* What is not ours goes to printf as a whole. */
	format_both(&b, " %s %5d%% %s %lx|", "a", 7, "b", 255ul);
	assert_string_equal(b.v, "\n\t = -2147483648,4294967295 -1 18446744073709551615"
				 "-9223372036854775808LL 18446744073709551615ULL a     7% b ff|");
	assert_int_equal(b.n, strlen(b.v));
}

/* --- where types come from */

struct section {
	const char *name;
	uint32_t type, flags;
	const struct buf *content;
};

#define E16(x) ((uint16_t)(swap ? __builtin_bswap16((uint16_t)(x)) : (x)))
#define E32(x) ((uint32_t)(swap ? __builtin_bswap32((uint32_t)(x)) : (x)))
#define E64(x) ((uint64_t)(swap ? __builtin_bswap64((uint64_t)(x)) : (x)))

/* A minimal ELF file: header, contents, names, section headers. */
#define DEFINE_ELF(BITS)                                                                 \
	static struct buf elf##BITS##_of(bool swap, const struct section *s, uint16_t n) \
	{                                                                                \
		Elf##BITS##_Ehdr h = {.e_shentsize = E16(sizeof(Elf##BITS##_Shdr)),      \
				      .e_shnum = E16(n + 2),                             \
				      .e_shstrndx = E16(n + 1)};                         \
		Elf##BITS##_Shdr headers[4] = {0};                                       \
		struct buf b = {0}, names = {0};                                         \
		bool little = (BYTE_ORDER == LITTLE_ENDIAN) != swap;                     \
                                                                                         \
		memcpy(h.e_ident, ELFMAG, SELFMAG);                                      \
		h.e_ident[EI_CLASS] = ELFCLASS##BITS;                                    \
		h.e_ident[EI_DATA] = little ? ELFDATA2LSB : ELFDATA2MSB;                 \
		buf_add(&b, &h, sizeof(h));                                              \
		buf_putc(&names, 0);                                                     \
		for (unsigned i = 0; i < n; i++) {                                       \
			headers[i + 1].sh_name = E32(names.n);                           \
			headers[i + 1].sh_type = E32(s[i].type);                         \
			headers[i + 1].sh_flags = E##BITS(s[i].flags);                   \
			headers[i + 1].sh_offset = E##BITS(b.n);                         \
			headers[i + 1].sh_size = E##BITS(s[i].content->n);               \
			buf_add(&names, s[i].name, strlen(s[i].name) + 1);               \
			buf_add(&b, s[i].content->v, s[i].content->n);                   \
		}                                                                        \
		headers[n + 1].sh_type = E32(SHT_STRTAB);                                \
		headers[n + 1].sh_offset = E##BITS(b.n);                                 \
		headers[n + 1].sh_size = E##BITS(names.n);                               \
		buf_add(&b, names.v, names.n);                                           \
		buf_free(&names);                                                        \
		h.e_shoff = E##BITS(b.n);                                                \
		memcpy(b.v, &h, sizeof(h));                                              \
		buf_add(&b, headers, (n + 2) * sizeof(headers[0]));                      \
		return b;                                                                \
	}

DEFINE_ELF(32)
DEFINE_ELF(64)

static struct buf elf_of(const char *name, uint32_t type, uint32_t flags, const struct buf *content)
{
	struct section s = {name, type, flags, content};

	return elf64_of(false, &s, 1);
}

static void elf_files_of_all_forms_are_read(void **state)
{
	_cleanup_buf_ struct buf raw = raw_of(all_kinds());

	(void)state;
	for (int form = 0; form < 4; form++) {
		struct section part = {".BTF", SHT_PROGBITS, 0, &raw};
		_cleanup_buf_ struct buf elf =
			form & 1 ? elf64_of(form & 2, &part, 1) : elf32_of(form & 2, &part, 1);
		_cleanup_buf_ struct buf text = {0};

		if (print_bytes(elf.v, elf.n, NULL, &text) != 0)
			fail_msg("%s", said.v);
		/* With pointers of 4 bytes the same struct looks packed to libbpf. */
		if (form & 1)
			assert_string_equal(text.v, all_kinds_text);
		else
			assert_non_null(strstr(text.v, "struct node *next;\n\tlong: 32;"));
	}
}

static void elf_files_without_usable_types_are_refused(void **state)
{
	_cleanup_buf_ struct buf raw = raw_of(all_kinds()), text = {0}, elf = {0};

	(void)state;
	elf = elf_of(".text", SHT_PROGBITS, 0, &raw);
	assert_int_equal(print_bytes(elf.v, elf.n, NULL, &text), -ENODATA);
	assert_said("an ELF file without a .BTF section");
	buf_free(&elf);
	elf = elf_of(".BTF", SHT_PROGBITS, SHF_COMPRESSED, &raw);
	assert_int_equal(print_bytes(elf.v, elf.n, NULL, &text), -EOPNOTSUPP);
	assert_said("compressed");
	buf_free(&elf);
	elf = elf_of(".BTF", SHT_NOBITS, 0, &raw);
	assert_int_equal(print_bytes(elf.v, elf.n, NULL, &text), -ENODATA);
	assert_said("is empty");
	elf.v[EI_CLASS] = 7;
	assert_int_equal(print_bytes(elf.v, elf.n, NULL, &text), -EBADMSG);
	assert_said("unknown class 7");
	assert_int_equal(text.n, 0);
}

static void headers_are_copied(void **state)
{
	static const char *const headers[] = {
		"struct a;\n",
		"\xef\xbb\xbf// \xc3\xa9\r\n\tint a;\f\n",
		"#",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		_cleanup_buf_ struct buf text = {0};

		assert_int_equal(print_bytes(headers[i], strlen(headers[i]), NULL, &text), 0);
		assert_string_equal(text.v, headers[i]);
	}
}

static void other_files_are_refused(void **state)
{
	static const struct {
		const char *content;
		size_t size;
		const char *said;
	} cases[] = {
		{"", 0, "an empty file"},
		{"\211PNG\r\n", 6, "neither BTF nor text"},
		{"int a;\0", 7, "neither BTF nor text"},
		{"int a;\033[0m", 10, "neither BTF nor text"},
		{"\x9f", 1, "neither BTF nor text"},
		{"\xeb", 1, "neither BTF nor text"},
	};
	_cleanup_source_ struct btf_source s = {0};
	_cleanup_buf_ struct buf text = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(print_bytes(cases[i].content, cases[i].size, NULL, &text),
				 -ENODATA);
		assert_said(cases[i].said);
	}
	assert_int_equal(btf_source_read(dir, NULL, &s), -EISDIR);
	assert_said(dir);
	_cleanup_free_ char *absent = path_join(dir, "absent");

	assert_int_equal(btf_source_read(absent, NULL, &s), -ENOENT);
	assert_said("absent: No such file");
	assert_null(s.path);
}

/* Reads a pipe that holds data; it cannot be read in parts, as a file is. */
static int read_pipe(const void *data, size_t size, struct btf_source *ret)
{
	_cleanup_free_ char *path = NULL;
	int fds[2], err;

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(file_write_fd(fds[1], data, size), 0);
	close(fds[1]);
	path = xasprintf("/proc/self/fd/%d", fds[0]);
	err = btf_source_read(path, NULL, ret);
	close(fds[0]);
	return err;
}

static void pipes_are_read(void **state)
{
	_cleanup_buf_ struct buf raw = raw_of(all_kinds()), elf = {0};
	_cleanup_source_ struct btf_source s = {0};

	(void)state;
	assert_int_equal(read_pipe(raw.v, raw.n, &s), 0);
	assert_int_equal(s.kind, BTF_SOURCE_RAW);
	assert_int_equal(s.data.n, raw.n);
	btf_source_free(&s);
	elf = elf_of(".BTF", SHT_PROGBITS, 0, &raw);
	assert_int_equal(read_pipe(elf.v, elf.n, &s), 0);
	assert_int_equal(s.kind, BTF_SOURCE_ELF);
	assert_int_equal(s.data.n, raw.n);
	btf_source_free(&s);
	for (size_t n = 1; n < elf.n; n++)
		assert_true(read_pipe(elf.v, n, &s) < 0);
}

/* BTF of a struct that holds a struct of the base. */
static struct buf split_of(struct buf *ret_base)
{
	struct btf *base = all_kinds(), *split = btf__new_empty_split(base);
	struct buf raw;
	uint32_t size;
	const void *data;

	btf__add_struct(split, "module", 56);
	btf__add_field(split, "node", 5, 0, 0);
	btf__add_field(split, "more", 2, 384, 0);
	raw = raw_of(split);
	data = btf__raw_data(base, &size);
	buf_add(ret_base, data, size);
	btf__free(base);
	return raw;
}

static void split_btf_continues_its_base(void **state)
{
	_cleanup_buf_ struct buf base = {0}, split = split_of(&base), text = {0}, elf = {0};
	_cleanup_free_ char *path = put_file("base", base.v, base.n);

	(void)state;
	assert_int_equal(print_bytes(split.v, split.n, path, &text), 0);
	assert_non_null(strstr(text.v, "struct module {\n\tstruct node node;\n\tlong more;\n};"));
	assert_non_null(strstr(text.v, "enum color {"));
	text.n = 0;
	elf = elf_of(".BTF", SHT_PROGBITS, 0, &base);
	free(path);
	path = put_file("base", elf.v, elf.n);
	assert_int_equal(print_bytes(split.v, split.n, path, &text), 0);
}

/* As distilled for a module, so that it fits kernels that differ. */
static void an_elf_file_may_bring_its_base(void **state)
{
	_cleanup_buf_ struct buf base = {0}, split = split_of(&base), text = {0}, elf = {0};
	_cleanup_free_ char *path = put_file("base", base.v, base.n);
	struct section parts[] = {
		{".BTF", SHT_PROGBITS, 0, &split},
		{".BTF.base", SHT_PROGBITS, 0, &base},
	};

	(void)state;
	elf = elf64_of(false, parts, 2);
	assert_int_equal(print_bytes(elf.v, elf.n, NULL, &text), 0);
	assert_non_null(strstr(text.v, "struct module {"));
	assert_int_equal(print_bytes(elf.v, elf.n, path, &text), -EINVAL);
	assert_said("a base of its own");
	base.n /= 2;
	buf_free(&elf);
	elf = elf64_of(false, parts, 2);
	assert_int_equal(print_bytes(elf.v, elf.n, NULL, &text), -EBADMSG);
	assert_said("do not fit");
}

/* Reads the section from memory of exactly that size, so that reading on is noticed. */
static int read_section_of(const void *data, size_t size)
{
	_cleanup_free_ uint8_t *exact = xmalloc(size);
	struct elf_image image = {.data = exact, .size = size};
	_cleanup_buf_ struct buf content = {0};
	int err;

	memcpy(exact, data, size);
	said.n = 0;
	err = elf_read_section(&image, ".BTF", SIZE_MAX / 2, "file", &content);
	assert_true(err == -ENOENT || err == 0 || said.n > 0);
	return err;
}

/* Wherever the file ends, and whatever word of it is all ones. */
static void damaged_elf_files_are_refused(void **state)
{
	_cleanup_buf_ struct buf raw = raw_of(all_kinds()), elf = {0};

	(void)state;
	elf = elf_of(".BTF", SHT_PROGBITS, 0, &raw);
	assert_int_equal(read_section_of(elf.v, elf.n), 0);
	for (size_t n = 0; n < elf.n; n++) {
		_cleanup_buf_ struct buf text = {0};

		assert_int_equal(read_section_of(elf.v, n), -EBADMSG);
		said.n = 0;
		assert_true(print_bytes(elf.v, n, NULL, &text) < 0 && said.n > 0);
	}
	for (size_t at = 0; at < elf.n; at += 4) {
		_cleanup_buf_ struct buf text = {0};
		uint32_t old, new = UINT32_MAX;

		memcpy(&old, elf.v + at, 4);
		memcpy(elf.v + at, &new, 4);
		read_section_of(elf.v, elf.n);
		said.n = 0;
		assert_true(print_bytes(elf.v, elf.n, NULL, &text) == 0 || said.n > 0);
		memcpy(elf.v + at, &old, 4);
	}
}

static void bases_that_do_not_fit_are_refused(void **state)
{
	_cleanup_buf_ struct buf base = {0}, split = split_of(&base), text = {0};
	_cleanup_free_ char *base_path = put_file("base", base.v, base.n);
	_cleanup_free_ char *split_path = put_file("split", split.v, split.n);
	_cleanup_free_ char *text_path = put_file("text", "int a;", 6);

	(void)state;
	assert_int_equal(print_bytes(split.v, split.n, NULL, &text), -EBADMSG);
	assert_said("--base");
	assert_int_equal(print_bytes(base.v, base.n, base_path, &text), -EBADMSG);
	assert_said("complete in itself");
	assert_int_equal(print_bytes(split.v, split.n, split_path, &text), -EBADMSG);
	assert_said("--base");
	assert_int_equal(print_bytes(split.v, split.n, text_path, &text), -ENODATA);
	assert_said("text: not BTF");
	assert_int_equal(print_bytes("int a;", 6, base_path, &text), -EINVAL);
	assert_said("a C header has no base");
	assert_int_equal(print_bytes(split.v, split.n, "/absent", &text), -ENOENT);
	assert_said("/absent");
}

static int remove_files(void **state)
{
	_cleanup_free_ char *cmd = xasprintf("rm -r %s", dir);

	(void)state;
	buf_free(&said);
	return system(cmd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_printed),
		cmocka_unit_test(both_byte_orders_print_alike),
		cmocka_unit_test(order_does_not_depend_on_ids),
		cmocka_unit_test(deep_declarations_are_printed_whole),
		cmocka_unit_test(formatting_is_printf),
		cmocka_unit_test(elf_files_of_all_forms_are_read),
		cmocka_unit_test(elf_files_without_usable_types_are_refused),
		cmocka_unit_test(headers_are_copied),
		cmocka_unit_test(other_files_are_refused),
		cmocka_unit_test(pipes_are_read),
		cmocka_unit_test(split_btf_continues_its_base),
		cmocka_unit_test(an_elf_file_may_bring_its_base),
		cmocka_unit_test(damaged_elf_files_are_refused),
		cmocka_unit_test(bases_that_do_not_fit_are_refused),
	};

	if (!mkdtemp(dir))
		return 1;
	message_set_sink(keep_message, NULL);
	return cmocka_run_group_tests_name("btf_source", tests, NULL, remove_files);
}
