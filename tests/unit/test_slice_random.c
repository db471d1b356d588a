/*
 * Slices of random headers: compilers accept them, more is wanted more is given, a slice of a
 * slice is the same, and lines stay where they are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/path.h"
#include "slice_room.h"

#define N_HEADERS 400
#define N_DECLARATIONS 40

/* One whose types bear the number of a header, so that many slices go into one file. */
struct header {
	struct buf text;
	unsigned id;
	uint64_t random;
	unsigned n;		    /* declarations so far */
	struct strv types;	    /* complete types, and pointers */
	struct strv names;	    /* all that may be wanted */
	bool known[N_DECLARATIONS]; /* tags that were mentioned where everyone sees it */
	bool defined[N_DECLARATIONS];
	/* What must be valid when all names before '|' are wanted: "struct h1_s2|sizeof(...)". */
	struct strv promises;
};

/* splitmix64 */
static unsigned below(struct header *h, unsigned limit)
{
	uint64_t z = h->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (unsigned)((z ^ z >> 31) % limit);
}

static const char *any_type(struct header *h)
{
	return h->types.v[below(h, (unsigned)h->types.n)];
}

/* What functions may give: the names of arrays have an _r in them. */
static const char *any_result(struct header *h)
{
	const char *type = any_type(h);

	while (strstr(type, "_r"))
		type = any_type(h);
	return type;
}

static const char *tag_kind(unsigned i)
{
	return i % 5 == 4 ? "union" : "struct";
}

/* "struct h1_s2": one that parameters may point to, as it was mentioned before. */
static char *known_tag(struct header *h)
{
	unsigned i = below(h, N_DECLARATIONS);

	while (!h->known[i])
		i = (i + 1) % N_DECLARATIONS;
	return xasprintf("%s h%u_s%u", tag_kind(i), h->id, i);
}

static void put_attribute(struct header *h)
{
	static const char *const attributes[] = {
		" __attribute__((packed))",
		" __attribute__((aligned(8)))",
		" __attribute__((aligned(sizeof(long))))",
		"",
	};

	buf_puts(&h->text, attributes[below(h, ARRAY_SIZE(attributes))]);
}

static void put_parameters(struct header *h)
{
	buf_putc(&h->text, '(');
	for (unsigned n = below(h, 3); n; n--) {
		_cleanup_free_ char *tag = known_tag(h);

		buf_printf(&h->text, "%s%s *y%u, ", below(h, 2) ? "const " : "", tag, n);
	}
	buf_printf(&h->text, "%s x)", any_type(h));
}

static void put_pointer_member(struct header *h, unsigned k, bool named)
{
	unsigned to = below(h, N_DECLARATIONS);

	buf_printf(&h->text, "%s h%u_s%u *h%u_m%u_%u", tag_kind(to), h->id, to, h->id, h->n, k);
	if (named)
		strv_addf(&h->promises, "h%u_s%u h%u_m%u_%u h%u_s%u|((%s h%u_s%u *)0)->h%u_m%u_%u",
			  h->id, h->n, h->id, h->n, k, h->id, to, tag_kind(h->n), h->id, h->n,
			  h->id, h->n, k);
	/* Through the member alone; only what is defined in the end is promised. */
	if (named)
		strv_addf(&h->promises, "h%u_s%u h%u_m%u_%u|%u|*((%s h%u_s%u *)0)->h%u_m%u_%u",
			  h->id, h->n, h->id, h->n, k, to, tag_kind(h->n), h->id, h->n, h->id, h->n,
			  k);
	h->known[to] = true;
}

