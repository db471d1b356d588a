#include <errno.h>
#include <ctype.h>
#include <linux/bpf.h>
#include <stdlib.h>

#include "kernel/expect_parts.h"
#include "kernel/match.h"

#define UNPRIVILEGED "_unpriv"
#define MAX_LOG_LEVEL 7
#define DIGITS "0123456789"
#define HEX_DIGITS DIGITS "abcdefABCDEF"

/* Flags by value, since some are younger than the headers this is built with. */
static const struct {
	const char *name;
	uint32_t value;
} flags[] = {
	{"BPF_F_STRICT_ALIGNMENT", 1u << 0},   {"BPF_F_ANY_ALIGNMENT", 1u << 1},
	{"BPF_F_TEST_RND_HI32", 1u << 2},      {"BPF_F_TEST_STATE_FREQ", 1u << 3},
	{"BPF_F_SLEEPABLE", 1u << 4},	       {"BPF_F_XDP_HAS_FRAGS", 1u << 5},
	{"BPF_F_XDP_DEV_BOUND_ONLY", 1u << 6}, {"BPF_F_TEST_REG_INVARIANTS", 1u << 7},
};

/* Results that have names; some headers spell them out before they get into a tag. */
static const struct {
	const char *name;
	bool is_any;
	uint32_t value;
} results[] = {
	{"INT_MIN", false, 1u << 31},
	{"_INT_MIN", false, 1u << 31},
	{"(-2147483647 -1)", false, 1u << 31},
	{"(-2147483647 - 1)", false, 1u << 31},
	{"TEST_DATA_LEN", false, 64},
	{"POINTER_VALUE", true, 0},
	{"0xcafe4all", true, 0},
	{"0xbadcafe", true, 0},
};

/* Of the kernel's names those that are not an alias of ours, whatever their case. */
static const struct {
	const char *name, *archs[2];
} arch_names_of_tests[] = {
	{"POWERPC64", {"powerpc", "ppc64"}},
};

static void add_gap(struct annotated_side *s, bool is_moot, char *gap)
{
	s->is_moot |= is_moot;
	if (s->gap)
		free(gap);
	else
		s->gap = gap;
}

/* "12", "-12", "0x12", and nothing else. */
static const char *read_number(const char *s, int64_t least, int64_t most, int64_t *ret)
{
	bool is_negative = *s == '-';
	const char *digits = s + is_negative;
	bool is_hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
	unsigned long n;

	digits += is_hex ? 2 : 0;
	if (!*digits || digits[strspn(digits, is_hex ? HEX_DIGITS : DIGITS)])
		return "it is no number";
	errno = 0;
	n = strtoul(digits, NULL, is_hex ? 16 : 10);
	if (errno || n > UINT32_MAX)
		return "the number is out of range";
	*ret = is_negative ? -(int64_t)n : (int64_t)n;
	return *ret < least || *ret > most ? "the number is out of range" : NULL;
}

/* The text behind a number and "=", which are there since Linux 6.12, and no more where the number
 * is in front: they keep clang from dropping the second of two equal tags. */
static const char *skip_order(const struct annotated *a, const char *value)
{
	const char *p = value + strspn(value, DIGITS);

	return p > value && *p == '=' && !a->is_numbered ? p + 1 : value;
}

/* The functions below take what is behind the "=" of a tag. `a` is the program, s the side. */
static const char *add_text(const struct annotated *a, expected_texts *to, struct expected_text t,
			    const char *value)
{
	_cleanup_(match_freep) struct match *m = NULL;
	const char *why = NULL;

	value = skip_order(a, value);
	if (match_compile(value, t.is_regex_only, &m, &why) < 0)
		return why;
	t.text = xstrdup(value);
	vec_push(to, t);
	return NULL;
}

static const char *take_message(struct annotated *a, struct annotated_side *s, const char *value)
{
	return add_text(a, &s->messages, (struct expected_text){0}, value);
}

static const char *take_no_message(struct annotated *a, struct annotated_side *s, const char *value)
{
	return add_text(a, &s->messages, (struct expected_text){.must_not = true}, value);
}

static const char *take_regex(struct annotated *a, struct annotated_side *s, const char *value)
{
	return add_text(a, &s->messages, (struct expected_text){.is_regex_only = true}, value);
}

/* A line of the translated program follows the one before, unless "..." is between them. */
static const char *take_translated(struct annotated *a, struct annotated_side *s, const char *value)
{
	struct expected_text t = {.on_next_line = s->translated.n && !s->is_apart};

	s->is_apart = str_eq(skip_order(a, value), "...");
	return s->is_apart ? NULL : add_text(a, &s->translated, t, value);
}

