#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>

#include <cmocka.h>

#include "base/message.h"
#include "base/path.h"
#include "btf/canonical_ext.h"
#include "btf/canonical_types.h"
#include "btf/object.h"
#include "canonical_model.h"

static const struct object_options plain;

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

static void finish_model(const struct model *m, uint64_t seed, bool swap, struct buf *ret)
{
	_cleanup_buf_ struct buf in = {0};

	model_write(m, seed, swap, &in);
	assert_int_equal(object_finish(in.v, in.n, "test.o", &plain, ret), 0);
}

static void assert_same_bytes(const struct buf *a, const struct buf *b)
{
	assert_int_equal(a->n, b->n);
	assert_memory_equal(a->v, b->v, a->n);
}

static void order_of_input_does_not_matter(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 3000; i++) {
		_cleanup_buf_ struct buf first = {0};
		struct model m;

		model_invent(i, 1 + i % 6, i % 4, &m);
		finish_model(&m, 0, i & 1, &first);
		for (uint64_t seed = 1; seed <= 3; seed++) {
			_cleanup_buf_ struct buf other = {0};

			finish_model(&m, seed, i & 1, &other);
			assert_same_bytes(&first, &other);
		}
	}
}

/*
 * Rings of pointers: nothing leads to them, all types look alike, and only how they hang together
 * tells them apart.
 */
static void rings_are_told_apart(void **state)
{
	static const uint32_t rings[] = {3, 5, 3, 1, 8, 1, 2, 5};

	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		_cleanup_buf_ struct buf first = {0}, other = {0};
		struct model m = {0};

		for (size_t i = 0; i < ARRAY_SIZE(rings); i++) {
			uint32_t start = m.n + 1;

			for (uint32_t j = 0; j < rings[i]; j++)
				m.types[++m.n] = (struct model_type){
					.kind = BTF_KIND_PTR,
					.name = "",
					.size_or_type = start + (j + 1) % rings[i]};
			/* A tail that leads into every second ring. */
			if (i % 2)
				m.types[++m.n] = (struct model_type){
					.kind = BTF_KIND_PTR, .name = "", .size_or_type = start};
		}
		finish_model(&m, 0, false, &first);
		finish_model(&m, seed, false, &other);
		assert_same_bytes(&first, &other);
	}
}

static void finishing_again_changes_nothing(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 500; i++) {
		_cleanup_buf_ struct buf once = {0}, twice = {0};
		struct model m;

		model_invent(i, 3, i % 4, &m);
		finish_model(&m, i, i & 1, &once);
		assert_int_equal(object_finish(once.v, once.n, "test.o", &plain, &twice), 0);
		assert_same_bytes(&once, &twice);
	}
}

/* Two types that only differ far away are still different. */
static void content_matters(void **state)
{
	_cleanup_buf_ struct buf a = {0}, b = {0};
	struct model m;

	(void)state;
	model_invent(5, 3, 2, &m);
	finish_model(&m, 1, false, &a);
	m.types[m.n].name = "changed";
	finish_model(&m, 1, false, &b);
	assert_true(a.n != b.n || memcmp(a.v, b.v, a.n) != 0);
}

/* An object opened for a look. */
struct opened {
	struct canonical_elf elf;
	struct canonical_types types;
	struct canonical_ext ext;
};

static void open_object(const struct buf *b, struct opened *o)
{
	*o = (struct opened){0};
	assert_int_equal(canonical_elf_read(b->v, b->n, "test.o", &o->elf), 0);
	assert_int_equal(
		canonical_types_open(&o->elf, canonical_find_section(&o->elf, ".BTF"), &o->types),
		0);
	assert_int_equal(
		canonical_ext_open(&o->types, canonical_find_section(&o->elf, ".BTF.ext"), &o->ext),
		0);
}

static void close_object(struct opened *o)
{
	canonical_ext_close(&o->ext);
	canonical_types_close(&o->types);
	canonical_elf_free(&o->elf);
}

static const char *string_at(const struct opened *o, uint32_t offset)
{
	return o->types.view.strings + offset;
}

