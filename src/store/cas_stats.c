/*
 * Hits and misses. ROOT/v1/stats has a line for each build that looked something up:
 *
 *	TIME KIND HITS MISSES [KIND HITS MISSES]...
 *
 * in decimal, TIME in seconds since 1970. A line is appended at once, so that builds do not disturb
 * each other, with an empty line before it, so that it stands alone even after one that a full disk
 * cut short. Lines that make no sense are skipped.
 */
#include "store/cas.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "base/file.h"
#include "base/path.h"
#include "store/cas_parts.h"

#define MAX_STATS ((size_t)64 << 20)
/* Builds leave about 50 bytes each. */
#define LONG_STATS ((size_t)64 << 10)
#define MAX_KINDS 64

static struct store_counter *counter_of(struct store_stats *stats, const char *kind)
{
	struct store_counter c = {0};

	vec_foreach (old, &stats->counters)
		if (str_eq(old->kind, kind))
			return old;
	if (!*kind || strlen(kind) >= sizeof(c.kind) || stats->counters.n == MAX_KINDS)
		return NULL;
	for (const char *p = kind; *p; p++)
		if (!islower((unsigned char)*p) && *p != '-')
			return NULL;
	strcpy(c.kind, kind);
	vec_push(&stats->counters, c);
	return &stats->counters.v[stats->counters.n - 1];
}

static uint64_t add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

void store_count(struct store *s, const char *kind, bool hit)
{
	struct store_counter *c = counter_of(&s->counted, kind);

	if (c)
		*(hit ? &c->hits : &c->misses) += 1;
}

static void put_line(const struct store_stats *stats, struct buf *ret)
{
	buf_printf(ret, "\n%" PRIu64, stats->since);
	vec_foreach (c, &stats->counters)
		buf_printf(ret, " %s %" PRIu64 " %" PRIu64, c->kind, c->hits, c->misses);
	buf_putc(ret, '\n');
}

void store_flush_counts(struct store *s)
{
	_cleanup_buf_ struct buf line = {0};
	_cleanup_close_ int fd = -1;
	int err;

	if (!s->counted.counters.n || !store_writes(s))
		return;
	s->counted.since = (uint64_t)store_now();
	put_line(&s->counted, &line);
	fd = openat(s->dir_fd, STORE_STATS_FILE,
		    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
	err = fd < 0 ? -errno : file_write_fd(fd, line.v, line.n);
	if (err < 0)
		store_cannot_write(s, err);
}

static bool next_number(char **at, uint64_t *ret)
{
	const char *word = strsep(at, " ");
	unsigned long n;

	if (!word || !str_to_ulong(word, ULONG_MAX, &n))
		return false;
	*ret = n;
	return true;
}

/* What of a line makes sense is added. */
static void add_line(struct store_stats *stats, char *line)
{
	uint64_t time, hits, misses;

	if (!next_number(&line, &time))
		return;
	while (line) {
		const char *kind = strsep(&line, " ");
		struct store_counter *c;

		if (!next_number(&line, &hits) || !next_number(&line, &misses))
			return;
		c = counter_of(stats, kind);
		if (!c)
			continue;
		c->hits = add(c->hits, hits);
		c->misses = add(c->misses, misses);
		if (!stats->since || time < stats->since)
			stats->since = time;
	}
}

/* Gives the size of the file. */
static size_t read_stats(struct store *s, struct store_stats *ret)
{
	_cleanup_buf_ struct buf text = {0};
	char *rest, *line;

	*ret = (struct store_stats){0};
	if (store_read_small(s, STORE_STATS_FILE, MAX_STATS, &text) < 0 || !text.n)
		return 0;
	rest = text.v;
	while ((line = strsep(&rest, "\n")))
		add_line(ret, line);
	return text.n;
}

void store_read_stats(struct store *s, struct store_stats *ret)
{
	read_stats(s, ret);
}

void store_stats_free(struct store_stats *stats)
{
	vec_free(&stats->counters);
}

void store_compact_stats(struct store *s)
{
	_cleanup_(store_stats_free) struct store_stats stats;
	_cleanup_buf_ struct buf line = {0};

	/* What another build appends just now is lost, which is no harm to a sum of years. */
	if (read_stats(s, &stats) < LONG_STATS)
		return;
	put_line(&stats, &line);
	store_write_small(s, STORE_STATS_FILE, line.v, line.n);
}