static void put_member(struct header *h, unsigned k, unsigned depth, bool named)
{
	static const char tag[] = " __attribute__((btf_type_tag(\"user\")))";
	_cleanup_free_ char *name = xasprintf("h%u_m%u_%u", h->id, h->n, k);
	struct buf *b = &h->text;

	strv_add(&h->names, name);
	switch (below(h, depth < 2 ? 9 : 8)) {
	case 0:
		buf_printf(b, "%s %s", any_type(h), name);
		break;
	case 1:
		buf_printf(b, "%s %s[%u]", any_type(h), name, below(h, 4));
		break;
	case 2:
	case 3:
		put_pointer_member(h, k, named);
		break;
	case 4:
		buf_printf(b, "unsigned %s : %u", name, 1 + below(h, 31));
		break;
	case 5:
		buf_printf(b, "%s (*%s)", any_result(h), name);
		put_parameters(h);
		break;
	case 6:
		buf_printf(b, "%s (*%s)[3]", any_type(h), name);
		break;
	case 7:
		buf_printf(b, "%s%s *%s", any_type(h), tag, name);
		break;
	default:
		buf_puts(b, below(h, 2) ? "struct {\n" : "union {\n");
		for (unsigned i = 0; i < 3; i++) {
			buf_putc(b, '\t');
			put_member(h, 10 * k + 100 + i, depth + 1, false);
		}
		buf_printf(b, "\t} %s", below(h, 2) ? name : "");
		put_attribute(h);
	}
	buf_puts(b, ";\n");
}

static void put_body(struct header *h, bool named)
{
	buf_puts(&h->text, " {\n");
	for (unsigned k = 0, n = below(h, 5); k <= n; k++) {
		buf_putc(&h->text, '\t');
		put_member(h, k, 0, named);
	}
	buf_putc(&h->text, '}');
}

static void add_type(struct header *h, const char *fmt, const char *name)
{
	_cleanup_free_ char *type = xasprintf("%s%s", fmt, name);

	strv_add(&h->types, type);
	strv_add(&h->names, name);
	strv_addf(&h->promises, "%s|*(%s *)0", name, type);
}

static void put_record(struct header *h)
{
	_cleanup_free_ char *name = xasprintf("h%u_s%u", h->id, h->n);
	_cleanup_free_ char *kind = xasprintf("%s ", tag_kind(h->n));

	buf_printf(&h->text, "%s%s", kind, name);
	put_body(h, true);
	put_attribute(h);
	h->known[h->n] = h->defined[h->n] = true;
	add_type(h, kind, name);
}

static void put_enum(struct header *h)
{
	_cleanup_free_ char *name = xasprintf("h%u_e%u", h->id, h->n);
	bool tagged = below(h, 2);

	buf_printf(&h->text, "enum %s%s {\n", tagged ? name : "",
		   below(h, 3) ? "" : " : unsigned long long");
	for (unsigned k = 0; k < 3; k++) {
		buf_printf(&h->text, "\tH%u_E%u_%u%s,\n", h->id, h->n, k,
			   k == 1 ? " = sizeof(int)" : "");
		strv_addf(&h->names, "H%u_E%u_%u", h->id, h->n, k);
		strv_addf(&h->promises, "H%u_E%u_%u|H%u_E%u_%u", h->id, h->n, k, h->id, h->n, k);
	}
	buf_putc(&h->text, '}');
	if (tagged)
		add_type(h, "enum ", name);
}

static void put_typedef(struct header *h)
{
	const unsigned form = below(h, 8);
	_cleanup_free_ char *name = xasprintf("h%u_%c%u", h->id, form == 1 ? 'r' : 't', h->n);
	_cleanup_free_ char *tag = known_tag(h);
	struct buf *b = &h->text;

	buf_puts(b, "typedef ");
	switch (form) {
	case 0:
		buf_printf(b, "%s %s", any_result(h), name);
		break;
	case 1:
		buf_printf(b, "%s %s[2]", any_type(h), name);
		break;
	case 2:
		buf_printf(b, "%s *%s", tag, name);
		break;
	case 3:
		buf_printf(b, "%s *(*%s)", tag, name);
		put_parameters(h);
		break;
	case 4:
		buf_puts(b, "struct");
		put_body(h, false);
		buf_printf(b, " %s, *%s_p", name, name);
		break;
	case 5:
		buf_printf(b, "%s h%u_s%u", tag_kind(h->n), h->id, h->n);
		put_body(h, false);
		buf_printf(b, " %s, %s_r[2]", name, name);
		h->known[h->n] = h->defined[h->n] = true;
		break;
	case 6:
		buf_printf(b, "enum { H%u_T%u } %s", h->id, h->n, name);
		strv_addf(&h->names, "H%u_T%u", h->id, h->n);
		break;
	default:
		buf_printf(b, "%s (*%s)[2]", any_type(h), name);
	}
	add_type(h, "", name);
}