/* A type as text without ids, as far as depth steps lead. */
static void describe_type(const struct opened *o, uint32_t id, int depth, struct buf *b)
{
	struct btf_record r;

	if (!id || !depth) {
		buf_putc(b, id ? '*' : '0');
		return;
	}
	r = btf_view_type(&o->types.view, id);
	buf_putc(b, '(');
	for (uint32_t i = 0; i < (r.kind == BTF_KIND_DATASEC ? 3 : canonical_n_words(&r)); i++) {
		uint32_t word = btf_view_u32(&o->types.view, r.at + 4 * (size_t)i);

		switch (canonical_word_kind(&r, i)) {
		case CANONICAL_NAME:
			buf_printf(b, "'%s'", string_at(o, word));
			break;
		case CANONICAL_TYPE:
			describe_type(o, word, depth - 1, b);
			break;
		default:
			buf_printf(b, " %x ", word);
		}
	}
	vec_foreach (d, &o->types.datasecs) {
		for (uint32_t i = 0; d->id == id && i < d->n; i++) {
			const struct canonical_entry *y = &o->types.entries.v[d->first + i];

			buf_printf(b, "[%d %u %u ", (int)y->place, y->size, !!y->reloc);
			describe_type(o, y->type, depth - 1, b);
		}
	}
	buf_putc(b, ')');
}

/* All types, as a set. */
static void describe_types(const struct opened *o, struct buf *b)
{
	_cleanup_strv_ struct strv all = {0};

	for (uint32_t id = 1; id <= o->types.n; id++) {
		struct buf one = {0};

		describe_type(o, id, 4, &one);
		strv_take(&all, buf_steal(&one));
	}
	strv_sort(&all);
	for (size_t i = 0; i < all.n; i++)
		buf_printf(b, "%s\n", all.v[i]);
}

/* Functions, lines and relocations, with what their relocations name. */
static void describe_records(const struct opened *o, struct buf *b)
{
	for (int i = 0; i < CANONICAL_LISTS; i++) {
		vec_foreach (g, &o->ext.lists[i].groups) {
			for (uint32_t j = 0; j < g->n; j++) {
				const struct canonical_record *r =
					&o->ext.lists[i].records.v[g->first + j];

				buf_printf(b, "%d %s+%u %d ", i, string_at(o, g->name), r->words[0],
					   !!r->reloc);
				/* Paths are tidied: "./dir/file.c". */
				if (i == CANONICAL_LINES)
					buf_puts(b, path_base(string_at(o, r->words[1])));
				else
					describe_type(o, r->words[1], 4, b);
				if (i != CANONICAL_FUNCS)
					buf_printf(b, " %s %u", string_at(o, r->words[2]),
						   r->words[3]);
				buf_putc(b, '\n');
			}
		}
	}
}

static void content_is_kept(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 300; i++) {
		_cleanup_buf_ struct buf in = {0}, out = {0}, before = {0}, after = {0};
		struct opened a, b;
		struct model m;

		model_invent(i, 1 + i % 6, i % 4, &m);
		model_write(&m, i, i & 1, &in);
		finish_model(&m, i + 1, i & 1, &out);
		open_object(&in, &a);
		open_object(&out, &b);
		describe_types(&a, &before);
		describe_types(&b, &after);
		assert_string_equal(before.v, after.v);
		before.n = after.n = 0;
		buf_puts(&before, "");
		buf_puts(&after, "");
		describe_records(&a, &before);
		describe_records(&b, &after);
		assert_int_equal(a.ext.lists[0].records.n, m.n_funcs);
		close_object(&a);
		close_object(&b);
		assert_string_equal(before.v, after.v);
	}
}

static uint32_t immediate_at(const struct opened *o, uint32_t section, uint32_t insn)
{
	return canonical_u32(&o->elf, o->elf.sections.v[section].data + insn + 4);
}

