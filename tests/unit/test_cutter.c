/* Slices cut for units: files' words, command lines, pasted names, the helpers' header. */
#include "cutter_room.h"

#include "index_dump.h"

#define HEADER                         \
	"struct a { int x; };\n"       \
	"struct b { struct a *p; };\n" \
	"struct c { struct b *q; };\n" \
	"struct ctx_one { int x; };\n" \
	"struct ctx_two { int x; };\n" \
	"typedef int a_t;\n"           \
	"enum { ONE };\n"

/* In a folder of its own: several may have one name. */
static struct file *add_alone(struct room *r, const char *name, const char *text)
{
	r->n++;
	return add_file(r, name, text);
}

/* The slice for files, and flags with spaces between. Caller frees. */
static char *cut(struct room *r, const struct index *x, const file_list *files, const char *flags)
{
	_cleanup_strv_ struct strv words = {0};
	struct cut c = {.index = x, .files = files, .flags = &words, .lines = CUT_LINES_IF_SHOWN};
	struct cut_result result;
	struct buf out = {0};

	add_words(&words, flags);
	assert_int_equal(cutter_cut(r->cutter, &c, &out, &result), 0);
	return buf_steal(&out);
}

/* The same for one file, without those forward declarations that stand alone. */
static void expect_cut(struct room *r, const struct index *x, const char *text, const char *flags,
		       const char *expected)
{
	file_list files = {0};
	_cleanup_free_ char *got = NULL;

	vec_push(&files, add_alone(r, "unit.c", text));
	got = cut(r, x, &files, flags);
	if (!str_eq(got, expected))
		print_message("%s with %s\n", text, flags);
	assert_string_equal(got, expected);
	vec_free(&files);
}

#define ONLY_A "struct a { int x; };\n"
#define ONLY_B "struct a;\nstruct b { struct a *p; };\n"
#define ONLY_ONE "struct ctx_one { int x; };\n"
#define NOTHING ""

static void words_of_files_are_wanted(void **state)
{
	static const char *const cases[][2] = {
		{"struct a x;", ONLY_A},
		{"int aa; /* struct a */ char *s = \"struct a\"; // a", NOTHING},
		{"#if 0\nstruct a x;\n#endif", ONLY_A},
		{"#define M struct a", ONLY_A},
		{"struct b x;", ONLY_B},
		{"struct b x; y->p", "struct a { int x; };\nstruct b { struct a *p; };\n"},
		{"", NOTHING},
		{"a\\\n_t x;", "typedef int a_t;\n"},
	};
	struct buf data = {0};
	struct index x = index_of(HEADER, strlen(HEADER), &data);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_cut(*state, &x, cases[i][0], "", cases[i][1]);
	buf_free(&data);
}

static void the_command_line_is_part_of_the_unit(void **state)
{
	static const struct {
		const char *flags, *expected;
	} cases[] = {
		{"-DX=a", ONLY_A},
		{"-D X=a", ONLY_A},
		{"-DX -DY", NOTHING},
		{"-D", NOTHING},
		{"-D a", ONLY_A},
		{"-Da=x", ONLY_A},
		{"-DX(y)=a", ONLY_A},
		{"-DX=(struct\ta)", ONLY_A},
		{"-DX(y)=ctx_##y -DZ=X(one)", ONLY_ONE},
		{"-D X(y)=ctx_##y -D Z=X(one)", ONLY_ONE},
		{"-Wp,-DX=a", ONLY_A},
		{"-include a", ONLY_A},
		{"-UX -O2 -DX=ab", NOTHING},
	};
	struct buf data = {0};
	struct index x = index_of(HEADER, strlen(HEADER), &data);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_cut(*state, &x, "", cases[i].flags, cases[i].expected);
	buf_free(&data);
}

static void pasted_names_are_wanted(void **state)
{
	static const char *const cases[][2] = {
		{"#define M(x) struct ctx_##x\nM(one)", ONLY_ONE},
		{"#define M(x) struct ctx_##x\nM(three)", NOTHING},
		{"#define M(x, y) struct x##_##y\nM(ctx, one)", ONLY_ONE},
		{"#define M(x) x##_one\nM(ctx)", ONLY_ONE},
		{"#define M(x) struct ctx_##x\n#define N(x) M(x)\nN(one)", ONLY_ONE},
	};
	struct buf data = {0};
	struct index x = index_of(HEADER, strlen(HEADER), &data);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_cut(*state, &x, cases[i][0], "", cases[i][1]);
	buf_free(&data);
}