static void put_function(struct header *h)
{
	_cleanup_free_ char *name = xasprintf("h%u_f%u", h->id, h->n), *tag = known_tag(h);
	bool body = below(h, 3) == 0;

	buf_printf(&h->text, "%s %s *%s", body ? "static inline" : "extern", tag, name);
	put_parameters(h);
	if (body)
		buf_printf(&h->text, "\n{\n\treturn (void *)sizeof(%s);\n}\n", any_type(h));
	else
		buf_puts(&h->text, below(h, 2) ? " __attribute__((weak))" : "");
	strv_add(&h->names, name);
	strv_addf(&h->promises, "%s|%s", name, name);
}

static void put_variable(struct header *h)
{
	_cleanup_free_ char *name = xasprintf("h%u_v%u", h->id, h->n);

	buf_printf(&h->text, "extern %s %s, *%s_p", any_type(h), name, name);
	strv_add(&h->names, name);
	strv_addf(&h->promises, "%s|%s", name, name);
}

static void put_macro(struct header *h)
{
	buf_printf(&h->text, "#define H%u_M%u(x) \\\n\t((x) + sizeof(%s))\n", h->id, h->n,
		   any_type(h));
	strv_addf(&h->names, "H%u_M%u", h->id, h->n);
	strv_addf(&h->promises, "H%u_M%u|H%u_M%u(1)", h->id, h->n, h->id, h->n);
}

static void put_declaration(struct header *h)
{
	static void (*const forms[])(struct header *) = {
		put_record,  put_record,  put_record,	put_record,   put_enum,
		put_typedef, put_typedef, put_function, put_variable,
	};
	unsigned form = below(h, ARRAY_SIZE(forms) + 3);
	bool conditional = below(h, 6) == 0;

	if (conditional)
		buf_printf(&h->text, "#ifndef H%u_NEVER%s\n", h->id,
			   below(h, 2) ? "" : " /* or\nelse */");
	if (form < ARRAY_SIZE(forms)) {
		size_t before = h->text.n;

		forms[form](h);
		if (h->text.n > before && h->text.v[h->text.n - 1] != '\n')
			buf_puts(&h->text, ";\n");
	} else if (form == ARRAY_SIZE(forms)) {
		put_macro(h);
	} else if (form == ARRAY_SIZE(forms) + 1) {
		unsigned i = h->n + below(h, N_DECLARATIONS - h->n);

		buf_printf(&h->text, "%s h%u_s%u;\n", tag_kind(i), h->id, i);
		h->known[i] = true;
		strv_addf(&h->names, "h%u_s%u", h->id, i);
	} else {
		buf_puts(&h->text, "/* nothing\n   here */\n\n");
	}
	if (conditional)
		buf_puts(&h->text, "#endif\n");
}

#define PUSH                                                                               \
	"#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = " \
	"record)\n"
#define POP "#pragma clang attribute pop\n"

/* Every region has a struct that is always wanted: else slices name any. */
static void put_anchor(struct header *h, unsigned i)
{
	buf_printf(&h->text, "struct h%u_anchor%u { int x; };\n", h->id, i);
}

static void make_header(struct header *h, unsigned id)
{
	*h = (struct header){.id = id, .random = id};
	strv_add(&h->types, "int");
	strv_add(&h->types, "char *");
	put_anchor(h, 0);
	h->known[0] = true;
	buf_printf(&h->text, "struct h%u_s0;\n", id);
	for (h->n = 1; h->n < N_DECLARATIONS; h->n++) {
		if (h->n == 10 || h->n == 25) {
			buf_puts(&h->text, PUSH);
			put_anchor(h, h->n);
		}
		put_declaration(h);
		if (h->n == 20 || h->n == 35) {
			buf_puts(&h->text, POP);
			put_anchor(h, h->n);
		}
	}
}

