#include "kernel/version.h"

#include <ctype.h>

#include "base/str.h"

/*
 * The end of a text goes behind a tilde and before all else, letters before other characters. What
 * stands before a dash is compared first: that is another kind of end.
 */
static int order(char c)
{
	unsigned char u = (unsigned char)c;

	return u == '~' ? -1 : u == '-' ? 1 : isdigit(u) || !u ? 0 : isalpha(u) ? u : u + 256;
}

static int compare_numbers(const char **a, const char **b)
{
	size_t n, m;
	int way;

	*a += strspn(*a, "0");
	*b += strspn(*b, "0");
	n = strspn(*a, "0123456789");
	m = strspn(*b, "0123456789");
	way = n != m ? (n < m ? -1 : 1) : memcmp(*a, *b, n);
	*a += n;
	*b += m;
	return way;
}

int version_compare(const char *a, const char *b)
{
	while (*a || *b) {
		int way;

		while ((*a && !isdigit((unsigned char)*a)) || (*b && !isdigit((unsigned char)*b))) {
			way = order(*a) - order(*b);
			if (way)
				return way;
			a++;
			b++;
		}
		way = compare_numbers(&a, &b);
		if (way)
			return way;
	}
	return 0;
}

bool version_means(const char *shorter, const char *version)
{
	size_t n = strlen(shorter);

	return n && str_starts(version, shorter) && !isdigit((unsigned char)version[n]);
}
