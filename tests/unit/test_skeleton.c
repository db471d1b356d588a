#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <bpf/btf.h>
#include <elf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/message.h"
#include "base/str.h"
#include "btf/twin.h"
#include "gen/skeleton.h"

/* --- objects to read: what a compiler would make, with one program and three data sections --- */

struct object_options {
	const char *program, *map; /* names */
	uint32_t second_offset;	   /* of the second variable in .data */
	uint16_t machine;
	uint32_t elements; /* of the array that is not shown */
	uint32_t map_size; /* of the struct that describes the map */
};

static const struct object_options usual = {"work", "numbers", 8, EM_BPF, 1, 32};

enum { S_NULL, S_NAMES, S_SYMBOLS, S_CODE, S_RELOCS, S_LICENSE, S_DATA, S_BSS, S_MAPS, S_BTF, S_N };

struct builder {
	struct buf out, names;
	Elf64_Shdr sections[S_N];
	Elf64_Sym symbols[8];
	unsigned n_symbols;
};

static uint32_t add_name(struct builder *b, const char *name)
{
	uint32_t at = (uint32_t)b->names.n;

	buf_add(&b->names, name, strlen(name) + 1);
	return at;
}

static void add_section(struct builder *b, unsigned i, const char *name, uint32_t type,
			uint64_t flags, const void *data, size_t size)
{
	while (b->out.n % 8)
		buf_putc(&b->out, 0);
	b->sections[i] = (Elf64_Shdr){
		/* The names are written last, when none may be added. */
		.sh_name = i == S_NAMES ? 0 : add_name(b, name),
		.sh_type = type,
		.sh_flags = flags,
		.sh_offset = b->out.n,
		.sh_size = size,
		.sh_addralign = 8,
	};
	if (type != SHT_NOBITS)
		buf_add(&b->out, data, size);
}

static void add_symbol(struct builder *b, const char *name, unsigned section, unsigned type,
		       uint64_t at, uint64_t size)
{
	b->symbols[b->n_symbols++] = (Elf64_Sym){
		.st_name = add_name(b, name),
		.st_info = ELF64_ST_INFO(STB_GLOBAL, type),
		.st_shndx = (uint16_t)section,
		.st_value = at,
		.st_size = size,
	};
}

static int add_variable(struct btf *btf, const char *name, int type)
{
	return btf__add_var(btf, name, BTF_VAR_GLOBAL_ALLOCATED, type);
}

/* A map of the new kind: a struct whose members' types are its properties. */
static int add_map_type(struct btf *btf, int int_id, const char *name, uint32_t size)
{
	static const struct {
		const char *name;
		uint32_t value;
	} properties[] = {{"type", BPF_MAP_TYPE_ARRAY},
			  {"max_entries", 4},
			  {"key_size", 4},
			  {"value_size", 8}};
	int pointers[4], map;

	for (unsigned i = 0; i < 4; i++)
		pointers[i] =
			btf__add_ptr(btf, btf__add_array(btf, int_id, int_id, properties[i].value));
	map = btf__add_struct(btf, NULL, size);
	for (unsigned i = 0; i < 4; i++)
		btf__add_field(btf, properties[i].name, pointers[i], 64 * i, 0);
	return add_variable(btf, name, map);
}

static struct btf *make_types(const struct object_options *o)
{
	struct btf *btf = btf__new_empty();
	int int_id = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int long_id = btf__add_int(btf, "long long", 8, BTF_INT_SIGNED);
	int none_id = btf__add_func_proto(btf, 0);
	int first = add_variable(btf, "count", long_id),
	    second = add_variable(btf, "limit", int_id);
	int array_id = btf__add_array(btf, int_id, int_id, o->elements);
	int third = btf__add_var(btf, "hidden", BTF_VAR_STATIC, array_id);
	int early = add_variable(btf, "early", int_id);
	int callback = add_variable(btf, "callback", btf__add_ptr(btf, none_id));
	int map = add_map_type(btf, int_id, o->map, o->map_size);
	int proto = btf__add_func_proto(btf, int_id);

	btf__add_func_param(btf, "ctx", btf__add_ptr(btf, 0));
	btf__add_func(btf, o->program, BTF_FUNC_GLOBAL, proto);
	btf__add_datasec(btf, ".data", 16);
	btf__add_datasec_var_info(btf, first, 0, 8);
	btf__add_datasec_var_info(btf, second, o->second_offset, 4);
	btf__add_datasec_var_info(btf, third, 12, 4);
	btf__add_datasec(btf, ".bss", 16);
	btf__add_datasec_var_info(btf, early, 0, 4);
	btf__add_datasec_var_info(btf, callback, 8, 8);
	btf__add_datasec(btf, ".maps", 32);
	btf__add_datasec_var_info(btf, map, 0, 32);
	return btf;
}

