#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>

#include <cmocka.h>

#include "base/path.h"
#include "scan/directives.h"
#include "scan/walk.h"
#include "steps/steps.h"

/* Directives as text: flags and names, so that a case is one line. */
static char *scan(const char *text)
{
	struct directives *d = directives_scan(text, strlen(text)), *copy;
	struct buf b = {0}, encoded = {0};

	for (size_t i = 0; i < d->n; i++) {
		bool angle = d->v[i].flags & DIRECTIVE_ANGLE;

		buf_printf(&b, "%s%s%s%c%s%c", b.n ? " " : "",
			   d->v[i].flags & DIRECTIVE_LEAF ? "leaf:" : "",
			   d->v[i].flags & DIRECTIVE_NEXT ? "next:" : "", angle ? '<' : '"',
			   d->v[i].name, angle ? '>' : '"');
	}
	if (d->computed)
		buf_puts(&b, " computed");
	if (d->volatile_)
		buf_puts(&b, " volatile");
	/* Every case also goes through the state's form and back. */
	directives_encode(d, &encoded);
	copy = directives_decode((struct state_value){encoded.v, encoded.n});
	assert_non_null(copy);
	assert_int_equal(copy->n, d->n);
	for (size_t i = 0; i < d->n; i++) {
		assert_string_equal(copy->v[i].name, d->v[i].name);
		assert_int_equal(copy->v[i].flags, d->v[i].flags);
	}
	for (size_t n = 0; n < encoded.n; n++)
		assert_null(directives_decode((struct state_value){encoded.v, n}));
	free(copy);
	free(d);
	buf_free(&encoded);
	return buf_steal(&b);
}