static void instructions_hold_the_new_ids(void **state)
{
	unsigned n = 0;

	(void)state;
	for (uint64_t i = 0; i < 300; i++) {
		_cleanup_buf_ struct buf out = {0};
		struct opened o;
		struct model m;

		model_invent(i, 4, 1, &m);
		finish_model(&m, i + 1, i & 1, &out);
		open_object(&out, &o);
		vec_foreach (g, &o.ext.lists[CANONICAL_CORE].groups) {
			for (uint32_t j = 0; j < g->n; j++) {
				const struct canonical_record *r =
					&o.ext.lists[CANONICAL_CORE].records.v[g->first + j];
				bool holds = r->words[3] == BPF_CORE_TYPE_ID_LOCAL ||
					     r->words[3] == BPF_CORE_TYPE_ID_TARGET;

				n += holds;
				assert_int_equal(immediate_at(&o, g->section, r->words[0]),
						 holds ? r->words[1] : 1000 + r->words[0]);
			}
		}
		close_object(&o);
	}
	assert_true(n > 100);
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

/* Maps first, then functions, then other variables, then sections; entries by their place. */
static void order_is_natural(void **state)
{
	static const char *const expected[] = {
		"map", "key", "func", "", "arg", "var2", "var1", ".maps", ".data", "unused", "tag",
	};
	struct model m = {
		.types =
			{
				[1] = {BTF_KIND_DATASEC,
				       ".data",
				       0,
				       {0},
				       {{"", 2, 4, 8}, {"", 3, 4, 0}},
				       2},
				[2] = {BTF_KIND_VAR, "var1", 9, {1}},
				[3] = {BTF_KIND_VAR, "var2", 9, {1}},
				[4] = {BTF_KIND_DECL_TAG, "tag", 7, {-1u}},
				[5] = {BTF_KIND_DATASEC, ".maps", 0, {0}, {{"", 6, 4, 0}}, 1},
				[6] = {BTF_KIND_VAR, "map", 9, {1}},
				[7] = {BTF_KIND_FUNC, "func", 8},
				[8] = {BTF_KIND_FUNC_PROTO, "", 9, {0}, {{"ctx", 10}}, 1},
				[9] = {BTF_KIND_INT, "key", 4, {32}},
				[10] = {BTF_KIND_FWD, "arg"},
				[11] = {BTF_KIND_FWD, "unused"},
			},
		.n = 11,
		.funcs = {{MODEL_PROG_A, 0, 7}},
		.n_funcs = 1,
	};

	(void)state;
	for (uint64_t seed = 0; seed < 20; seed++) {
		_cleanup_buf_ struct buf out = {0};
		struct opened o;

		finish_model(&m, seed, seed & 1, &out);
		open_object(&out, &o);
		for (uint32_t i = 0; i < ARRAY_SIZE(expected); i++)
			assert_string_equal(canonical_name(&o.types, i + 1), expected[i]);
		assert_int_equal(o.types.datasecs.v[1].n, 2);
		assert_string_equal(
			canonical_name(&o.types,
				       o.types.entries.v[o.types.datasecs.v[1].first].type),
			"var2");
		close_object(&o);
	}
}

static void strings_are_used_and_single(void **state)
{
	_cleanup_buf_ struct buf out = {0};
	_cleanup_strv_ struct strv seen = {0};
	struct opened o;
	struct model m;

	(void)state;
	model_invent(11, 6, 3, &m);
	finish_model(&m, 11, false, &out);
	open_object(&out, &o);
	for (uint32_t at = 0; at < o.types.view.strings_size;
	     at += strlen(seen.v[seen.n - 1]) + 1) {
		const char *s = string_at(&o, at);

		assert_false(str_starts(s, "unused"));
		assert_false(strv_has(&seen, s));
		strv_add(&seen, s);
	}
	assert_true(strv_has(&seen, "dir/file.c") || !m.n_lines);
	close_object(&o);
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
		cmocka_unit_test(order_of_input_does_not_matter),
		cmocka_unit_test(rings_are_told_apart),
		cmocka_unit_test(finishing_again_changes_nothing),
		cmocka_unit_test(content_matters),
		cmocka_unit_test(content_is_kept),
		cmocka_unit_test(instructions_hold_the_new_ids),
		cmocka_unit_test(stale_immediates_are_renewed),
		cmocka_unit_test(debug_information_goes_or_stays),
		cmocka_unit_test(order_is_natural),
		cmocka_unit_test(strings_are_used_and_single),
		cmocka_unit_test(paths_get_names_without_a_place),
		cmocka_unit_test(cut_off_objects_are_refused),
		cmocka_unit_test(damaged_objects_do_no_harm),
		cmocka_unit_test(other_files_are_refused),
	};

	return cmocka_run_group_tests_name("canonical", tests, NULL, NULL);
}