static void free_header(struct header *h)
{
	buf_free(&h->text);
	strv_free(&h->types);
	strv_free(&h->names);
	strv_free(&h->promises);
}

/* Some names, with those of the anchors. */
static char *some_names(struct header *h)
{
	struct buf b = {0};

	for (unsigned i = 0; i < N_DECLARATIONS; i += 5)
		buf_printf(&b, "h%u_anchor%u ", h->id, i);
	for (unsigned n = below(h, 10); n; n--)
		buf_printf(&b, "%s ", h->names.v[below(h, (unsigned)h->names.n)]);
	return buf_steal(&b);
}

static bool has_word(const char *words, const char *word, size_t size)
{
	for (const char *p = words; (p = strstr(p, word)); p += size)
		if ((p == words || p[-1] == ' ') && p[size] == ' ')
			return true;
	return false;
}

/* Appends what the header promises for these names. */
static void put_promises(const struct header *h, const char *wanted, struct buf *ret)
{
	for (size_t i = 0; i < h->promises.n; i++) {
		_cleanup_free_ char *copy = xstrdup(h->promises.v[i]);
		char *rest = copy, *names = strsep(&rest, "|"), *name;
		bool all = true;

		while ((name = strsep(&names, " ")))
			all &= has_word(wanted, name, strlen(name));
		if (all && strchr(rest, '|'))
			all = h->defined[strtoul(strsep(&rest, "|"), NULL, 10)];
		if (all)
			buf_printf(ret, "typedef char h%u_p%zu[sizeof(%s) ? 1 : 2];\n", h->id, i,
				   rest);
	}
}

static struct strv lines_of(const char *text)
{
	_cleanup_free_ char *copy = xstrdup(text);
	char *rest = copy, *line;
	struct strv ret = {0};

	while ((line = strsep(&rest, "\n")))
		strv_add(&ret, line);
	return ret;
}

/* "struct a; union b; " and nothing else. */
static bool is_forward_only(const char *line)
{
	while (str_starts(line, "struct ") || str_starts(line, "union ")) {
		line += strcspn(line, ";{");
		if (*line != ';')
			return false;
		line += 1 + (line[1] == ' ');
	}
	return !*line;
}

static void expect_lines_of(const char *small, const char *large)
{
	_cleanup_strv_ struct strv a = lines_of(small), b = lines_of(large);

	for (size_t i = 0; i < a.n; i++) {
		bool found = is_forward_only(a.v[i]);

		/* A comment may end a line of the header. */
		for (size_t k = 0; k < b.n && !found; k++)
			found = str_starts(b.v[k], a.v[i]);
		if (found)
			continue;
		print_message("%s\nmore was wanted and less came:\n%s\n", small, large);
		fail_msg("%s", a.v[i]);
	}
}

static void expect_same_lines(const char *one, const char *other)
{
	_cleanup_strv_ struct strv a = lines_of(one), b = lines_of(other);

	strv_sort(&a);
	strv_sort(&b);
	for (size_t i = 0; i < a.n && i < b.n; i++)
		if (!str_eq(a.v[i], b.v[i])) {
			fprintf(stderr, "%s\nand its slice:\n%s\n", one, other);
			assert_string_equal(a.v[i], b.v[i]);
		}
	assert_int_equal(a.n, b.n);
}

/* kept has what plain has, each line where the header has it, after forward declarations. */
static void expect_lines_kept(const char *header, const char *plain, const char *kept)
{
	_cleanup_strv_ struct strv a = lines_of(header), b = lines_of(plain), c = lines_of(kept);
	size_t found = 0, wanted = 0;

	for (size_t i = 0; i < c.n; i++) {
		const char *line = c.v[i];

		if (is_forward_only(line))
			continue;
		assert_in_range(i, 0, a.n - 1);
		if (!str_ends(line, a.v[i]) && !str_starts(a.v[i], line))
			print_message("line %zu\n", i + 1);
		if (!str_starts(a.v[i], line))
			assert_string_equal(line + strlen(line) - strlen(a.v[i]), a.v[i]);
		found++;
	}
	for (size_t i = 0; i < b.n; i++)
		wanted += !is_forward_only(b.v[i]);
	assert_int_equal(found, wanted);
}

