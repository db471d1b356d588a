/* What is given to the linker: text and objects, told apart, taken apart, or refused. */
#include "input_room.h"

/* --- text */

static const char ir[] = "; ModuleID = 'a'\ndefine i32 @f() {\n  ret i32 0\n}\n";

static void text_is_told_by_its_first_words(void **state)
{
	static const char *const texts[] = {
		ir,
		"; ModuleID = 'empty'\n",
		"\n\n  ; RUN: opt\n;\n\ttarget triple = \"bpf\"\n",
		"source_filename = \"a.c\"",
		"declare void @g()",
		"@g = global i32 1",
		"%t = type { i32 }",
		"!0 = !{}",
		"$c = comdat any",
		"attributes #0 = { noinline }",
		"module asm \"nop\"",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		forget(NULL);
		assert_int_equal(add(texts[i], strlen(texts[i])), 0);
		assert_modules("ir x\n");
		assert_int_equal(in.modules.v[0].size, strlen(texts[i]));
	}
}

static void other_text_is_refused(void **state)
{
	static const char *const texts[] = {"int main(void) { return 0; }\n",
					    "#!/bin/sh\n",
					    "%PDF-1.4\n",
					    "@echo off\nx = 1\n",
					    "; comment\n",
					    ";",
					    " ",
					    "definexyz",
					    "!",
					    "INPUT(libx.so)\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		forget(NULL);
		assert_refused(add(texts[i], strlen(texts[i])), -EINVAL, "neither bitcode, IR,");
	}
}

static void text_with_other_bytes_is_damaged(void **state)
{
	char text[sizeof(ir)];

	(void)state;
	memcpy(text, ir, sizeof(ir));
	assert_refused(add(text, sizeof(text)), -EBADMSG, "byte 49 is no text");
	forget(NULL);
	text[30] = '\1';
	assert_refused(add(text, sizeof(text) - 1), -EBADMSG, "byte 30 is no text");
}

static void empty_file_is_refused(void **state)
{
	(void)state;
	assert_refused(add("", 0), -EINVAL, "it is empty");
}

/* --- objects */

static void bitcode_is_found_in_objects_of_all_kinds(void **state)
{
	_cleanup_buf_ struct buf m = module_of("LLVM19.1.7");
	const uint16_t machines[] = {EM_BPF, EM_X86_64, EM_PPC};

	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		const struct elf_recipe r = {.bits = i & 1 ? 32 : 64,
					     .is_big = i & 2,
					     .machine = machines[i / 4],
					     .section = ".llvmbc",
					     .data = m.v,
					     .size = m.n,
					     .defines = true};
		_cleanup_buf_ struct buf b = {0};

		forget(NULL);
		put_elf(&b, &r);
		assert_int_equal(add_buf(&b), 0);
		assert_modules("bitcode x LLVM19.1.7\n");
		assert_memory_equal(in.modules.v[0].data, m.v, m.n);
		assert_int_equal(in.modules.v[0].size, m.n);
	}
}

static void several_sections_with_several_modules(void **state)
{
	_cleanup_buf_ struct buf m = module_of("LLVM19.1.7"), b = {0}, n = {0};

	(void)state;
	n = module_of("LLVM22.1.8");
	buf_add(&m, n.v, n.n);
	put_elf(&b, &(struct elf_recipe){.machine = EM_BPF,
					 .section = ".llvmbc",
					 .data = m.v,
					 .size = m.n,
					 .copies = 2,
					 .defines = true});
	assert_int_equal(add_buf(&b), 0);
	assert_modules("bitcode x LLVM19.1.7\n"
		       "bitcode x(module 2) LLVM22.1.8\n"
		       "bitcode x(module 3) LLVM19.1.7\n"
		       "bitcode x(module 4) LLVM22.1.8\n");
}