static void directives_are_found(void **state)
{
	static const char *const cases[][2] = {
		{"#include \"a.h\"\n", "\"a.h\""},
		{"#include <a/b.h>", "<a/b.h>"},
		{"  #  include\t\"a.h\" // x\n", "\"a.h\""},
		{"#include/* c */\"a.h\"\n", "\"a.h\""},
		{"/* c */ #include <a.h>\n", "<a.h>"},
		{"#if 0\n#include <a.h>\n#else\n#include <b.h>\n#endif\n", "<a.h> <b.h>"},
		{"#include_next <a.h>\n", "next:<a.h>"},
		{"#import \"a.h\"\n", "\"a.h\""},
		{"#embed \"a.bin\"\n", "leaf:\"a.bin\""},
		{"#inc\\\nlude <a.h>\n#include \\\n <b.h>\n", "<b.h>"},
		{"#include MACRO\n", " computed"},
		{"int a = 1; #include <a.h>\n", ""},
		{"#include <a.h\n", ""},
		{"#include \"\"\n", ""},
		{"#included <a.h>\n", ""},
		{"#if __has_include(<a.h>) && __has_include ( \"b.h\" )\n",
		 "leaf:<a.h> leaf:\"b.h\""},
		{"#ifdef __has_include\n#if defined(__has_include)\n", ""},
		{"#if __has_include_next(<a.h>)\n", "leaf:next:<a.h>"},
		{"#if __has_include(MACRO)\n", " volatile"},
		{"x = __TIME__;\n", " volatile"},
		{"asm(\".incbin \\\"x\\\"\");\n", " volatile"},
		{"", ""},
		{"#", ""},
		{"#include", ""},
		{"#include \\", ""},
		{"#include /* never closed", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *got = scan(cases[i][0]);

		assert_string_equal(got, cases[i][1]);
	}
}

static char dir[] = "/tmp/skep-scan-XXXXXX";
static struct state *memory;
static struct files *files;
static struct scanner *scanner;

static int enter(void **state)
{
	(void)state;
	return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int leave(void **state)
{
	(void)state;
	return chdir("/") == 0 ? file_remove_tree(dir) : -1;
}

static int begin(void **state)
{
	(void)state;
	state_open(NULL, false, &memory);
	files = files_new(memory, NULL);
	scanner = scanner_new(memory, files);
	return 0;
}

static int end(void **state)
{
	(void)state;
	scanner_free(scanner);
	files_free(files);
	state_close(memory);
	return chdir(dir);
}

static void put(const char *path, const char *text)
{
	assert_int_equal(file_make_parent(path), 0);
	assert_int_equal(file_write(path, text, strlen(text)), 0);
}

/* "read files | absent places", walking from one source with quote and angle directories. */
static char *walk(const char *source, const char *quote_dir, const char *const *angle_dirs)
{
	struct search search = {0};
	static const struct strv none;
	struct walk w = {0};
	struct buf b = {0};

	if (quote_dir) {
		strv_add(&search.dirs, quote_dir);
		search.n_quote = 1;
	}
	for (; *angle_dirs; angle_dirs++)
		strv_add(&search.dirs, *angle_dirs);
	walk_from(scanner, &search, source, &none, &w);
	for (size_t i = 0; i < w.read.n; i++)
		buf_printf(&b, "%s ", w.read.v[i]->path);
	buf_puts(&b, "|");
	for (size_t i = 0; i < w.absent.n; i++)
		buf_printf(&b, " %s", w.absent.v[i]->path);
	if (w.wants_types)
		buf_printf(&b, " types=%s", w.types.n ? w.types.v[0]->path : "none");
	walk_free(&w);
	search_free(&search);
	return buf_steal(&b);
}

static void expect_walk(const char *source, const char *quote_dir, const char *const *angle_dirs,
			const char *want)
{
	_cleanup_free_ char *got = walk(source, quote_dir, angle_dirs);

	assert_string_equal(got, want);
}

#define DIRS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void walk_follows_the_search_path(void **state)
{
	(void)state;
	put("s/a.c", "#include \"x.h\"\n#include <y.h>\n");
	put("q/x.h", "");
	put("i/y.h", "#include \"z.h\"\n");
	put("i/z.h", "");
	put("j/y.h", "");
	expect_walk("s/a.c", "q", DIRS("i", "j"), "s/a.c q/x.h i/y.h i/z.h | s/x.h");
	expect_walk("./s//a.c", NULL, DIRS("j", "i"), "s/a.c j/y.h | s/x.h j/x.h i/x.h");
}

static void include_next_goes_on_behind(void **state)
{
	(void)state;
	put("n.c", "#include <n.h>\n");
	put("i/n.h", "#include_next <n.h>\n");
	put("j/n.h", "#include_next <n.h>\n");
	expect_walk("n.c", NULL, DIRS("i", "j", "k"), "n.c i/n.h j/n.h | k/n.h");
}

static void cycles_end(void **state)
{
	(void)state;
	put("c.c", "#include \"c1.h\"\n");
	put("c1.h", "#include \"c2.h\"\n");
	put("c2.h", "#include \"c1.h\"\n#include \"c2.h\"\n");
	expect_walk("c.c", NULL, DIRS("."), "c.c c1.h c2.h |");
}

static void tested_file_is_not_read_as_code(void **state)
{
	(void)state;
	put("h.c", "#if __has_include(\"h.h\")\n#endif\n#if __has_include(<no.h>)\n#endif\n");
	put("h.h", "#include \"other.h\"\n");
	put("other.h", "");
	expect_walk("h.c", NULL, DIRS("i"), "h.c h.h | i/no.h");
	/* Unless it is included as well. */
	put("h2.c", "#if __has_include(\"h.h\")\n#include \"h.h\"\n#endif\n");
	expect_walk("h2.c", NULL, DIRS("i"), "h2.c h.h other.h |");
}

static void directory_named_like_a_header_is_passed_over(void **state)
{
	(void)state;
	put("d.c", "#include <d.h>\n");
	put("i/d.h/x", "");
	put("j/d.h", "");
	expect_walk("d.c", NULL, DIRS("i", "j"), "d.c j/d.h | i/d.h");
}

static void types_header_is_told(void **state)
{
	(void)state;
	put("t.c", "#include <vmlinux.h>\n");
	expect_walk("t.c", NULL, DIRS("i"), "t.c | i/vmlinux.h types=none");
	put("v/vmlinux.h", "");
	expect_walk("t.c", NULL, DIRS("v"), "t.c v/vmlinux.h | types=v/vmlinux.h");
}

static void extra_file_may_be_shadowed(void **state)
{
	struct search search = {0};
	struct walk w = {0};

	(void)state;
	put("j/e.h", "");
	strv_add(&search.dirs, "i");
	strv_add(&search.dirs, "j");
	walk_add_extra(scanner, &search, "./j/e.h", &w);
	assert_int_equal(w.read.n, 1);
	assert_string_equal(w.read.v[0]->path, "j/e.h");
	assert_int_equal(w.absent.n, 1);
	assert_string_equal(w.absent.v[0]->path, "i/e.h");
	walk_free(&w);
	search_free(&search);
}

static void compilers_list_of_files_is_read(void **state)
{
	_cleanup_strv_ struct strv names = {0};
	static const char *const want[] = {"a b.c", "i/m.h", "/x#y.h", "a$b.h", "last.h"};

	(void)state;
	assert_int_equal(
		depfile_parse("unit: a\\ b.c ./i/m.h /x\\#y.h \\\n  a$$b.h \\\n  last.h\nb:\n",
			      &names),
		0);
	assert_int_equal(names.n, ARRAY_SIZE(want));
	for (size_t i = 0; i < names.n; i++)
		assert_string_equal(names.v[i], want[i]);
	assert_int_equal(depfile_parse("no rule", &names), -EBADMSG);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(directives_are_found),
		cmocka_unit_test(compilers_list_of_files_is_read),
		TEST(walk_follows_the_search_path),
		TEST(include_next_goes_on_behind),
		TEST(cycles_end),
		TEST(tested_file_is_not_read_as_code),
		TEST(directory_named_like_a_header_is_passed_over),
		TEST(types_header_is_told),
		TEST(extra_file_may_be_shadowed),
	};

	return cmocka_run_group_tests_name("scan", tests, enter, leave);
}
