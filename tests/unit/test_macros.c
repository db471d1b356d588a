#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "slice/macros.h"

/* A unit of files, and the patterns of it. */
struct room {
	struct words *words;
	VEC(struct file_tokens *) tokens;
	VEC(struct file_macros *) macros;
	struct patterns patterns;
};

static void room_add(struct room *r, const char *text, size_t size)
{
	struct file_tokens *t;

	if (!r->words)
		r->words = words_new();
	t = tokens_scan(r->words, text, size);
	vec_push(&r->tokens, t);
	vec_push(&r->macros, macros_prepare(r->words, t));
}

static void room_find(struct room *r)
{
	patterns_find(r->words, (const struct file_macros *const *)r->macros.v, r->macros.n,
		      &r->patterns);
}

static void room_free(struct room *r)
{
	for (size_t i = 0; i < r->tokens.n; i++) {
		tokens_free(r->tokens.v[i]);
		macros_free(r->macros.v[i]);
	}
	vec_free(&r->tokens);
	vec_free(&r->macros);
	patterns_free(&r->patterns);
	words_free(r->words);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void put_set(const struct room *r, const struct piece *p, struct buf *ret)
{
	VEC(const char *) texts = {0};

	for (uint32_t k = 0; k < p->n; k++)
		vec_push(&texts, words_text(r->words, r->patterns.words.v[p->first + k]));
	if (texts.n)
		qsort(texts.v, texts.n, sizeof(texts.v[0]), compare_texts);
	buf_putc(ret, '{');
	for (size_t k = 0; k < texts.n; k++)
		buf_printf(ret, "%s%s", k ? " " : "", texts.v[k]);
	buf_putc(ret, '}');
	vec_free(&texts);
}

/* "foo_{a b}? *", with ? for what may be empty, # for what may be a number. */
static void put_pattern(const struct room *r, const struct pattern *q, struct buf *ret)
{
	for (uint32_t i = 0; i < q->n; i++) {
		const struct piece *p = &r->patterns.pieces.v[q->first + i];

		if (p->kind == PIECE_TEXT)
			buf_puts(ret, words_text(r->words, r->patterns.words.v[p->first]));
		else if (p->kind == PIECE_WORDS)
			put_set(r, p, ret);
		else
			buf_puts(ret, p->kind == PIECE_ANY ? "(any)" : "(wild)");
		if (p->may_be_empty)
			buf_putc(ret, '?');
		if (p->may_be_number)
			buf_putc(ret, '#');
	}
}

/* All patterns, sorted as text. Files are separated by a form feed. */
static char *patterns_of(const char *text)
{
	struct room r = {0};
	struct strv all = {0};
	struct buf b = {0};

	for (;;) {
		size_t n = strcspn(text, "\f");

		room_add(&r, text, n);
		if (!text[n])
			break;
		text += n + 1;
	}
	room_find(&r);
	for (size_t i = 0; i < r.patterns.list.n; i++) {
		put_pattern(&r, &r.patterns.list.v[i], &b);
		strv_take(&all, buf_steal(&b));
	}
	strv_sort(&all);
	for (size_t i = 0; i < all.n; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", all.v[i]);
	if (!b.v)
		buf_puts(&b, "");
	strv_free(&all);
	room_free(&r);
	return buf_steal(&b);
}

static void expect(const char *const cases[][2], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *got = patterns_of(cases[i][0]);

		if (!str_eq(got, cases[i][1]))
			print_message("%s\n", cases[i][0]);
		assert_string_equal(got, cases[i][1]);
	}
}

#define CAT "#define CAT(a, b) a ## b\n"

static void chains_are_found(void **state)
{
	static const char *const cases[][2] = {
		{"", ""},
		{"#define A x ## y ## 1\n", "xy1"},
		{"#define A x %:%: y\n", "xy"},
		{"#define A(p) x ## y p\n", "xy"},
		{"#define A(p) f_ ## p\n", ""},
		{"#define A(p) f_ ## p\nA(x) A(y)", "f_{x y}"},
		{"#define A(p) f_##p##_##g\nA(x)", "f_{x}_g"},
		{"#define A(p) f_##p, g_ ## p\nA(x)", "f_{x}, g_{x}"},
		{"#define A(p) f_##p. ##g\nA(x)", "f_{x}"},
		{"#define A (p) x ## y\nA(x)", "xy"},
		{"#define A\\\n(p) f_##p\nA(x)", "f_{x}"},
		{"#define A(n, ...) f(n, ## __VA_ARGS__)\nA(1, x)", ""},
		{"#define A(n, r...) f(n, ## r ## _t)\nA(1, x, y)", "{x y}_t"},
		{"#define A(p) L ## #p \"s\" ## p\nA(x)", ""},
		{"#define A(p) x ## \\\n y ## \\\r\n p\nA(z)", "xy{z}"},
		{"#define A(p) // x ## p\nA(z)", ""},
		{"x ## y\n# x ## y\n#if x ## y\n#pragma x ## y\n", ""},
		{"#define A(p) p ## _t\n#undef A\n#define A(q, p) p ## _u\nA(x, y)",
		 "{x}_t, {y}_u"},
		{"#if X\n#define A(p) p ## _t\n#else\n#define A(p) p ## _u\n#endif\nA(x)",
		 "{x}_t, {x}_u"},
		{"#define A(p) p ## _t\n#define B(p) p ## _t\nA(x) B(x)", "{x}_t"},
		{"#define A(p, q) __VA_OPT__(p) ## q", ""},
		{"#define A(q, ...) q ## __VA_OPT__(p)\nA(x)", "{x}(wild)"},
		{"#define A(q, ...) __VA_OPT__(p) ## q\nA(x)", "(wild){x}"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases));
}

static void arguments_are_followed(void **state)
{
	static const char *const cases[][2] = {
		{CAT "CAT(x, y) CAT(z, (1, 2))", "{x z}{1 2 y}"},
		{CAT "CAT\n(x\n,\ny)", "{x}{y}"},
		{"CAT(x, y)\f" CAT, "{x}{y}"},
		{CAT "CAT(x,)", "{x}{}?"},
		{CAT "CAT(x)", "{x}{}?"},
		{CAT "CAT(x, \"s\")", ""},
		{CAT "#define F(n) CAT(f_, n)\nF(x) F(y)", "{f_}{x y}"},
		{CAT "#define F(n) G(n)\n#define G(n) CAT(f_, n)\nF(x) G(y)", "{f_}{x y}"},
		{CAT "#define F(n) G(n)\n#define G(n) F(n) CAT(f_, n)\nF(x)", "{f_}{x}"},
		{CAT "#define N M 2\n#define M 1\nCAT(f_, N)", "{f_}{1 2 M N}"},
		{CAT "#define N 1\nCAT(f_, N)", "{f_}{1 N}"},
		{CAT "#define N\nCAT(f_, N)", "{f_}{N}?"},
		{CAT "#define N(x) v_ x\nCAT(f_, N(t))", "{f_}{N t v_}?"},
		{CAT "CAT(f_, __LINE__)", "{f_}{__LINE__}#"},
		{CAT "#define L CAT(f_, __COUNTER__) g\nL", "{f_}{__COUNTER__}#"},
		{"#define C(a, b, c) a##b##c\nC(x, y z, w)", "{x}{y z}, {x}{y z}{w}, {y z}{w}"},
		{"#define C(a, r...) a##r\nC(x, y, z)", "{x}{y z}"},
		/* Commas from parameters move what follows them. */
		{CAT "#define F(r...) CAT(r)\nF(x, y)", "{x y}?{x y}?"},
		{CAT "#define F(p) CAT(p)\n#define PAIR x, y\nF(PAIR)", "{PAIR x y}?{PAIR x y}?"},
		{CAT "#define F(a, r...) CAT(a, ##r)\nF(x, y)", "{x}{y}?"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases));
}

static void what_is_not_known_is_wild(void **state)
{
	static const char *const cases[][2] = {
		/* Results of pastes. */
		{CAT "#define F(n) CAT(n, _t)\nF(CAT(x, y))", "(wild){_t y}"},
		{CAT "#define F(n) CAT(n ## 1, _t)\nF(x)", "(wild){_t}, {x}1"},
		{CAT "#define X x ## y\n#define F(n) CAT(n, _t)\nF(X)", "(wild){_t}, xy"},
		/* Macros that are called by another name. */
		{"#define A(p) f_ ## p\n#define B A\nB(x)", "f_(wild)"},
		{"#define A(p) f_ ## p\n#define L(X) X(x)\nL(A)", "f_(wild)"},
		{"#define AB(p) f_ ## p\n#define F(p) CAT(A, B)(p)\n" CAT, "f_(wild), {A}{B}"},
		{"#define A1(p) f_ ## p\n#define F(p) CAT(A, __COUNTER__)(p)\n" CAT,
		 "f_(wild), {A}{__COUNTER__}#"},
		{"#define AB(p) f_ ## p\n#define N A ## B\nN(x)", "AB, f_(wild)"},
		/* A directive between arguments, or no end of them. */
		{CAT "CAT(x,\n#if 1\ny\n#endif\n)", "(wild)(wild)"},
		{CAT "CAT(x", "(wild)(wild)"},
		{CAT "#define F CAT(x,\nF y)", "(wild)(wild)"},
		{CAT "#define P (\n#define F(p) CAT(p x, y)\nF(P)", "(wild)(wild)"},
		/* No mentions. */
		{CAT "#ifdef CAT\n#undef CAT\n#elif defined(CAT)\n#endif\n", ""},
		{CAT "#if CAT\n#elif !defined CAT || CAT(1, 2)\n#endif\n", ""},
		{CAT "// CAT\n/* CAT */ \"CAT\"\n", ""},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases));
}

