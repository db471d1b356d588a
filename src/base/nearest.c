#include "base/str.h"

#include <ctype.h>

#define MAX_LENGTH 32 /* longer names are compared no further */

/* Edits that make one string of the other: a character added, removed, replaced or swapped. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[3][MAX_LENGTH + 1], *before = row[0], *last = row[1], *now = row[2];
	size_t n = strnlen(a, MAX_LENGTH), m = strnlen(b, MAX_LENGTH);

	for (size_t j = 0; j <= m; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *spare = before;

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			bool same = tolower((unsigned char)a[i - 1]) ==
				    tolower((unsigned char)b[j - 1]);
			unsigned best = last[j - 1] + !same;

			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
		before = last;
		last = now;
		now = spare;
	}
	return last[m];
}

const char *strv_nearest(const struct strv *known, const char *name)
{
	size_t len = strlen(name);
	unsigned limit = len < 4 ? 1 : len < 9 ? 2 : 3;
	const char *best = NULL;

	if (len > MAX_LENGTH)
		return NULL;
	for (size_t i = 0; i < known->n; i++) {
		unsigned d = distance(name, known->v[i]);

		/* The beginning of a name is as good as one with a slip. */
		if (len >= 3 && d > 1 && str_starts(known->v[i], name))
			d = 1;
		if (d <= limit && d < len) {
			best = known->v[i];
			limit = d - (d > 0);
		}
	}
	return best;
}