static void add_sections(struct builder *b, const struct object_options *o)
{
	const struct bpf_insn code[] = {
		{.code = 0x18, .dst_reg = 1}, {0}, {.code = 0xb7}, {.code = 0x95}};
	const Elf64_Rel relocation = {.r_offset = 0, .r_info = ELF64_R_INFO(3, 1)};
	const char zeros[32] = {0};
	struct btf *btf = make_types(o);
	const void *raw;
	uint32_t size;

	raw = btf__raw_data(btf, &size);
	add_section(b, S_CODE, "socket", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, code,
		    sizeof(code));
	add_section(b, S_RELOCS, ".relsocket", SHT_REL, 0, &relocation, sizeof(relocation));
	add_section(b, S_LICENSE, "license", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, "GPL", 4);
	add_section(b, S_DATA, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, "\7\0\0\0", 4);
	buf_add(&b->out, zeros, 12);
	b->sections[S_DATA].sh_size = 16;
	add_section(b, S_BSS, ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, NULL, 16);
	add_section(b, S_MAPS, ".maps", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, zeros, 32);
	add_section(b, S_BTF, ".BTF", SHT_PROGBITS, 0, raw, size);
	btf__free(btf);
	b->sections[S_RELOCS].sh_entsize = sizeof(Elf64_Rel);
	b->sections[S_RELOCS].sh_link = S_SYMBOLS;
	b->sections[S_RELOCS].sh_info = S_CODE;
}

static struct buf make_object(const struct object_options *o)
{
	struct builder b = {.n_symbols = 1};
	Elf64_Ehdr header = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			    EV_CURRENT},
		.e_type = ET_REL,
		.e_machine = o->machine,
		.e_version = EV_CURRENT,
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = S_N,
		.e_shstrndx = S_NAMES,
	};

	if (BYTE_ORDER == BIG_ENDIAN)
		header.e_ident[EI_DATA] = ELFDATA2MSB;
	buf_add(&b.out, &header, sizeof(header));
	add_name(&b, "");
	add_sections(&b, o);
	add_symbol(&b, o->program, S_CODE, STT_FUNC, 0, 32);
	add_symbol(&b, "LICENSE", S_LICENSE, STT_OBJECT, 0, 4);
	add_symbol(&b, "count", S_DATA, STT_OBJECT, 0, 8);
	add_symbol(&b, "limit", S_DATA, STT_OBJECT, 8, 4);
	add_symbol(&b, "early", S_BSS, STT_OBJECT, 0, 4);
	add_symbol(&b, "callback", S_BSS, STT_OBJECT, 8, 8);
	add_symbol(&b, o->map, S_MAPS, STT_OBJECT, 0, 32);
	add_section(&b, S_SYMBOLS, ".symtab", SHT_SYMTAB, 0, b.symbols,
		    b.n_symbols * sizeof(Elf64_Sym));
	b.sections[S_SYMBOLS].sh_entsize = sizeof(Elf64_Sym);
	b.sections[S_SYMBOLS].sh_link = S_NAMES;
	b.sections[S_SYMBOLS].sh_info = 1;
	add_section(&b, S_NAMES, "", SHT_STRTAB, 0, b.names.v, b.names.n);
	while (b.out.n % 8)
		buf_putc(&b.out, 0);
	((Elf64_Ehdr *)b.out.v)->e_shoff = b.out.n;
	buf_add(&b.out, b.sections, sizeof(b.sections));
	buf_free(&b.names);
	return b.out;
}

/* --- running it --- */

struct said {
	unsigned errors;
	char text[1024];
};

static void listen(enum message_level level, const char *text, void *arg)
{
	struct said *said = arg;

	if (level != MESSAGE_ERROR)
		return;
	said->errors++;
	snprintf(said->text, sizeof(said->text), "%s", text);
}

static int generate(const void *data, size_t size, const char *file, const char *name,
		    struct buf *ret, struct said *said)
{
	struct skeleton_options options = {.file_name = file, .name = name};
	int err;

	*said = (struct said){0};
	message_set_sink(listen, said);
	err = skeleton_generate(data, size, &options, ret);
	message_set_sink(NULL, NULL);
	return err;
}

static void assert_has(const struct buf *text, const char *part)
{
	if (!text->v || !strstr(text->v, part))
		fail_msg("the header lacks: %s", part);
}