static void macro_names_are_passed(void **state)
{
	static const char *const cases[][2] = {
		/* A name that gets no arguments there is a word like others. */
		{CAT "#define F(...) APPLY(F, N(__VA_ARGS__))(__VA_ARGS__)\n"
		     "#define APPLY(f, n) CAT(f, n)\n#define N(...) 1\n#define F1(x) x\nF(y)",
		 "{F}(wild)"},
		{CAT "#define G(n) n\n#define F(f) CAT(f (x), _t)\nF(G)", "(wild)(wild)"},
		{CAT "#define G(n) n\n#define F(f) CAT(f, _t)\nF(G)", "{G}{_t}"},
	};

	(void)state;
	expect(cases, ARRAY_SIZE(cases));
}

static void big_sets_are_any(void **state)
{
	_cleanup_buf_ struct buf b = {0};
	_cleanup_free_ char *got = NULL;

	(void)state;
	buf_puts(&b, CAT);
	for (int i = 0; i < 5000; i++)
		buf_printf(&b, "CAT(f_, x%d)\n", i);
	got = patterns_of(b.v);
	assert_string_equal(got, "{f_}(any)");
}

static void long_chains_are_wild(void **state)
{
	_cleanup_buf_ struct buf b = {0};
	_cleanup_free_ char *got = NULL;

	(void)state;
	buf_puts(&b, "#define A(p) p");
	for (int i = 0; i < 100; i++)
		buf_puts(&b, " ## p");
	buf_puts(&b, "\nA(x)");
	got = patterns_of(b.v);
	assert_string_equal(got, "(wild)");
}