/* A macro of the header that makes names works on the unit's words. */
static void the_header_may_paste(void **state)
{
	static const char header[] = "#define CTX(x) struct ctx_##x\n" HEADER;
	struct buf data = {0};
	struct index x = index_of(header, strlen(header), &data);

	expect_cut(*state, &x, "CTX(one) v;", "",
		   "#define CTX(x) struct ctx_##x\nstruct ctx_one { int x; };\n");
	expect_cut(*state, &x, "CTX", "",
		   "#define CTX(x) struct ctx_##x\nstruct ctx_one { int x; };\n"
		   "struct ctx_two { int x; };\n");
	buf_free(&data);
}

static void several_files_are_one_unit(void **state)
{
	struct room *r = *state;
	struct buf data = {0};
	struct index x = index_of(HEADER, strlen(HEADER), &data);
	struct file *unit = add_alone(r, "unit.c", "struct b x; M(one)");
	struct file *macros = add_alone(r, "m.h", "#define M(x) ctx_##x");
	struct file *member = add_alone(r, "p.h", "y->p");
	static const struct {
		unsigned which;
		const char *expected;
	} cases[] = {
		{1, ONLY_B},
		{3, ONLY_B ONLY_ONE},
		{5, "struct a { int x; };\nstruct b { struct a *p; };\n"},
		{2, NOTHING},
		{4, NOTHING},
		{1, ONLY_B},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *got = NULL;
		file_list files = {0};

		if (cases[i].which & 1)
			vec_push(&files, unit);
		if (cases[i].which & 2)
			vec_push(&files, macros);
		if (cases[i].which & 4)
			vec_push(&files, member);
		got = cut(r, &x, &files, "");
		assert_string_equal(got, cases[i].expected);
		vec_free(&files);
	}
	buf_free(&data);
}

#define HELPERS                                                                                 \
	"struct a;\nstruct unknown;\n"                                                          \
	"static struct a *(* const bpf_get_a)(void) = (void *) 1;\n"                            \
	"static long (* const bpf_put_b)(struct b *b, enum e e, struct unknown *u) = (void *) " \
	"2;\n"                                                                                  \
	"static a_t (* const bpf_t)(void) = (void *) 3;\n"

/* What prototypes mention is declared; what one that is used returns is complete. */
static void helpers_bring_what_they_return(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"", "struct a;\nstruct b;\ntypedef int a_t;\n"},
		{"bpf_get_a()->x", "struct b;\nstruct a { int x; };\ntypedef int a_t;\n"},
		{"bpf_put_b(0)", "struct a;\nstruct b;\ntypedef int a_t;\n"},
		{"#define CALL(n) bpf_##n()\nCALL(get_a)",
		 "struct b;\nstruct a { int x; };\ntypedef int a_t;\n"},
		{"struct b v;", "struct a;\nstruct b { struct a *p; };\ntypedef int a_t;\n"},
		{"", "struct a;\nstruct b;\ntypedef int a_t;\n"},
	};
	struct room *r = *state;
	struct file *helpers = add_alone(r, HELPERS_HEADER, HELPERS);
	struct buf data = {0};
	struct index x = index_of(HEADER, strlen(HEADER), &data);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *got = NULL;
		file_list files = {0};

		vec_push(&files, helpers);
		vec_push(&files, add_alone(r, "unit.c", cases[i].text));
		got = cut(r, &x, &files, "");
		assert_string_equal(got, cases[i].expected);
		vec_free(&files);
	}
	buf_free(&data);
}