static void assert_refused(const struct object_options *o, const char *file, const char *name,
			   int err, const char *why)
{
	_cleanup_buf_ struct buf object = make_object(o), text = {0};
	struct said said;

	buf_puts(&text, "before");
	assert_int_equal(generate(object.v, object.n, file, name, &text, &said), err);
	assert_int_equal(said.errors, 1);
	if (!strstr(said.text, why))
		fail_msg("'%s' is not in: %s", why, said.text);
	assert_string_equal(text.v, "before");
}

static void header_has_what_the_object_has(void **state)
{
	static const char *const parts[] = {
		"#ifndef __A_B_BPF_SKEL_H__",
		"\tstruct {\n\t\tstruct bpf_map *numbers;\n\t\tstruct bpf_map *data;\n"
		"\t\tstruct bpf_map *bss;\n\t} maps;\n",
		"\tstruct {\n\t\tstruct bpf_program *work;\n\t} progs;\n",
		"\tstruct {\n\t\tstruct bpf_link *work;\n\t} links;\n",
		"\tstruct a_b_bpf__data {\n\t\tlong long count;\n\t\tint limit;\n\t} *data;\n",
		/* Where pointers have 4 bytes the compiler would leave no gap. */
		"\tstruct a_b_bpf__bss {\n\t\tint early;\n\t\tchar __pad0[4];\n\t\tvoid "
		"(*callback)(void);\n\t} "
		"*bss;\n",
		"SKEP_ASSERT(sizeof(s->data->count) == 8,",
		"map->name = \"a_b_bpf.data\";\n\tmap->map = &obj->maps.data;\n"
		"\tmap->mmaped = (void **)&obj->data;\n",
		"s->progs[0].link = &obj->links.work;\n",
		"\"\\\n\\177ELF\\2\\1\\1\\0",
	};
	_cleanup_buf_ struct buf object = make_object(&usual), text = {0}, again = {0};
	struct said said;

	(void)state;
	if (BYTE_ORDER == BIG_ENDIAN)
		skip();
	assert_int_equal(generate(object.v, object.n, "x/a-b.bpf.o", NULL, &text, &said), 0);
	assert_int_equal(said.errors, 0);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		assert_has(&text, parts[i]);
	assert_null(strstr(text.v, "hidden;"));
	assert_int_equal(generate(object.v, object.n, "y/a-b.bpf.o", NULL, &again, &said), 0);
	assert_string_equal(text.v, again.v);
}

/* Cuts the object's bytes out of a skeleton and returns them as they are spelled. Caller frees. */
static char *cut_bytes(struct buf *text)
{
	char *start = strstr(text->v, "\"\\\n"), *end = start ? strstr(start, "\";\n") : NULL,
	     *bytes;

	if (!end)
		fail_msg("the header has no bytes");
	bytes = xstrndup(start, (size_t)(end - start));
	memmove(start, end, strlen(end) + 1);
	return bytes;
}

static void twins_have_one_skeleton_but_for_the_bytes(void **state)
{
	_cleanup_buf_ struct buf object = make_object(&usual), twin = {0}, text = {0},
				 twin_text = {0};
	_cleanup_free_ char *bytes = NULL, *twin_bytes = NULL;
	struct said said;

	(void)state;
	assert_int_equal(object_twin(object.v, object.n, "a.o", &twin), 0);
	assert_int_equal(generate(object.v, object.n, "a.o", NULL, &text, &said), 0);
	assert_int_equal(generate(twin.v, twin.n, "a.o", NULL, &twin_text, &said), 0);
	assert_int_equal(said.errors, 0);
	bytes = cut_bytes(&text);
	twin_bytes = cut_bytes(&twin_text);
	assert_string_equal(text.v, twin_text.v);
	assert_non_null(
		strstr(BYTE_ORDER == LITTLE_ENDIAN ? bytes : twin_bytes, "\\177ELF\\2\\1\\1\\0"));
	assert_non_null(
		strstr(BYTE_ORDER == LITTLE_ENDIAN ? twin_bytes : bytes, "\\177ELF\\2\\2\\1\\0"));
}

static void struct_is_named_as_bpftool_names_it(void **state)
{
	static const struct {
		const char *file, *name, *expected;
	} cases[] = {
		{"a.bpf.o", NULL, "struct a_bpf {"},
		{"a.o", NULL, "struct a {"},
		{"a", NULL, "struct a {"},
		{"d.o/a.b-c d.o.bpf.o", NULL, "struct a_b_c_d_o_bpf {"},
		{"a.bpf.o", "other", "struct other {"},
		/* Cut before ".o" is looked for. */
		{"a23456789a123456789b123456789c123456789d123456789e123456789f1.o", NULL,
		 "struct a23456789a123456789b123456789c123456789d123456789e123456789f1 {"},
		{"a23456789a123456789b123456789c123456789d123456789e123456789f12.o", NULL,
		 "struct a23456789a123456789b123456789c123456789d123456789e123456789f12_ {"},
	};
	_cleanup_buf_ struct buf object = make_object(&usual);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf text = {0};
		struct said said;

		assert_int_equal(
			generate(object.v, object.n, cases[i].file, cases[i].name, &text, &said),
			0);
		assert_has(&text, cases[i].expected);
	}
}