static void more_is_wanted_and_more_is_given(void **state)
{
	(void)state;
	for (unsigned id = 0; id < N_HEADERS; id++) {
		_cleanup_free_ char *some = NULL, *more = NULL, *all = NULL, *small = NULL,
				    *large = NULL;
		struct slice_room r;
		struct header h;

		make_header(&h, id);
		room_open(&r, h.text.v);
		some = some_names(&h);
		more = some_names(&h);
		all = xasprintf("%s %s", some, more);
		small = room_cut(&r, some, false);
		large = room_cut(&r, all, false);
		expect_lines_of(small, large);
		expect_lines_of(large, h.text.v);
		room_close(&r);
		free_header(&h);
	}
}

static void a_slice_of_a_slice_is_the_same(void **state)
{
	(void)state;
	for (unsigned id = 0; id < N_HEADERS; id++) {
		_cleanup_free_ char *some = NULL, *slice = NULL, *again = NULL;
		struct slice_room r;
		struct header h;

		make_header(&h, id);
		some = some_names(&h);
		room_open(&r, h.text.v);
		slice = room_cut(&r, some, false);
		room_close(&r);
		room_open(&r, slice);
		again = room_cut(&r, some, false);
		room_close(&r);
		expect_same_lines(slice, again);
		free_header(&h);
	}
}

static void lines_stay_where_they_are(void **state)
{
	(void)state;
	for (unsigned id = 0; id < N_HEADERS; id++) {
		_cleanup_free_ char *some = NULL, *plain = NULL, *kept = NULL;
		struct slice_room r;
		struct header h;

		make_header(&h, id);
		some = some_names(&h);
		room_open(&r, h.text.v);
		plain = room_cut(&r, some, false);
		kept = room_cut(&r, some, true);
		expect_lines_kept(h.text.v, plain, kept);
		room_close(&r);
		free_header(&h);
	}
}

/* The headers themselves, then slices of each, with what they promise. */
static void compilers_accept_slices(void **state)
{
	static char dir[] = "/tmp/skep-slices-XXXXXX";
	_cleanup_buf_ struct buf whole = {0}, slices = {0};
	_cleanup_free_ char *command = NULL;

	(void)state;
	if (system("clang-19 --version >/dev/null 2>&1") != 0) {
		print_message("clang-19 is not installed\n");
		skip();
	}
	for (unsigned id = 0; id < N_HEADERS; id++) {
		_cleanup_free_ char *some = NULL, *slice = NULL;
		struct slice_room r;
		struct header h;

		make_header(&h, id);
		some = some_names(&h);
		room_open(&r, h.text.v);
		slice = room_cut(&r, some, false);
		room_close(&r);
		buf_puts(&whole, h.text.v);
		put_promises(&h, some, &whole);
		buf_printf(&slices, "/* wanted: %s */\n%s", some, slice);
		put_promises(&h, some, &slices);
		free_header(&h);
	}
	assert_non_null(mkdtemp(dir));
	command = xasprintf("cd %s && clang-19 -target bpf -fsyntax-only -Wall -Werror "
			    "-Wno-unused-function whole.c slices.c",
			    dir);
	for (int i = 0; i < 2; i++) {
		_cleanup_free_ char *path = path_join(dir, i ? "slices.c" : "whole.c");
		const struct buf *b = i ? &slices : &whole;

		assert_int_equal(file_write(path, b->v, b->n), 0);
	}
	assert_int_equal(system(command), 0);
	assert_int_equal(file_remove_tree(dir), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_is_wanted_and_more_is_given),
		cmocka_unit_test(a_slice_of_a_slice_is_the_same),
		cmocka_unit_test(lines_stay_where_they_are),
		cmocka_unit_test(compilers_accept_slices),
	};

	return cmocka_run_group_tests_name("slice_random", tests, NULL, NULL);
}