static void objects_without_bitcode(void **state)
{
	static const struct {
		struct elf_recipe r;
		int err;
		const char *says; /* modules, what is noted, or the message */
	} cases[] = {
		{{.machine = EM_BPF, .section = "xdp", .defines = true}, 0, "elf x\n"},
		{{.machine = EM_BPF, .section = "xdp", .defines = true, .is_big = true},
		 0,
		 "elf x\n"},
		/* rustc's symbols.o, for BPF and for the host */
		{{.machine = EM_BPF, .section = ".text", .refers = true}, 0, "defines nothing"},
		{{.machine = EM_X86_64, .section = ".text", .refers = true}, 0, "defines nothing"},
		{{.machine = EM_X86_64, .section = ".text"}, 0, "defines nothing"},
		{{.machine = EM_X86_64, .section = ".rmeta", .defines = true}, 0, "metadata"},
		/* clang -fembed-bitcode-marker */
		{{.machine = EM_BPF, .section = ".llvmbc", .data = "", .size = 1, .defines = true},
		 0,
		 "elf x\n"},
		{{.machine = EM_X86_64, .section = ".text", .defines = true},
		 -EINVAL,
		 "another machine"},
		{{.machine = EM_BPF, .section = ".text", .defines = true, .type = ET_DYN},
		 -EINVAL,
		 "a linked program"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf b = {0};
		int err;

		forget(NULL);
		put_elf(&b, &cases[i].r);
		err = add_buf(&b);
		if (cases[i].err)
			assert_refused(err, cases[i].err, cases[i].says);
		else if (str_starts(cases[i].says, "elf"))
			assert_modules(cases[i].says);
		else
			assert_note(cases[i].says);
		assert_int_equal(in.modules.n, str_starts(cases[i].says, "elf"));
	}
}

static void compressed_bitcode_is_refused(void **state)
{
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	put_elf(&b, &(struct elf_recipe){.machine = EM_BPF,
					 .section = ".llvmbc",
					 .flags = SHF_COMPRESSED,
					 .data = "1234",
					 .size = 4});
	assert_refused(add_buf(&b), -EOPNOTSUPP, "compressed");
}

/* Wherever it is cut off, and whichever byte of headers and tables is another. */
static void damaged_objects_are_refused_or_read(void **state)
{
	_cleanup_buf_ struct buf m = module_of("LLVM19.1.7"), b = {0};
	size_t n_refused = 0;

	(void)state;
	put_elf(&b, &(struct elf_recipe){.machine = EM_BPF,
					 .section = ".llvmbc",
					 .data = m.v,
					 .size = m.n,
					 .defines = true});
	for (size_t n = 4; n < b.n; n++) {
		forget(NULL);
		assert_refused(add(b.v, n), -EBADMSG, "damaged");
	}
	for (size_t i = 4; i < b.n; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			int err;

			forget(NULL);
			b.v[i] ^= (char)(1 << bit);
			err = add_buf(&b);
			b.v[i] ^= (char)(1 << bit);
			if (err < 0) {
				assert_refused(err, err, "link: x: ");
				n_refused++;
			}
		}
	}
	assert_true(n_refused > 200);
}

/* Sections 1 to 3 are symbols, names, and bitcode. */
static void sections_beyond_the_end_are_refused(void **state)
{
	static const char *const says[] = {"symbol table", "section names", "section .llvmbc"};
	_cleanup_buf_ struct buf m = module_of("LLVM19.1.7"), b = {0};
	Elf64_Shdr *s;

	(void)state;
	put_elf(&b, &(struct elf_recipe){
			    .machine = EM_BPF, .section = ".llvmbc", .data = m.v, .size = m.n});
	s = (void *)(b.v + b.n - 4 * sizeof(*s));
	for (size_t i = 0; i < ARRAY_SIZE(says); i++) {
		const Elf64_Shdr was = s[i + 1];
		const uint64_t offsets[] = {le64toh(was.sh_offset), b.n + 1, UINT64_MAX};

		for (size_t k = 0; k < ARRAY_SIZE(offsets); k++) {
			s[i + 1].sh_offset = htole64(offsets[k]);
			s[i + 1].sh_size = htole64(b.n - le64toh(was.sh_offset) + 1);
			assert_refused(add_buf(&b), -EBADMSG, says[i]);
			forget(NULL);
		}
		s[i + 1] = was;
	}
	/* The table of names ends within the name; what follows it is none. */
	s[2].sh_size = htole64(le64toh(s[2].sh_size) - 1);
	assert_int_equal(add_buf(&b), 0);
	assert_note("it defines nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(text_is_told_by_its_first_words, forget),
		IN_ROOM(other_text_is_refused, forget),
		IN_ROOM(text_with_other_bytes_is_damaged, forget),
		IN_ROOM(empty_file_is_refused, forget),
		IN_ROOM(bitcode_is_found_in_objects_of_all_kinds, forget),
		IN_ROOM(several_sections_with_several_modules, forget),
		IN_ROOM(objects_without_bitcode, forget),
		IN_ROOM(compressed_bitcode_is_refused, forget),
		IN_ROOM(damaged_objects_are_refused_or_read, forget),
		IN_ROOM(sections_beyond_the_end_are_refused, forget),
	};

	return cmocka_run_group_tests_name("inputs", tests, make_room, remove_room);
}