static void names_that_c_rejects_are_refused(void **state)
{
	struct object_options o = usual;

	(void)state;
	assert_refused(&o, "3a.bpf.o", NULL, -EINVAL, "'struct 3a_bpf'");
	assert_refused(&o, "int.o", NULL, -EINVAL, "'struct int'");
	assert_refused(&o, ".o", NULL, -EINVAL, "'struct '");
	assert_refused(&o, "a.o", "a-b", -EINVAL, "'a-b'");
	o.program = "while";
	assert_refused(&o, "a.o", NULL, -EINVAL, "program 'while'");
	o = usual;
	o.map = "a.b";
	assert_refused(&o, "a.o", NULL, -EINVAL, "map 'a.b'");
	o.map = "data"; /* .data has that name already */
	assert_refused(&o, "a.o", NULL, -EEXIST, "map 'data'");
}

static void damaged_objects_are_refused(void **state)
{
	_cleanup_buf_ struct buf text = {0};
	struct object_options o = usual;
	struct said said;

	(void)state;
	assert_int_equal(generate("", 0, "a.o", NULL, &text, &said), -ENOEXEC);
	assert_int_equal(generate("int main;", 9, "a.o", NULL, &text, &said), -ENOEXEC);
	assert_int_equal(said.errors, 1);
	assert_int_equal(text.n, 0);
	o.machine = EM_X86_64;
	assert_refused(&o, "a.o", NULL, -ENOEXEC, "-target bpf");
	o = usual;
	o.second_offset = 4;
	assert_refused(&o, "a.o", NULL, -EBADMSG, "'limit' overlaps");
	o = usual;
	o.elements = 0x3fffffff;
	assert_refused(&o, "a.o", NULL, -EBADMSG, "variable 'hidden' has 4294967292 bytes");
	o = usual;
	o.map_size = 31;
	assert_refused(&o, "a.o", NULL, -EBADMSG, "'numbers' is smaller than its members");
}

/* Sets a field of size bytes, at an offset from the start of a section's header or content. */
static void set_field(struct buf *object, unsigned section, bool content, size_t field, size_t size,
		      int64_t value)
{
	Elf64_Shdr *headers = (Elf64_Shdr *)(object->v + ((Elf64_Ehdr *)object->v)->e_shoff);
	char *base = content ? object->v + headers[section].sh_offset : (char *)&headers[section];

	assert_int_equal(BYTE_ORDER, LITTLE_ENDIAN);
	memcpy(base + field, &value, size);
}

static void the_message_says_what_is_damaged(void **state)
{
#define HEADER(section, member) \
	section, false, offsetof(Elf64_Shdr, member), sizeof(((Elf64_Shdr *)0)->member)
#define SYMBOL(member)                                                    \
	S_SYMBOLS, true, sizeof(Elf64_Sym) + offsetof(Elf64_Sym, member), \
		sizeof(((Elf64_Sym *)0)->member)
	static const struct {
		unsigned section;
		bool content;
		size_t field, size;
		int64_t value;
		const char *why;
	} cases[] = {
		{HEADER(S_DATA, sh_offset), 1 << 20, "section 6 of 16 bytes lies outside"},
		{HEADER(S_DATA, sh_offset), -8, "section 6 of 16 bytes lies outside"},
		{HEADER(S_DATA, sh_size), -1, "section 6 of 18446744073709551615 bytes"},
		{HEADER(S_BSS, sh_size), (int64_t)1 << 40, "section 7 of 1099511627776 bytes"},
		{HEADER(S_DATA, sh_flags), SHF_COMPRESSED, "section 6 is compressed"},
		{HEADER(S_DATA, sh_name), 1 << 20, "section 6 has no name"},
		{HEADER(S_NAMES, sh_size), 3, "strings of section 1 have no end"},
		{HEADER(S_NAMES, sh_type), SHT_PROGBITS, "section 1 should be strings"},
		{HEADER(S_LICENSE, sh_type), SHT_NOBITS, "'license' has no content"},
		{HEADER(S_SYMBOLS, sh_link), S_CODE, "section 3 should be strings"},
		{HEADER(S_SYMBOLS, sh_entsize), 16, "symbols of 16 bytes"},
		{SYMBOL(st_name), 1 << 20, "symbol 1 has no name"},
		{SYMBOL(st_shndx), 77, "symbol 'work' lies outside"},
		{SYMBOL(st_value), 8, "symbol 'work' lies outside"},
		{SYMBOL(st_size), -1, "symbol 'work' lies outside"},
		{HEADER(S_RELOCS, sh_info), 77, "'.relsocket' should hold relocations"},
		{HEADER(S_RELOCS, sh_link), S_CODE, "'.relsocket' should hold relocations"},
		{S_RELOCS, true, offsetof(Elf64_Rel, r_offset), 8, 32, "points nowhere"},
		{S_RELOCS, true, offsetof(Elf64_Rel, r_info) + 4, 4, 77, "points nowhere"},
		{S_BTF, true, 0, 2, 0, "not BTF"},
	};

	(void)state;
	if (BYTE_ORDER == BIG_ENDIAN)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf object = make_object(&usual), text = {0};
		struct said said;

		set_field(&object, cases[i].section, cases[i].content, cases[i].field,
			  cases[i].size, cases[i].value);
		assert_true(generate(object.v, object.n, "a.o", NULL, &text, &said) < 0);
		assert_int_equal(said.errors, 1);
		if (!strstr(said.text, cases[i].why))
			fail_msg("'%s' is not in: %s", cases[i].why, said.text);
	}
}

