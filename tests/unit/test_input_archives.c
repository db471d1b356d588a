/* Archives as inputs of the linker, and files as such. */
#include "input_room.h"

#include <sys/stat.h>
#include <unistd.h>

static const char ir[] = "; ModuleID = 'a'\ndefine i32 @f() {\n  ret i32 0\n}\n";

static void put_module_member(struct buf *b, const char *name, const char *producer)
{
	_cleanup_buf_ struct buf m = module_of(producer);

	put_ar_member(b, name, m.v, m.n);
}

static void members_of_all_name_styles(void **state)
{
	_cleanup_buf_ struct buf b = {0}, m = module_of("LLVM22.1.8");
	static const char names[] = "a long name with / in it.o/\nanother_that_is_long.rcgu.o/\n";

	(void)state;
	buf_puts(&b, "!<arch>\n");
	put_ar_member(&b, "/", "\0\0\0\0", 4);
	put_ar_member(&b, "/SYM64/", "\0\0\0\0\0\0\0\0", 8);
	put_ar_member(&b, "//", names, strlen(names));
	put_ar_member(&b, "short.o/", m.v, m.n);
	put_ar_member(&b, "/0", m.v, m.n);
	put_ar_member(&b, "/28", m.v, m.n);
	put_ar_member(&b, "plain", m.v, m.n);
	put_bsd_member(&b, "__.SYMDEF SORTED", "1234", 4);
	put_bsd_member(&b, "a BSD name.o", m.v, m.n);
	put_ar_member(&b, "__.SYMDEF_64", "1234", 4);
	put_ar_member(&b, "odd/", ir, 49);
	put_ar_member(&b, "last/", m.v, m.n);
	assert_int_equal(add_buf(&b), 0);
	assert_modules("bitcode x(short.o) LLVM22.1.8\n"
		       "bitcode x(a long name with / in it.o) LLVM22.1.8\n"
		       "bitcode x(another_that_is_long.rcgu.o) LLVM22.1.8\n"
		       "bitcode x(plain) LLVM22.1.8\n"
		       "bitcode x(a BSD name.o) LLVM22.1.8\n"
		       "ir x(odd)\n"
		       "bitcode x(last) LLVM22.1.8\n");
	vec_foreach (p, &in.modules)
		assert_true(p->kind == MODULE_IR || p->size == m.n);
}

static void useless_members_are_left_out(void **state)
{
	_cleanup_buf_ struct buf b = {0}, host = {0}, symbols = {0}, inner = {0};

	(void)state;
	put_elf(&host,
		&(struct elf_recipe){.machine = EM_X86_64, .section = ".text", .defines = 1});
	put_elf(&symbols, &(struct elf_recipe){.machine = EM_BPF, .section = ".text", .refers = 1});
	buf_puts(&inner, "!<arch>\n");
	put_module_member(&inner, "m.o/", "LLVM19.1.7");
	buf_puts(&b, "!<arch>\n");
	/* Damaged, if anybody looked. */
	put_ar_member(&b, "lib.rmeta/", "BC\xc0\xde????????????", 16);
	put_ar_member(&b, "host.o/", host.v, host.n);
	put_ar_member(&b, "symbols.o/", symbols.v, symbols.n);
	put_ar_member(&b, "inner.a/", inner.v, inner.n);
	put_ar_member(&b, "empty/", "", 0);
	put_ar_member(&b, "README/", "Hello.\n", 7);
	put_module_member(&b, "used.o/", "LLVM19.1.7");
	assert_int_equal(add_buf(&b), 0);
	assert_modules("bitcode x(used.o) LLVM19.1.7\n");
	assert_int_equal(in.notes.n, 6);
	assert_note("x(lib.rmeta): left out: metadata of rustc");
	assert_note("x(host.o): left out: an object for another machine");
	assert_note("x(inner.a): left out: neither");
}

static void archive_without_members_is_fine(void **state)
{
	(void)state;
	assert_int_equal(add("!<arch>\n", 8), 0);
	assert_int_equal(add("!<thin>\n", 8), 0);
	assert_modules("");
}

