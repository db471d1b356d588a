#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "llvm/inputs.h"

/* Reads a number of at most four digits without zeros before it, and goes on behind it. */
static bool take_number(const char **at, unsigned *ret)
{
	size_t n = strspn(*at, "0123456789");

	if (n == 0 || n > 4 || (n > 1 && **at == '0'))
		return false;
	*ret = 0;
	for (size_t i = 0; i < n; i++)
		*ret = *ret * 10 + (unsigned)((*at)[i] - '0');
	*at += n;
	return true;
}

static bool take_text(const char **at, const char *text)
{
	if (!str_starts(*at, text))
		return false;
	*at += strlen(text);
	return true;
}

/* Letters and digits, with single dots and hyphens between them: never a path, never "..". */
static bool is_version(const char *s)
{
	bool was_word = false;

	for (; *s; s++) {
		bool is_word = isascii((unsigned char)*s) && isalnum((unsigned char)*s);

		if (!is_word && (!was_word || (*s != '.' && *s != '-')))
			return false;
		was_word = is_word;
	}
	return was_word;
}

bool producer_parse(const char *text, struct producer *ret)
{
	struct producer p = {0};

	if (!take_text(&text, "LLVM") || !take_number(&text, &p.major) || !take_text(&text, ".") ||
	    !take_number(&text, &p.minor) || !take_text(&text, ".") ||
	    !take_number(&text, &p.patch))
		return false;
	take_text(&text, "git");
	if (take_text(&text, "-rust-")) {
		if (strlen(text) >= sizeof(p.rust) || !is_version(text))
			return false;
		strcpy(p.rust, text);
	} else if (*text) {
		return false;
	}
	*ret = p;
	return true;
}

/* The number at s, however long, as its digits without zeros before them. */
static const char *digits_of(const char *s, size_t *ret_n)
{
	s += strspn(s, "0");
	*ret_n = strspn(s, "0123456789");
	return s;
}

int producer_compare_versions(const char *a, const char *b)
{
	while (*a && *b) {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			size_t n, m;
			int order;

			a = digits_of(a, &n);
			b = digits_of(b, &m);
			if (n != m)
				return n < m ? -1 : 1;
			order = memcmp(a, b, n);
			if (order)
				return order;
			a += n;
			b += n;
		} else if (*a != *b) {
			break;
		} else {
			a++;
			b++;
		}
	}
	return (unsigned char)*a - (unsigned char)*b;
}

int producer_compare(const struct producer *a, const struct producer *b)
{
	const unsigned x[] = {a->major, a->minor, a->patch}, y[] = {b->major, b->minor, b->patch};

	for (size_t i = 0; i < ARRAY_SIZE(x); i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return producer_compare_versions(a->rust, b->rust);
}