/* Several of that name, of which one is no header of helpers, and headers of types in turn. */
static void helpers_and_headers_do_not_mix(void **state)
{
	static const char other[] = "struct b { int y; };\nstruct c { int z; };\n";
	struct room *r = *state;
	struct file *first =
		add_alone(r, HELPERS_HEADER, "static struct a *(* const f)(void) = (void *) 1;\n");
	struct file *second =
		add_alone(r, HELPERS_HEADER, "static struct c *(* const g)(void) = (void *) 1;\n");
	struct file *strange = add_alone(r, HELPERS_HEADER, "DECLARE(c)\nstruct b *p;\n");
	struct file *unit = add_alone(r, "unit.c", "f g");
	struct buf data = {0}, other_data = {0};
	struct index x = index_of(HEADER, strlen(HEADER), &data);
	struct index y = index_of(other, strlen(other), &other_data);
	file_list files = {0};
	_cleanup_free_ char *one = NULL, *two = NULL, *three = NULL, *four = NULL;

	vec_push(&files, unit);
	vec_push(&files, first);
	one = cut(r, &x, &files, "");
	assert_string_equal(one, ONLY_A);
	vec_push(&files, second);
	two = cut(r, &y, &files, "");
	assert_string_equal(two, "struct c { int z; };\n");
	three = cut(r, &x, &files, "");
	assert_string_equal(three, "struct b;\nstruct a { int x; };\nstruct c { struct b *q; };\n");
	/* It is a file as any other. */
	vec_push(&files, strange);
	four = cut(r, &y, &files, "");
	assert_string_equal(four, other);
	vec_free(&files);
	buf_free(&data);
	buf_free(&other_data);
}

static void lines_are_kept_where_objects_show_them(void **state)
{
	static const char header[] = "\nint x;\nint y;\nstatic int f(void) { return 0; }\n";
	static const struct {
		const char *text;
		enum cut_lines lines;
		bool kept;
	} cases[] = {
		{"y", CUT_LINES_IF_SHOWN, false}, {"y f", CUT_LINES_IF_SHOWN, true},
		{"y", CUT_LINES_ALWAYS, true},	  {"y f", CUT_LINES_NEVER, false},
		{"y f", CUT_LINES_ALWAYS, true},
	};
	struct room *r = *state;
	struct buf data = {0};
	struct index x = index_of(header, strlen(header), &data);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		static const struct strv no_flags;
		struct cut_result result;
		struct buf out = {0};
		file_list files = {0};

		vec_push(&files, add_alone(r, "unit.c", cases[i].text));
		assert_int_equal(cutter_cut(r->cutter,
					    &(struct cut){&x, &files, &no_flags, cases[i].lines},
					    &out, &result),
				 0);
		assert_int_equal(result.has_lines, cases[i].kept);
		assert_int_equal(str_starts(out.v, "\n\nint y;"), cases[i].kept);
		assert_int_equal(result.n_lines, cases[i].kept ? 4 - !strchr(cases[i].text, 'f')
						 : strchr(cases[i].text, 'f') ? 2
									      : 1);
		buf_free(&out);
		vec_free(&files);
	}
	buf_free(&data);
}

static void count_message(enum message_level level, const char *text, void *arg)
{
	(void)level;
	assert_non_null(strstr(text, "gone.h"));
	++*(int *)arg;
}

static void a_file_that_is_gone_is_an_error(void **state)
{
	static const struct strv no_flags;
	struct room *r = *state;
	struct buf data = {0}, out = {0};
	struct index x = index_of(HEADER, strlen(HEADER), &data);
	struct cut_result result;
	file_list files = {0};
	int messages = 0;

	vec_push(&files, add_alone(r, "gone.h", "struct a x;"));
	assert_int_equal(unlink(files.v[0]->path), 0);
	message_set_sink(count_message, &messages);
	assert_int_equal(
		cutter_cut(r->cutter, &(struct cut){&x, &files, &no_flags, 0}, &out, &result),
		-ENOENT);
	message_set_sink(NULL, NULL);
	assert_int_equal(messages, 1);
	buf_free(&out);
	vec_free(&files);
	buf_free(&data);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(words_of_files_are_wanted),       TEST(the_command_line_is_part_of_the_unit),
		TEST(pasted_names_are_wanted),	       TEST(the_header_may_paste),
		TEST(several_files_are_one_unit),      TEST(helpers_bring_what_they_return),
		TEST(helpers_and_headers_do_not_mix),  TEST(lines_are_kept_where_objects_show_them),
		TEST(a_file_that_is_gone_is_an_error),
	};

	return cmocka_run_group_tests_name("cutter", tests, make_dir, remove_dir);
}