static const char *take_success(struct annotated *a, struct annotated_side *s, const char *value)
{
	(void)a;
	(void)value;
	s->has_outcome = true;
	s->must_fail = false;
	return NULL;
}

static const char *take_failure(struct annotated *a, struct annotated_side *s, const char *value)
{
	(void)a;
	(void)value;
	s->has_outcome = true;
	s->must_fail = true;
	return NULL;
}

static const char *take_result(struct annotated *a, struct annotated_side *s, const char *value)
{
	int64_t n = 0;
	const char *why;

	(void)a;
	s->has_result = true;
	for (size_t i = 0; i < ARRAY_SIZE(results); i++) {
		if (str_eq(results[i].name, value)) {
			s->is_any_result = results[i].is_any;
			s->result = results[i].value;
			return NULL;
		}
	}
	why = read_number(value, INT32_MIN, UINT32_MAX, &n);
	s->is_any_result = false;
	s->result = (uint32_t)n;
	return why;
}

static const char *take_auxiliary(struct annotated *a, struct annotated_side *s, const char *value)
{
	(void)s;
	(void)value;
	a->is_auxiliary = true;
	return NULL;
}

static const char *take_log_level(struct annotated *a, struct annotated_side *s, const char *value)
{
	int64_t n = 0;
	const char *why = read_number(value, 0, MAX_LOG_LEVEL, &n);

	(void)s;
	a->log_level = (uint32_t)n;
	return why;
}

static const char *take_flag(struct annotated *a, struct annotated_side *s, const char *value)
{
	bool is_cleared = *value == '!';
	const char *why = NULL;
	int64_t n = -1;

	(void)s;
	value += is_cleared;
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (str_eq(flags[i].name, value))
			n = flags[i].value;
	if (n < 0)
		why = read_number(value, 0, UINT32_MAX, &n);
	if (why)
		return "it is neither a flag that is known nor a number";
	a->flags = is_cleared ? a->flags & ~(uint32_t)n : a->flags | (uint32_t)n;
	return NULL;
}

static const char *take_description(struct annotated *a, struct annotated_side *s,
				    const char *value)
{
	(void)s;
	a->description = value;
	return NULL;
}

