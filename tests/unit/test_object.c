#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>

#include <cmocka.h>

#include "base/message.h"
#include "canonical_invent.h"
#include "canonical_opened.h"

static unsigned n_messages;

static void count_message(enum message_level level, const char *text, void *arg)
{
	(void)level;
	(void)arg;
	assert_non_null(strstr(text, "test.o"));
	n_messages++;
}

static int quietly_finish(const void *in, size_t size, struct buf *ret)
{
	int err;

	n_messages = 0;
	message_set_sink(count_message, NULL);
	err = object_finish(in, size, "test.o", &plain, ret);
	message_set_sink(NULL, NULL);
	assert_int_equal(n_messages, err < 0);
	return err;
}

/* libbpf's linker leaves the ids of before in instructions. */
static void stale_immediates_are_renewed(void **state)
{
	_cleanup_buf_ struct buf in = {0}, stale = {0}, fresh = {0};
	struct model m = {.n = 4, .n_core = 1};
	struct opened o;
	size_t at;

	(void)state;
	for (uint32_t i = 1; i <= m.n; i++)
		m.types[i] = (struct model_type){.kind = BTF_KIND_INT, .name = "", .fixed = {i}};
	m.core[0] = (struct model_record){MODEL_PROG_A, 16, 3, BPF_CORE_TYPE_ID_LOCAL, "", "0"};
	model_write(&m, 1, false, &in);
	assert_int_equal(object_finish(in.v, in.n, "test.o", &plain, &fresh), 0);
	open_object(&in, &o);
	at = o.elf.sections.v[MODEL_PROG_A].h.sh_offset + 16 + 4;
	close_object(&o);
	in.v[at] = 77;
	assert_int_equal(object_finish(in.v, in.n, "test.o", &plain, &stale), 0);
	assert_same_bytes(&fresh, &stale);
}

static const struct canonical_section *find(const struct canonical_elf *e, const char *name)
{
	uint32_t i = canonical_find_section(e, name);

	return i ? &e->sections.v[i] : NULL;
}

static void check_debug(bool keep)
{
	_cleanup_buf_ struct buf in = {0}, out = {0};
	struct object_options o = {.keep_debug = keep};
	_cleanup_canonical_elf_ struct canonical_elf e = {0};
	const struct canonical_section *s;
	struct model m;
	uint32_t n_files = 0;

	model_invent(3, 4, 2, &m);
	model_write(&m, 3, false, &in);
	assert_int_equal(object_finish(in.v, in.n, "test.o", &o, &out), 0);
	assert_int_equal(canonical_elf_read(out.v, out.n, "test.o", &e), 0);
	assert_int_equal(!!find(&e, ".debug_info"), keep);
	assert_int_equal(!!find(&e, ".rel.debug_info"), keep);
	assert_null(find(&e, ".llvm_addrsig"));
	vec_foreach (y, &e.symbols) {
		n_files += ELF64_ST_TYPE(y->s.st_info) == STT_FILE;
		if (ELF64_ST_TYPE(y->s.st_info) == STT_OBJECT && y->s.st_shndx)
			assert_true(str_eq(e.sections.v[y->s.st_shndx].name, ".maps") ||
				    str_eq(e.sections.v[y->s.st_shndx].name, ".data"));
	}
	assert_int_equal(n_files, keep);
	/* One local symbol for none, two for sections, and two that debug information needs. */
	assert_int_equal(find(&e, ".symtab")->h.sh_info, keep ? MODEL_SYMBOLS : MODEL_SYMBOLS - 2);
	s = find(&e, ".rel.BTF");
	assert_string_equal(e.sections.v[s->h.sh_info].name, ".BTF");
	assert_string_equal(e.sections.v[s->h.sh_link].name, ".symtab");
	assert_int_equal(canonical_n_relocs(s), 2 * MODEL_PARTS);
	for (uint32_t i = 0; i < canonical_n_relocs(s); i++) {
		struct canonical_reloc r = canonical_get_reloc(&e, s, i);

		assert_int_equal(ELF64_ST_TYPE(e.symbols.v[r.symbol].s.st_info), STT_OBJECT);
	}
	for (uint32_t i = 1; i < e.sections.n; i++)
		if (e.sections.v[i].h.sh_addralign)
			assert_int_equal(
				e.sections.v[i].h.sh_offset % e.sections.v[i].h.sh_addralign, 0);
}

static void debug_information_goes_or_stays(void **state)
{
	(void)state;
	check_debug(false);
	check_debug(true);
}

static void check_path(const char *path, const char *expected)
{
	static const struct object_path paths[] = {
		{"/home/me/project", ""},
		{"/home/me", "home"},
		{"/usr/include", "system"},
		{"/usr/include/bpf", "bpf"},
	};
	struct object_options options = {.paths = paths, .n_paths = ARRAY_SIZE(paths)};
	_cleanup_buf_ struct buf in = {0}, out = {0};
	struct model m = {.n = 1, .n_lines = 1};
	struct opened o;

	m.types[1] = (struct model_type){.kind = BTF_KIND_FWD, .name = path};
	m.lines[0] = (struct model_record){.section = MODEL_PROG_A, .path = path, .text = path};
	model_write(&m, 1, false, &in);
	assert_int_equal(object_finish(in.v, in.n, "test.o", &options, &out), 0);
	open_object(&out, &o);
	assert_string_equal(string_at(&o, o.ext.lists[1].records.v[0].words[1]), expected);
	/* The same text elsewhere is no path. */
	assert_string_equal(string_at(&o, o.ext.lists[1].records.v[0].words[2]), path);
	assert_string_equal(canonical_name(&o.types, 1), path);
	close_object(&o);
}