static void definitions_become_lines(void **state)
{
	static const char *const cases[][2] = {
		{"A", "#define A 1\n"},
		{"A=", "#define A \n"},
		{"A=x=y", "#define A x=y\n"},
		{"A(a,b)=a##b", "#define A(a,b) a##b\n"},
		{"A=x\n#define B", "#define A x\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf b = {0};

		macros_put_definition(&b, cases[i][0]);
		assert_string_equal(b.v, cases[i][1]);
	}
}

/* Random macro files, compared with what clang makes of them. */

static uint64_t random_state = 1;

static uint32_t below(uint32_t n)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(random_state >> 33) % n;
}

#define N_MACROS 6

/* Cases where macros are only ever called by their names, so that little is wild. */
static bool tame;

/* A word: a parameter of the macro (one of n), a plain word, a macro's name or a number. */
static void put_word(struct buf *b, uint32_t n_params, bool variadic)
{
	static const char *const dynamic[] = {"__LINE__", "__COUNTER__"};
	uint32_t kind = below(20);

	if (kind < 10 && (n_params || variadic)) {
		uint32_t k = below(n_params + variadic);

		if (k == n_params)
			buf_puts(b, "__VA_ARGS__");
		else
			buf_printf(b, "p%u", k);
	} else if (kind < 13 || (tame && kind < 16)) {
		buf_printf(b, "%c%c", 'a' + (char)below(9), 'a' + (char)below(9));
	} else if (kind < 14 || (tame && kind < 17)) {
		buf_puts(b, "PAIR");
	} else if (kind < 17) {
		/* Also halves of macros' names, to be put together. */
		buf_printf(b, below(3) ? "M%u" : below(2) ? "M" : "%u", below(N_MACROS));
	} else if (kind < 18) {
		buf_puts(b, dynamic[below(2)]);
	} else {
		buf_printf(b, "%u", below(N_MACROS));
	}
}

