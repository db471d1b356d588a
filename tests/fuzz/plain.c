/*
 * Runs a fuzz target without libFuzzer: on each file as it is, then on changed copies.
 *
 *	PROGRAM [-r ROUNDS] [-s SEED] FILE...
 *
 * A round depends on its seed alone, which is told when the target aborts; with -r 1 and that
 * seed it happens again. (Under a sanitizer set ASAN_OPTIONS=abort_on_error=1:handle_abort=0.)
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char where[128];

static void on_crash(int sig)
{
	if (write(STDERR_FILENO, where, strlen(where)) < 0)
		_exit(1);
	signal(sig, SIG_DFL);
	raise(sig);
}

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static size_t below(uint64_t *state, size_t limit)
{
	return limit ? next_random(state) % limit : 0;
}

/* A copy of bytes with one thing different: a byte, a piece gone, a piece from the other file. */
static void change(struct buf *b, const struct buf *other, uint64_t *random)
{
	_cleanup_buf_ struct buf out = {0};
	size_t at = below(random, b->n + 1), gone = 0, from = 0, added = 0;
	char byte = (char)next_random(random);

	switch (below(random, 5)) {
	case 0:
		gone = b->n > at;
		break;
	case 1:
		gone = below(random, b->n - at + 1);
		break;
	case 2:
		gone = b->n > at;
		/* fall through */
	case 3:
		buf_add(&out, b->v, at);
		buf_putc(&out, byte);
		break;
	default:
		from = below(random, other->n);
		added = below(random, other->n - from + 1);
	}
	if (!out.n)
		buf_add(&out, b->v, at);
	buf_add(&out, other->v + from, added);
	buf_add(&out, b->v + at + gone, b->n - at - gone);
	free(b->v);
	*b = out;
	out = (struct buf){0};
}

/* In memory of exactly its size, so that reading on is noticed. */
static void run(const struct buf *b)
{
	uint8_t *exact = malloc(b->n ? b->n : 1);

	memcpy(exact, b->v, b->n);
	LLVMFuzzerTestOneInput(exact, b->n);
	free(exact);
}

static void run_round(const struct buf *files, size_t n, uint64_t seed)
{
	uint64_t random = seed;
	_cleanup_buf_ struct buf b = {0};
	const struct buf *file = &files[below(&random, n)];

	snprintf(where, sizeof(where), "in the round of seed %llu\n", (unsigned long long)seed);
	buf_add(&b, file->v, file->n);
	for (size_t i = below(&random, 8) + 1; i; i--)
		change(&b, &files[below(&random, n)], &random);
	run(&b);
}

int main(int argc, char **argv)
{
	unsigned long rounds = 0, seed = 1;
	struct buf *files = xcalloc((size_t)argc, sizeof(*files));
	size_t n = 0;
	int opt;

	while ((opt = getopt(argc, argv, "r:s:")) != -1) {
		if (opt == '?' ||
		    !str_to_ulong(optarg, (unsigned long)-1, opt == 'r' ? &rounds : &seed)) {
			fprintf(stderr, "usage: %s [-r ROUNDS] [-s SEED] FILE...\n", argv[0]);
			return 2;
		}
	}
	signal(SIGABRT, on_crash);
	signal(SIGSEGV, on_crash);
	for (; optind < argc; optind++, n++) {
		int err = file_read(argv[optind], FILE_MAX_SIZE, &files[n]);

		if (err < 0) {
			fprintf(stderr, "%s: %s\n", argv[optind], strerror(-err));
			return 2;
		}
		snprintf(where, sizeof(where), "in %s\n", argv[optind]);
		run(&files[n]);
	}
	for (unsigned long i = 0; i < rounds && n; i++)
		run_round(files, n, seed + i);
	for (size_t i = 0; i < n; i++)
		buf_free(&files[i]);
	free(files);
	return 0;
}
