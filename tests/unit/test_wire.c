#include "kernel/wire_pack.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "../harness/random.h"

#define N_FRAMES 40
#define MAX_SIZE 5000

static size_t size_of(size_t i)
{
	return i * i * 7 % MAX_SIZE;
}

/* Frames of many sizes, with bytes that look like the magic in some. */
static void put_frames(struct buf *b)
{
	for (size_t i = 0; i < N_FRAMES; i++) {
		_cleanup_buf_ struct buf payload = {0};

		while (payload.n < size_of(i))
			buf_puts(&payload, i % 3 ? "SKEPSKE" : "\x01\xff");
		wire_put(b, WIRE_HELLO + i % 5, payload.v, size_of(i));
	}
}

/* Takes frames that are there; they must be the next ones of put_frames. */
static size_t take(struct wire_reader *r, size_t next)
{
	struct wire_frame f;
	int got;

	while ((got = wire_next(r, &f)) == 1) {
		assert_int_equal(f.type, WIRE_HELLO + next % 5);
		assert_int_equal(f.size, size_of(next));
		for (size_t i = 0; i < f.size; i++)
			assert_int_equal(
				f.payload[i],
				(next % 3 ? "SKEPSKE" : "\x01\xff")[next % 3 ? i % 7 : i % 2]);
		next++;
	}
	assert_int_equal(got, 0);
	return next;
}

static void frames_come_whole_however_they_are_cut(void **state)
{
	_cleanup_buf_ struct buf b = {0};
	uint64_t random = 1;

	(void)state;
	put_frames(&b);
	for (size_t most = 1; most < 2 * b.n; most *= 3) {
		_cleanup_(wire_reader_free) struct wire_reader r = {0};
		size_t at = 0, next = 0;

		while (at < b.n) {
			size_t n = 1 + random_below(&random, most);

			n = n < b.n - at ? n : b.n - at;
			wire_feed(&r, b.v + at, n);
			at += n;
			next = take(&r, next);
		}
		assert_int_equal(next, N_FRAMES);
	}
}

static void noise_before_the_first_frame_is_skipped(void **state)
{
	static const char *const noises[] = {"x",
					     "S",
					     "SKE",
					     "SKEP",
					     "SeaBIOS\r\nSKEPSKEPSKEPSKEP",
					     "SKEP\x01\0\0\0\x03\0\0\0abcdefg"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(noises); i++) {
		_cleanup_(wire_reader_free) struct wire_reader r = {0};
		_cleanup_buf_ struct buf b = {0};

		buf_add(&b, noises[i], i == ARRAY_SIZE(noises) - 1 ? 19 : strlen(noises[i]));
		put_frames(&b);
		for (size_t at = 0; at < b.n; at++)
			wire_feed(&r, b.v + at, 1);
		assert_int_equal(take(&r, 0), N_FRAMES);
	}
}

/* Reads all there is; gives how many frames came before the damage, or -1 when none is seen. */
static int count_before_damage(const struct buf *b)
{
	_cleanup_(wire_reader_free) struct wire_reader r = {0};
	struct wire_frame f;
	int n = 0, got;

	wire_feed(&r, b->v, b->n);
	while ((got = wire_next(&r, &f)) == 1)
		n++;
	assert_true(got == 0 || got == -EBADMSG);
	return got == 0 ? -1 : n;
}

static void damage_is_seen(void **state)
{
	_cleanup_buf_ struct buf b = {0};
	size_t begin[4] = {0};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		wire_put(&b, WIRE_VERDICT, "some bytes", 10);
		begin[i + 1] = b.n;
	}
	assert_int_equal(count_before_damage(&b), -1);
	/* In the second of three frames, each bit. */
	for (size_t i = begin[1]; i < begin[2]; i++)
		for (int bit = 0; bit < 8; bit++) {
			int n;

			b.v[i] ^= (char)(1 << bit);
			n = count_before_damage(&b);
			/* A size that grew waits for more. */
			assert_true(n == 1 || (n == -1 && i >= begin[1] + 8 && i < begin[1] + 12));
			b.v[i] ^= (char)(1 << bit);
		}
}

static void sizes_have_a_limit(void **state)
{
	static const char begin[] = "SKEP\x03\0\0\0";
	const unsigned char sizes[][4] = {{0, 0, 0, 4}, {1, 0, 0, 4}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		_cleanup_(wire_reader_free) struct wire_reader r = {.has_begun = true};
		struct wire_frame f;

		wire_feed(&r, begin, 8);
		wire_feed(&r, sizes[i], 4);
		assert_int_equal(wire_next(&r, &f), i ? -EBADMSG : 0);
	}
}