static const char *take_arch(struct annotated *a, struct annotated_side *s, const char *value)
{
	_cleanup_free_ char *lower = xstrdup(value);
	const struct arch *arch;

	(void)s;
	for (size_t i = 0; i < ARRAY_SIZE(arch_names_of_tests); i++) {
		if (!str_eq(arch_names_of_tests[i].name, value))
			continue;
		vec_push(&a->archs, arch_find(arch_names_of_tests[i].archs[0]));
		vec_push(&a->archs, arch_find(arch_names_of_tests[i].archs[1]));
		return NULL;
	}
	for (char *p = lower; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	arch = arch_find(lower);
	if (!arch)
		return "it is no architecture that is known";
	vec_push(&a->archs, arch);
	return NULL;
}

static const char *take_load_mode(struct annotated *a, struct annotated_side *s, const char *value)
{
	(void)s;
	if (str_eq(value, "jited"))
		return NULL;
	if (!str_eq(value, "no_jited"))
		return "it is neither \"jited\" nor \"no_jited\"";
	for (size_t i = 0; i < ARRAY_SIZE(a->sides); i++)
		add_gap(&a->sides[i], true,
			xstrdup("it is for kernels that interpret programs, and these compile "
				"them"));
	return NULL;
}

/* A run needs a packet that is made in a way of its own. */
static const char *take_linear_size(struct annotated *a, struct annotated_side *s,
				    const char *value)
{
	int64_t n;
	const char *why = read_number(value, 0, INT32_MAX, &n);

	(void)s;
	a->is_not_run = true;
	for (size_t i = 0; i < ARRAY_SIZE(a->sides) && !why; i++)
		add_gap(&a->sides[i], false,
			xstrdup("it was not run: packets in several pieces are not made here"));
	return why;
}

enum {
	OF_SIDE = 1,	     /* says something of one way to load, and that this is tried */
	OF_UNPRIVILEGED = 2, /* says something of trying it without rights */
	HAS_VALUE = 4,
	IS_MOOT = 8,
};

static const struct kind {
	const char *name;
	unsigned is;
	const char *(*take)(struct annotated *a, struct annotated_side *s, const char *value);
	const char *gap; /* instead: what is not looked at */
} kinds[] = {
	{"test_expect_success", OF_SIDE, take_success, NULL},
	{"test_expect_failure", OF_SIDE, take_failure, NULL},
	{"test_expect_msg", OF_SIDE | HAS_VALUE, take_message, NULL},
	{"test_expect_not_msg", OF_SIDE | HAS_VALUE, take_no_message, NULL},
	{"test_expect_regex", OF_SIDE | HAS_VALUE, take_regex, NULL},
	{"test_expect_xlated", OF_SIDE | HAS_VALUE, take_translated, NULL},
	{"test_retval", OF_SIDE | HAS_VALUE, take_result, NULL},
	{"test_auxiliary", OF_SIDE, take_auxiliary, NULL},
	{"test_log_level", HAS_VALUE, take_log_level, NULL},
	{"test_prog_flags", HAS_VALUE, take_flag, NULL},
	{"test_description", HAS_VALUE, take_description, NULL},
	{"test_arch", HAS_VALUE, take_arch, NULL},
	{"load_mode", HAS_VALUE, take_load_mode, NULL},
	{"test_linear_size", HAS_VALUE, take_linear_size, NULL},
	{"test_jited", OF_SIDE | HAS_VALUE, NULL, "the machine's instructions were not looked at"},
	{"test_expect_stderr", OF_SIDE | HAS_VALUE, NULL,
	 "what it writes to its error stream was not looked at"},
	{"test_expect_stdout", OF_SIDE | HAS_VALUE, NULL,
	 "what it writes to its output stream was not looked at"},
	{"test_caps" UNPRIVILEGED, OF_UNPRIVILEGED | HAS_VALUE | IS_MOOT, NULL,
	 "it asks for some capabilities of several, and a try here has all of them or none"},
	{"test_btf_path", HAS_VALUE | IS_MOOT, NULL,
	 "it takes the kernel's types from a file, and a try here from the kernel"},
};

/* The kind of a tag, and its side; size is that of the name. */
static const struct kind *find_kind(const char *name, size_t size, size_t *ret_side)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct kind *k = &kinds[i];
		size_t n = strlen(k->name);

		if (strncmp(k->name, name, n) != 0 || size < n)
			continue;
		*ret_side = size > n;
		if (size == n)
			return k;
		if ((k->is & OF_SIDE) && size == n + strlen(UNPRIVILEGED) &&
		    strncmp(name + n, UNPRIVILEGED, strlen(UNPRIVILEGED)) == 0)
			return k;
	}
	return NULL;
}

static void take_gap(const struct kind *k, struct annotated *a, size_t side)
{
	for (size_t i = 0; i < ARRAY_SIZE(a->sides); i++)
		if (k->is & OF_SIDE ? i == side : i || !(k->is & OF_UNPRIVILEGED))
			add_gap(&a->sides[i], k->is & IS_MOOT, xstrdup(k->gap));
}

const char *annotation_take(const struct annotation *from, struct annotated *a)
{
	const char *text = from->text;
	size_t size = strcspn(text, "="), side = 0;
	const struct kind *k = find_kind(text, size, &side);
	struct annotated_side *s = &a->sides[side];

	/* Newer kernels have new ones. What they ask for must not look as if it was given. */
	if (!k) {
		for (size_t i = 0; i < ARRAY_SIZE(a->sides); i++)
			add_gap(&a->sides[i], false,
				xasprintf("the annotation \"%.*s\" is not known here",
					  (int)(size < 64 ? size : 64), text));
		return NULL;
	}
	if (!text[size] != !(k->is & HAS_VALUE))
		return text[size] ? "nothing is expected behind \"=\"" : "it has no \"=\"";
	if (k->is & OF_SIDE)
		s->is_named = true;
	a->is_numbered = from->is_numbered;
	if (k->take)
		return k->take(a, s, text + size + (text[size] == '='));
	take_gap(k, a, side);
	return NULL;
}

void expected_texts_free(expected_texts *t)
{
	vec_foreach (x, t)
		free(x->text);
	vec_free(t);
}

void expected_texts_copy(const expected_texts *from, expected_texts *ret)
{
	vec_foreach (t, from) {
		struct expected_text copy = *t;

		copy.text = xstrdup(t->text);
		vec_push(ret, copy);
	}
}

void annotated_free(struct annotated *a)
{
	for (size_t i = 0; i < ARRAY_SIZE(a->sides); i++) {
		expected_texts_free(&a->sides[i].messages);
		expected_texts_free(&a->sides[i].translated);
		free(a->sides[i].gap);
	}
	vec_free(&a->archs);
}
