/*
 * Makes the files that the fuzz target inputs starts from, small and of every kind:
 * make_inputs BITCODE OBJECT ARCHIVE
 */
#include <stdio.h>

#include "base/file.h"
#include "input_files.h"

/* Streams, also in a wrapper, and one that two modules share. */
static void put_bitcode(struct bit_writer *w)
{
	size_t at;

	for (enum name_style style = 0; style < N_NAME_STYLES; style++)
		put_module(w, style, "LLVM19.1.7");
	at = w->b.n;
	put_module(w, AS_FIXED8, "LLVM22.1.2-rust-1.95.0-stable");
	wrap(w, at);
	put_magic(w);
	put_identification(w, AS_CHAR6, "LLVM19.1.7");
	put_block(w, MODULE, "one");
	put_block(w, MODULE, "two");
	put_block(w, STRTAB, "strings");
}

static void put_archive(struct buf *b, const struct buf *bitcode, const struct buf *object)
{
	static const char names[] = "a_name_longer_than_15_letters.o/\n";
	static const char ir[] = "; ModuleID = 'a'\n@g = global i32 1\n";

	buf_puts(b, "!<arch>\n");
	put_ar_member(b, "/", "\0\0\0\0", 4);
	put_ar_member(b, "//", names, strlen(names));
	put_ar_member(b, "/0", bitcode->v, bitcode->n);
	put_ar_member(b, "object.o/", object->v, object->n);
	put_bsd_member(b, "another name.ll", ir, strlen(ir));
	put_ar_member(b, "lib.rmeta/", "rust", 4);
}

int main(int argc, char **argv)
{
	_cleanup_buf_ struct buf object = {0}, archive = {0};
	struct bit_writer w = {0};
	int err;

	if (argc != 4)
		return 2;
	put_bitcode(&w);
	put_elf(&object, &(struct elf_recipe){.machine = EM_BPF,
					      .section = ".llvmbc",
					      .data = w.b.v,
					      .size = w.b.n,
					      .copies = 2,
					      .defines = true});
	put_archive(&archive, &w.b, &object);
	err = file_write(argv[1], w.b.v, w.b.n) | file_write(argv[2], object.v, object.n) |
	      file_write(argv[3], archive.v, archive.n);
	buf_free(&w.b);
	return err != 0;
}