/* Runs one damaged copy; the children of the two tests below exit with what it returns. */
static int run_damaged(const char *data, size_t size)
{
	_cleanup_buf_ struct buf text = {0};
	struct said said;
	int err = generate(data, size, "a.bpf.o", NULL, &text, &said);

	return err > 0 || (err < 0) != (said.errors == 1) || (err < 0 && text.n);
}

static void assert_child_is_fine(pid_t pid, size_t at)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		fail_msg("signal %d at %zu", WTERMSIG(status), at);
	if (WEXITSTATUS(status))
		fail_msg("wrong answer at %zu", at);
}

/* *state says whether it is foreign. */
static struct buf make_either(void **state)
{
	struct buf object = make_object(&usual), twin = {0};

	if (!*state)
		return object;
	assert_int_equal(object_twin(object.v, object.n, "a.o", &twin), 0);
	buf_free(&object);
	return twin;
}

static void no_length_of_it_is_taken_for_the_whole(void **state)
{
	_cleanup_buf_ struct buf object = make_either(state);
	pid_t pid = fork();

	if (pid == 0) {
		alarm(60);
		for (size_t size = 0; size < object.n; size++) {
			/* Where a read beyond the end is most likely to be noticed. */
			char *copy = malloc(size ? size : 1);
			_cleanup_buf_ struct buf text = {0};
			struct said said;

			memcpy(copy, object.v, size);
			if (generate(copy, size, "a.bpf.o", NULL, &text, &said) >= 0 ||
			    said.errors != 1)
				_exit(1);
			free(copy);
		}
		_exit(0);
	}
	assert_child_is_fine(pid, 0);
}

static void no_changed_word_makes_it_crash(void **state)
{
	static const uint32_t values[] = {0, 1, 0x7fffffff, 0xffffffff, 0x10000};
	_cleanup_buf_ struct buf object = make_either(state);

	for (size_t at = 0; at + 4 <= object.n; at += 4) {
		pid_t pid = fork();

		if (pid == 0) {
			int wrong = 0;

			alarm(60);
			for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
				char saved[4];

				memcpy(saved, object.v + at, 4);
				memcpy(object.v + at, &values[i], 4);
				wrong |= run_damaged(object.v, object.n);
				memcpy(object.v + at, saved, 4);
			}
			_exit(wrong);
		}
		assert_child_is_fine(pid, at);
	}
}

int main(void)
{
	static bool foreign = true;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_has_what_the_object_has),
		cmocka_unit_test(twins_have_one_skeleton_but_for_the_bytes),
		cmocka_unit_test(struct_is_named_as_bpftool_names_it),
		cmocka_unit_test(names_that_c_rejects_are_refused),
		cmocka_unit_test(damaged_objects_are_refused),
		cmocka_unit_test(the_message_says_what_is_damaged),
		cmocka_unit_test(no_length_of_it_is_taken_for_the_whole),
		cmocka_unit_test(no_changed_word_makes_it_crash),
		{"no length of a foreign one is taken for the whole",
		 no_length_of_it_is_taken_for_the_whole, NULL, NULL, &foreign},
		{"no changed word of a foreign one makes it crash", no_changed_word_makes_it_crash,
		 NULL, NULL, &foreign},
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