static void paths_get_names_without_a_place(void **state)
{
	(void)state;
	check_path("./src/a.bpf.c", "src/a.bpf.c");
	check_path("./src/../inc/b.h", "src/../inc/b.h");
	check_path("/home/me/project/src/a.bpf.c", "src/a.bpf.c");
	check_path("/home/me/project2/a.h", "home/project2/a.h");
	check_path("/usr/include/linux/bpf.h", "system/linux/bpf.h");
	check_path("/usr/include/bpf//bpf_helpers.h", "bpf/bpf_helpers.h");
	check_path("/usr/includes/x.h", "/usr/includes/x.h");
	check_path("/home/me/project", ".");
}

static void cut_off_objects_are_refused(void **state)
{
	_cleanup_buf_ struct buf in = {0};
	struct model m;

	(void)state;
	model_invent(21, 6, 3, &m);
	model_write(&m, 4, false, &in);
	for (size_t n = 0; n < in.n; n++) {
		_cleanup_buf_ struct buf out = {0};
		_cleanup_free_ char *exact = xmalloc(n + 1);

		memcpy(exact, in.v, n);
		assert_true(quietly_finish(exact, n, &out) < 0);
		assert_int_equal(out.n, 0);
	}
}

/* Names that are ends of one long name would take more room with every type. */
static void overlapping_names_are_refused(void **state)
{
	_cleanup_free_ char *name = xmalloc((1 << 20) + 1);
	_cleanup_buf_ struct buf in = {0}, out = {0};
	struct model m = {.n = 60};
	struct opened o;
	uint32_t *record;

	(void)state;
	memset(name, 'a', 1 << 20);
	name[1 << 20] = '\0';
	for (uint32_t i = 1; i <= m.n; i++)
		m.types[i] = (struct model_type){.kind = BTF_KIND_FWD, .name = name};
	model_write(&m, 0, false, &in);
	open_object(&in, &o);
	record = (uint32_t *)(in.v + (o.types.view.types - (uint8_t *)in.v));
	close_object(&o);
	assert_int_equal(quietly_finish(in.v, in.n, &out), 0);
	for (uint32_t i = 0; i < m.n; i++)
		record[3 * i] += i;
	out.n = 0;
	assert_int_equal(quietly_finish(in.v, in.n, &out), -EBADMSG);
}

static void damaged_objects_do_no_harm(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		_cleanup_buf_ struct buf in = {0}, out = {0};
		struct model m;

		model_invent(round % 50, 6, 3, &m);
		model_write(&m, round, round & 1, &in);
		for (int i = 0; i < 3; i++)
			in.v[model_below(&random, (uint32_t)in.n)] ^= 1 << model_below(&random, 8);
		quietly_finish(in.v, in.n, &out);
	}
}

/* Changes a 16-bit field of the file header. */
static int finish_changed(size_t field, uint16_t value)
{
	_cleanup_buf_ struct buf in = {0}, out = {0};
	struct model m;

	model_invent(2, 6, 3, &m);
	model_write(&m, 2, false, &in);
	memcpy(in.v + field, &value, sizeof(value));
	return quietly_finish(in.v, in.n, &out);
}

static void other_files_are_refused(void **state)
{
	_cleanup_buf_ struct buf out = {0};

	(void)state;
	assert_int_equal(quietly_finish("", 0, &out), -EOPNOTSUPP);
	assert_int_equal(quietly_finish("BC\xc0\xde and the rest of a file of bitcode, which is "
					"longer than a header",
					70, &out),
			 -EOPNOTSUPP);
	assert_int_equal(finish_changed(offsetof(Elf64_Ehdr, e_machine), EM_X86_64), -EOPNOTSUPP);
	assert_int_equal(finish_changed(offsetof(Elf64_Ehdr, e_type), ET_EXEC), -EOPNOTSUPP);
	assert_int_equal(finish_changed(EI_CLASS, ELFCLASS32), -EOPNOTSUPP);
	assert_int_equal(finish_changed(offsetof(Elf64_Ehdr, e_shnum), 0), -EOPNOTSUPP);
	assert_int_equal(finish_changed(offsetof(Elf64_Ehdr, e_shstrndx), 99), -EBADMSG);
	assert_int_equal(finish_changed(offsetof(Elf64_Ehdr, e_shstrndx), MODEL_BTF), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stale_immediates_are_renewed),
		cmocka_unit_test(debug_information_goes_or_stays),
		cmocka_unit_test(paths_get_names_without_a_place),
		cmocka_unit_test(cut_off_objects_are_refused),
		cmocka_unit_test(overlapping_names_are_refused),
		cmocka_unit_test(damaged_objects_do_no_harm),
		cmocka_unit_test(other_files_are_refused),
	};

	return cmocka_run_group_tests_name("object", tests, NULL, NULL);
}
