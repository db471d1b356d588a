/*
 * Makes the inputs that the fuzz target btf starts from: make_seeds LITTLE BIG SPLIT
 *
 * LITTLE and BIG are small BTF with every kind of type, in both byte orders. SPLIT is "split", the
 * number of 16 byte units of the base, the base filled up to that with zeros, and BTF that
 * continues it with a struct.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/file.h"
#include "btf_types.h"

static struct buf make(enum btf_endianness endianness)
{
	struct btf *btf = all_kinds();

	btf__set_endianness(btf, endianness);
	return raw_of(btf);
}

static struct buf make_split(const struct buf *base)
{
	struct btf *whole = btf__new(base->v, (uint32_t)base->n);
	struct btf *split = btf__new_empty_split(whole);
	struct buf seed = {0}, raw;

	buf_puts(&seed, "split");
	buf_putc(&seed, (char)((base->n + 15) / 16));
	buf_add(&seed, base->v, base->n);
	while ((seed.n - 6) % 16)
		buf_putc(&seed, '\0');
	btf__add_struct(split, "more", 8);
	btf__add_field(split, "n", 1, 0, 0);
	raw = raw_of(split);
	buf_add(&seed, raw.v, raw.n);
	buf_free(&raw);
	btf__free(whole);
	return seed;
}

static int put(const char *path, struct buf *b)
{
	int err = file_write(path, b->v, b->n);

	if (err < 0)
		fprintf(stderr, "make_seeds: %s: %s\n", path, strerror(-err));
	return err < 0;
}

int main(int argc, char **argv)
{
	struct buf little, big, split;
	int status;

	if (argc != 4) {
		fputs("usage: make_seeds LITTLE BIG SPLIT\n", stderr);
		return 2;
	}
	message_set_sink(keep_message, NULL);
	little = make(BTF_LITTLE_ENDIAN);
	big = make(BTF_BIG_ENDIAN);
	split = make_split(&little);
	status = put(argv[1], &little) | put(argv[2], &big) | put(argv[3], &split);
	buf_free(&little);
	buf_free(&big);
	buf_free(&split);
	return status;
}