static void what_is_written_can_be_read(void **state)
{
	_cleanup_(wire_reader_free) struct wire_reader r = {0};
	struct wire_frame f;
	char block[4096];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(wire_write(fds[1], WIRE_TROUBLE, "a\0b", 3), 0);
	assert_int_equal(wire_write(fds[1], WIRE_DONE, NULL, 0), 0);
	close(fds[1]);
	assert_int_equal(wire_write(fds[1], WIRE_DONE, NULL, 0), -EBADF);
	wire_feed(&r, block, (size_t)read(fds[0], block, sizeof(block)));
	close(fds[0]);
	assert_int_equal(wire_next(&r, &f), 1);
	assert_int_equal(f.type, WIRE_TROUBLE);
	assert_memory_equal(f.payload, "a\0b", 3);
	assert_int_equal(wire_next(&r, &f), 1);
	assert_int_equal(f.type, WIRE_DONE);
	assert_int_equal(wire_next(&r, &f), 0);
}

/* --- packed */

/* Packs frames in pieces of any sizes and unpacks them again. */
static void packed_frames_come_out_again(void **state)
{
	_cleanup_(wire_reader_free) struct wire_reader outer = {0}, inner = {0};
	struct wire_unpacker u = {0};
	struct wire_packer p = {0};
	_cleanup_buf_ struct buf b = {0}, packed = {0};
	struct wire_frame f;
	uint64_t random = 2;
	size_t next = 0;

	(void)state;
	put_frames(&b);
	for (size_t at = 0, n; at < b.n; at += n) {
		n = 1 + random_below(&random, WIRE_PIECE_MAX);
		n = n < b.n - at ? n : b.n - at;
		wire_pack(&p, b.v + at, n, &packed);
	}
	assert_true(packed.n < b.n / 10);
	wire_feed(&outer, packed.v, packed.n);
	while (wire_next(&outer, &f) == 1) {
		assert_int_equal(f.type, WIRE_PACKED);
		assert_int_equal(wire_unpack(&u, &f, &inner), 0);
		next = take(&inner, next);
	}
	assert_int_equal(next, N_FRAMES);
	wire_packer_free(&p);
	wire_unpacker_free(&u);
}

static void random_bytes_can_be_packed(void **state)
{
	_cleanup_(wire_reader_free) struct wire_reader outer = {0}, inner = {0};
	static char bytes[WIRE_PIECE_MAX];
	struct wire_unpacker u = {0};
	struct wire_packer p = {0};
	_cleanup_buf_ struct buf packed = {0};
	struct wire_frame f;
	uint64_t random = 3;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)random_next(&random);
	for (int i = 0; i < 3; i++) {
		packed.n = 0;
		wire_pack(&p, bytes, sizeof(bytes), &packed);
		wire_feed(&outer, packed.v, packed.n);
		assert_int_equal(wire_next(&outer, &f), 1);
		inner.pending.n = inner.used = 0;
		assert_int_equal(wire_unpack(&u, &f, &inner), 0);
		assert_int_equal(inner.pending.n, sizeof(bytes));
		assert_memory_equal(inner.pending.v, bytes, sizeof(bytes));
	}
	wire_packer_free(&p);
	wire_unpacker_free(&u);
}

static void pieces_that_are_too_large_are_damage(void **state)
{
	_cleanup_(wire_reader_free) struct wire_reader outer = {0}, inner = {0};
	_cleanup_free_ char *zeros = xcalloc(1, WIRE_PIECE_MAX + 1);
	struct wire_unpacker u = {0};
	struct wire_packer p = {0};
	_cleanup_buf_ struct buf packed = {0};
	struct wire_frame f;

	(void)state;
	wire_pack(&p, zeros, WIRE_PIECE_MAX + 1, &packed);
	wire_feed(&outer, packed.v, packed.n);
	assert_int_equal(wire_next(&outer, &f), 1);
	assert_int_equal(wire_unpack(&u, &f, &inner), -EBADMSG);
	wire_packer_free(&p);
	wire_unpacker_free(&u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_whole_however_they_are_cut),
		cmocka_unit_test(noise_before_the_first_frame_is_skipped),
		cmocka_unit_test(damage_is_seen),
		cmocka_unit_test(sizes_have_a_limit),
		cmocka_unit_test(what_is_written_can_be_read),
		cmocka_unit_test(packed_frames_come_out_again),
		cmocka_unit_test(random_bytes_can_be_packed),
		cmocka_unit_test(pieces_that_are_too_large_are_damage),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