static void put_tokens(struct buf *b, uint32_t n_params, bool variadic, bool body, int depth);

static void put_call(struct buf *b, uint32_t n_params, bool variadic, bool body, int depth)
{
	if (tame || below(8))
		buf_printf(b, "M%u", below(N_MACROS));
	else
		put_word(b, n_params, variadic);
	buf_puts(b, " (");
	for (uint32_t i = 0, n = 1 + below(3); i < n; i++) {
		if (i)
			buf_putc(b, ',');
		if (below(8))
			put_tokens(b, n_params, variadic, body, depth + 1);
	}
	buf_puts(b, ") ");
}

static void put_tokens(struct buf *b, uint32_t n_params, bool variadic, bool body, int depth)
{
	for (uint32_t n = 1 + below(depth ? 2 : 4); n; n--) {
		uint32_t kind = below(16);

		if (kind < 5 && depth < 3) {
			put_call(b, n_params, variadic, body, depth);
		} else if (kind < 9 && body) {
			put_word(b, n_params, variadic);
			do {
				buf_puts(b, " ## ");
				put_word(b, n_params, variadic);
			} while (below(3) == 0);
			buf_putc(b, ' ');
		} else if (kind < 14) {
			put_word(b, n_params, variadic);
			buf_putc(b, ' ');
		} else if (kind == 14 && body && variadic) {
			buf_puts(b, below(2) ? ", ## __VA_ARGS__ " : "__VA_OPT__(, a) ");
		} else if (kind == 15 && !below(4) && !tame) {
			buf_puts(b, body ? (below(2) ? "(" : below(2) ? ")" : ",") : "[x]");
		}
	}
}

static void put_case(struct buf *b)
{
	tame = below(3);
	buf_puts(b, "#define PAIR ya, zb\n");
	for (int i = 0; i < N_MACROS; i++) {
		uint32_t n_params = below(4), object = !tame && below(4) == 0;
		bool variadic = !object && below(4) == 0;

		buf_printf(b, "#define M%u", i);
		if (object)
			n_params = 0;
		else
			buf_putc(b, '(');
		for (uint32_t k = 0; k < n_params; k++)
			buf_printf(b, "%sp%u", k ? ", " : "", k);
		if (!object)
			buf_puts(b, variadic ? n_params ? ", ...)" : "...)" : ")");
		buf_putc(b, ' ');
		if (below(10))
			put_tokens(b, n_params, variadic, true, 0);
		buf_putc(b, '\n');
	}
	for (int i = 0; i < 6; i++) {
		put_call(b, 0, false, false, 0);
		buf_puts(b, below(4) ? ";\n" : "\n");
	}
}

/* Whether a name is one choice for each piece from i on, joined. */
static bool matches(const struct room *r, const struct pattern *q, uint32_t i, const char *name)
{
	const struct piece *p;

	if (i == q->n)
		return !*name;
	p = &r->patterns.pieces.v[q->first + i];
	if (p->may_be_empty && matches(r, q, i + 1, name))
		return true;
	for (uint32_t k = 0; k < p->n; k++) {
		uint32_t word = r->patterns.words.v[p->first + k];

		if (str_starts(name, words_text(r->words, word)) &&
		    matches(r, q, i + 1, name + words_size(r->words, word)))
			return true;
	}
	for (size_t n = 0; n <= strlen(name); n++)
		if ((p->kind == PIECE_WILD ||
		     (p->kind == PIECE_ANY && words_find(r->words, name, n) != WORDS_NONE) ||
		     (p->may_be_number && n && strspn(name, "0123456789") >= n)) &&
		    matches(r, q, i + 1, name + n))
			return true;
	return false;
}

struct tally {
	size_t cases, known, made,
		tame; /* names in the file; made by ## ; made by no wild pattern */
};

static bool has_wild(const struct room *r, const struct pattern *q)
{
	for (uint32_t i = 0; i < q->n; i++)
		if (r->patterns.pieces.v[q->first + i].kind == PIECE_WILD)
			return true;
	return false;
}