static void damaged_member_is_an_error(void **state)
{
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	buf_puts(&b, "!<arch>\n");
	put_ar_member(&b, "bad.o/", "BC\xc0\xde????????????", 16);
	assert_refused(add_buf(&b), -EBADMSG, "link: x(bad.o): bitcode at byte 4");
}

/* What is behind the magic number: a header's name, its size, its end, and content. */
static void damaged_headers_are_errors(void **state)
{
	static const struct {
		const char *name, *size, *end, *content, *says;
	} cases[] = {
		{"name/", "4", "x\n", "1234", "no header"},
		{"name/", "-4", "`\n", "1234", "no header"},
		{"name/", "4 4", "`\n", "1234", "no header"},
		{"name/", "", "`\n", "1234", "no header"},
		{"name/", "5", "`\n", "1234", "reaches beyond"},
		{"name/", "9999999999", "`\n", "1234", "reaches beyond"},
		{"/0", "4", "`\n", "1234", "leads nowhere"},
		{"/99999999999999", "4", "`\n", "1234", "leads nowhere"},
		{"#1/5", "4", "`\n", "1234", "leads nowhere"},
		{"#1/-1", "4", "`\n", "1234", "leads nowhere"},
		{"#1/", "4", "`\n", "1234", "leads nowhere"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf b = {0};

		forget(NULL);
		buf_printf(&b, "!<arch>\n%-16s%-32s%-10s%s%s", cases[i].name, "0", cases[i].size,
			   cases[i].end, cases[i].content);
		assert_refused(add_buf(&b), -EBADMSG, "link: x: archive member at byte 8: ");
		assert_non_null(strstr(said.v, cases[i].says));
	}
	forget(NULL);
	assert_refused(add("!<arch>\nshort", 13), -EBADMSG, "byte 8: no header");
}

/* Of a table that holds "ab/", from where there is something up to where there is nothing. */
static void names_beyond_their_table_are_errors(void **state)
{
	static const struct {
		const char *reference, *name;
	} cases[] = {{"/0", "x(ab)"}, {"/1", "x(b)"}, {"/2", NULL},
		     {"/3", NULL},    {"/4", NULL},   {"/5", NULL}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf b = {0};

		forget(NULL);
		buf_puts(&b, "!<arch>\n");
		put_ar_member(&b, "//", "ab/\n", 4);
		put_module_member(&b, cases[i].reference, "LLVM19.1.7");
		if (cases[i].name) {
			assert_int_equal(add_buf(&b), 0);
			assert_string_equal(in.modules.v[0].name, cases[i].name);
		} else {
			assert_refused(add_buf(&b), -EBADMSG, "byte 72: its name leads nowhere");
		}
	}
}

/* --- files */

static void thin_archive_names_files_from_where_it_lies(void **state)
{
	_cleanup_buf_ struct buf b = {0}, m = module_of("LLVM19.1.7");
	_cleanup_free_ char *one = put_file("one.o", &m), *two = put_file("sub/two.o", &m);
	_cleanup_free_ char *names = xasprintf("../one.o/\ntwo.o/\n%s/\n", two), *want, *archive;
	_cleanup_free_ char *link = path_join(dir, "sub/link.o");

	(void)state;
	buf_puts(&b, "!<thin>\n");
	put_ar_member(&b, "/", "\0\0\0\0", 4);
	put_ar_member(&b, "//", names, strlen(names));
	put_ar_header(&b, "/0", m.n);
	put_ar_header(&b, "/10", m.n);
	put_ar_header(&b, "/17", m.n); /* the same file once more, by its absolute name */
	archive = put_file("sub/thin.a", &b);
	assert_int_equal(inputs_add(&in, archive), 0);
	want = xasprintf("bitcode %s(%s/sub/../one.o) LLVM19.1.7\n"
			 "bitcode %s(%s) LLVM19.1.7\n",
			 archive, dir, archive, two);
	assert_modules(want);
	assert_note("added before");
	assert_true(inputs_has(&in, one) && inputs_has(&in, archive));
	assert_false(inputs_has(&in, "/etc/passwd"));
	/* A file that is known by another name. */
	assert_int_equal(symlink(one, link), 0);
	assert_true(inputs_has(&in, link));
}

static void thin_archive_reads_nothing_but_files(void **state)
{
	static const char *const names[] = {"fifo", "/dev/zero", "nosuch", "."};
	_cleanup_free_ char *fifo = path_join(dir, "fifo");

	(void)state;
	assert_int_equal(mkfifo(fifo, 0600), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_buf_ struct buf b = {0};
		_cleanup_free_ char *table = xasprintf("%s/\n", names[i]), *archive;

		forget(NULL);
		buf_puts(&b, "!<thin>\n");
		put_ar_member(&b, "//", table, strlen(table));
		put_ar_header(&b, "/0", 1000);
		archive = put_file("special.a", &b);
		assert_true(inputs_add(&in, archive) < 0);
		assert_non_null(strstr(said.v, "special.a("));
	}
}

static void thin_archive_of_itself_ends(void **state)
{
	_cleanup_buf_ struct buf b = {0};
	_cleanup_free_ char *archive;

	(void)state;
	buf_puts(&b, "!<thin>\n");
	put_ar_header(&b, "self.a/", 1000);
	archive = put_file("self.a", &b);
	assert_int_equal(inputs_add(&in, archive), 0);
	assert_modules("");
	assert_note("added before");
}

static void file_given_twice_is_one_input(void **state)
{
	_cleanup_buf_ struct buf m = module_of("LLVM19.1.7");
	_cleanup_free_ char *path = put_file("twice.o", &m), *other = path_join(dir, "other.o");

	(void)state;
	assert_int_equal(link(path, other), 0);
	assert_int_equal(inputs_add(&in, path), 0);
	assert_int_equal(inputs_add(&in, path), 0);
	assert_int_equal(inputs_add(&in, other), 0);
	assert_int_equal(in.modules.n, 1);
	assert_int_equal(in.notes.n, 2);
	/* A copy is another file. */
	free(steal(&path));
	path = put_file("copy.o", &m);
	assert_int_equal(inputs_add(&in, path), 0);
	assert_int_equal(in.modules.n, 2);
}

static void pipe_is_read(void **state)
{
	_cleanup_buf_ struct buf m = module_of("LLVM19.1.7");
	_cleanup_free_ char *path = NULL;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(file_write_fd(fds[1], m.v, m.n), 0);
	close(fds[1]);
	path = xasprintf("/proc/self/fd/%d", fds[0]);
	assert_int_equal(inputs_add(&in, path), 0);
	close(fds[0]);
	assert_int_equal(in.modules.n, 1);
	assert_memory_equal(in.modules.v[0].data, m.v, m.n);
}

static void what_cannot_be_read_is_an_error(void **state)
{
	(void)state;
	assert_refused(inputs_add(&in, dir), -EISDIR, dir);
	forget(NULL);
	assert_refused(inputs_add(&in, "/dev/zero"), -EFBIG, "link: /dev/zero: File too large");
	forget(NULL);
	assert_refused(inputs_add(&in, "/nosuch/file"), -ENOENT, "link: /nosuch/file: No such");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(members_of_all_name_styles, forget),
		IN_ROOM(useless_members_are_left_out, forget),
		IN_ROOM(archive_without_members_is_fine, forget),
		IN_ROOM(damaged_member_is_an_error, forget),
		IN_ROOM(damaged_headers_are_errors, forget),
		IN_ROOM(names_beyond_their_table_are_errors, forget),
		IN_ROOM(thin_archive_names_files_from_where_it_lies, forget),
		IN_ROOM(thin_archive_reads_nothing_but_files, forget),
		IN_ROOM(thin_archive_of_itself_ends, forget),
		IN_ROOM(file_given_twice_is_one_input, forget),
		IN_ROOM(pipe_is_read, forget),
		IN_ROOM(what_cannot_be_read_is_an_error, forget),
	};

	return cmocka_run_group_tests_name("input_archives", tests, make_room, remove_room);
}