static bool is_covered(const struct room *r, const char *name, struct tally *ret)
{
	bool found = false;

	for (size_t i = 0; i < r->tokens.v[0]->n_uniq; i++) {
		if (str_eq(words_text(r->words, r->tokens.v[0]->uniq[i]), name)) {
			ret->known++;
			return true;
		}
	}
	for (size_t i = 0; i < r->patterns.list.n; i++) {
		if (!matches(r, &r->patterns.list.v[i], 0, name))
			continue;
		found = true;
		if (!has_wild(r, &r->patterns.list.v[i])) {
			ret->tame++;
			break;
		}
	}
	ret->made += found;
	return found;
}

static void check_case(const char *source, const char *output, size_t size, struct tally *ret)
{
	struct room r = {0};
	struct lexer l = lexer_begin(output, size);
	struct token t;

	ret->cases++;
	room_add(&r, source, strlen(source));
	room_find(&r);
	while ((t = lexer_next(&l)).kind != TOKEN_END) {
		_cleanup_free_ char *name = xstrndup(t.at, t.size);

		if (t.kind == TOKEN_WORD && !is_covered(&r, name, ret))
			fail_msg("%s is made by:\n%s", name, source);
	}
	room_free(&r);
}

/* Cases are told apart in the output by lines that begin with a string. */
#define MARK "\"@\""

static void check_batch(uint32_t n, struct tally *ret)
{
	_cleanup_strv_ struct strv cases = {0};
	_cleanup_buf_ struct buf all = {0}, output = {0};
	char path[] = "/tmp/skep-macros-XXXXXX";
	_cleanup_close_ int fd = mkstemp(path);
	_cleanup_free_ char *command =
		xasprintf("clang-19 -E -P -w -ferror-limit=0 -x c %s 2>/dev/null", path);
	const char *at, *next;
	FILE *clang;
	size_t i = 0;

	assert_true(fd >= 0);
	for (uint32_t k = 0; k < n; k++) {
		struct buf b = {0};

		put_case(&b);
		buf_add(&all, b.v, b.n);
		buf_puts(&all, "#undef PAIR\n");
		for (int m = 0; m < N_MACROS; m++)
			buf_printf(&all, "#undef M%d\n", m);
		buf_puts(&all, MARK "\n");
		strv_take(&cases, buf_steal(&b));
	}
	assert_int_equal(file_write_fd(fd, all.v, all.n), 0);
	clang = popen(command, "r");
	assert_non_null(clang);
	for (int c; (c = getc(clang)) != EOF;)
		buf_putc(&output, (char)c);
	pclose(clang);
	unlink(path);
	for (at = output.v; at && i < cases.n; at = next) {
		next = strstr(at, MARK);
		check_case(cases.v[i++], at, next ? (size_t)(next - at) : strlen(at), ret);
		next = next ? next + strlen(MARK) : NULL;
	}
}

static void names_that_clang_makes_are_covered(void **state)
{
	const char *seed = getenv("SKEP_TEST_SEED"), *rounds = getenv("SKEP_TEST_ROUNDS");
	struct tally tally = {0};

	(void)state;
	if (system("clang-19 --version >/dev/null 2>&1") != 0) {
		print_message("clang-19 is not installed\n");
		skip();
	}
	if (seed)
		random_state = strtoull(seed, NULL, 0);
	for (int i = rounds ? atoi(rounds) : 60; i; i--)
		check_batch(8, &tally);
	print_message("%zu cases: %zu words of the files, %zu made, %zu of them precisely\n",
		      tally.cases, tally.known, tally.made, tally.tame);
	/* The cases are such that there is something to see. */
	assert_true(tally.known > 1000);
	assert_true(tally.made > 100);
	assert_true(tally.tame > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains_are_found),
		cmocka_unit_test(arguments_are_followed),
		cmocka_unit_test(what_is_not_known_is_wild),
		cmocka_unit_test(macro_names_are_passed),
		cmocka_unit_test(big_sets_are_any),
		cmocka_unit_test(long_chains_are_wild),
		cmocka_unit_test(definitions_become_lines),
		cmocka_unit_test(names_that_clang_makes_are_covered),
	};

	return cmocka_run_group_tests_name("macros", tests, NULL, NULL);
}
