#include "kernel/unpack.h"

#include <dlfcn.h>
#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <lz4.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "base/message.h"

/* What a block of lz4's old frames holds at most, by its definition. */
#define LZ4_BLOCK ((size_t)8 << 20)
/* Room is made in these steps; kernels have about 50 MB. */
#define STEP ((size_t)4 << 20)
/* What liblzma may use; xz -9 needs 65 MB. */
#define XZ_MEMORY ((uint64_t)256 << 20)

struct job {
	const char *what;
	const uint8_t *data;
	size_t size, limit;
	struct buf *out;
	size_t start; /* of what is ours in it */
};

struct packing {
	const char *name;
	const char *magic;
	size_t magic_size;
	int (*unpack)(struct job *j); /* NULL: not known */
};

static int fail(const struct job *j, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(const struct job *j, int err, const char *fmt, ...)
{
	_cleanup_buf_ struct buf why = {0};
	va_list ap;

	if (!j->what)
		return err;
	va_start(ap, fmt);
	buf_vprintf(&why, fmt, ap);
	va_end(ap);
	return message_error(err, "unpacking: %s: %s", j->what, why.v);
}

static int damaged(const struct job *j, const char *how)
{
	return fail(j, -EBADMSG, "what is packed with %s is damaged or cut off", how);
}

static int too_large(const struct job *j)
{
	return fail(j, -EFBIG, "it holds more than %zu MB", j->limit / 1000000);
}

/* Room for more at the end of what there is, in bytes; 0 when it is too much. */
static size_t make_room(struct job *j)
{
	size_t have = j->out->n - j->start, more = j->limit - have;

	if (!more)
		return 0;
	more = more < STEP ? more : STEP;
	vec_reserve(j->out, j->out->n + more + 1);
	return more;
}

static void took(struct job *j, size_t n)
{
	j->out->n += n;
	j->out->v[j->out->n] = '\0';
}

static int gzip_pieces(struct job *j, z_stream *z)
{
	int status;

	do {
		size_t room = make_room(j);

		if (!room)
			return too_large(j);
		z->next_out = (Bytef *)j->out->v + j->out->n;
		z->avail_out = (uInt)room;
		status = inflate(z, Z_NO_FLUSH);
		took(j, room - z->avail_out);
	} while (status == Z_OK);
	return status == Z_STREAM_END ? 0 : damaged(j, "gzip");
}

static int unpack_gzip(struct job *j)
{
	z_stream z = {
		.next_in = (Bytef *)j->data,
		.avail_in = j->size < UINT_MAX ? (uInt)j->size : UINT_MAX,
	};
	int err;

	/* With the header of gzip. */
	if (inflateInit2(&z, MAX_WBITS + 16) != Z_OK)
		return damaged(j, "gzip");
	err = gzip_pieces(j, &z);
	inflateEnd(&z);
	return err;
}

static int zstd_pieces(struct job *j, ZSTD_DCtx *z)
{
	ZSTD_inBuffer in = {.src = j->data, .size = j->size};
	size_t left;

	do {
		size_t room = make_room(j), before = in.pos;
		ZSTD_outBuffer out = {.dst = room ? j->out->v + j->out->n : NULL, .size = room};

		if (!room)
			return too_large(j);
		left = ZSTD_decompressStream(z, &out, &in);
		if (ZSTD_isError(left) || (left && !out.pos && in.pos == before))
			return damaged(j, "zstd");
		took(j, out.pos);
	} while (left);
	return 0;
}

static int unpack_zstd(struct job *j)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();
	int err = z ? zstd_pieces(j, z) : damaged(j, "zstd");

	ZSTD_freeDCtx(z);
	return err;
}

/* These two are needed for some kernels only, and loaded then: linked, they would make every start
 * of skep slower. */
static int load(const struct job *j, const char *library, const char *package, size_t n,
		const char *const names[], void *functions[])
{
	void *l = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	const char *why = l ? NULL : dlerror();

	for (size_t i = 0; !why && i < n; i++) {
		functions[i] = dlsym(l, names[i]);
		why = functions[i] ? NULL : names[i];
	}
	if (!why)
		return 0;
	return fail(j, -ELIBACC, "this takes %s (%s); install %s, as Debian calls it", library, why,
		    package);
}

struct lzma_functions {
	__typeof__(lzma_stream_decoder) *decoder;
	__typeof__(lzma_code) *code;
	__typeof__(lzma_end) *end;
};

static int xz_pieces(struct job *j, const struct lzma_functions *f, lzma_stream *z)
{
	lzma_ret status;

	do {
		size_t room = make_room(j);

		if (!room)
			return too_large(j);
		z->next_out = (uint8_t *)j->out->v + j->out->n;
		z->avail_out = room;
		status = f->code(z, LZMA_FINISH);
		took(j, room - z->avail_out);
	} while (status == LZMA_OK);
	return status == LZMA_STREAM_END ? 0 : damaged(j, "xz");
}

static int unpack_xz(struct job *j)
{
	static const char *const names[] = {"lzma_stream_decoder", "lzma_code", "lzma_end"};
	lzma_stream z = LZMA_STREAM_INIT;
	void *functions[ARRAY_SIZE(names)];
	struct lzma_functions f;
	int err = load(j, "liblzma.so.5", "liblzma5", ARRAY_SIZE(names), names, functions);

	if (err < 0)
		return err;
	memcpy(&f, functions, sizeof(f));
	z.next_in = j->data;
	z.avail_in = j->size;
	if (f.decoder(&z, XZ_MEMORY, 0) != LZMA_OK)
		return damaged(j, "xz");
	err = xz_pieces(j, &f, &z);
	f.end(&z);
	return err;
}

/*
 * The old frame that `lz4 -l` makes: the magic, then blocks, each a size and that many bytes. It
 * has no end of its own: kernel images have four bytes behind it, which are no block.
 */
static int lz4_blocks(struct job *j, __typeof__(LZ4_decompress_safe) *decompress)
{
	size_t at = 4, n_blocks = 0;
	uint32_t size;

	for (; j->size - at > 4; n_blocks++) {
		size_t have = j->out->n - j->start;
		int n;

		memcpy(&size, j->data + at, sizeof(size));
		size = le32toh(size);
		if (!size || size > j->size - at - 4)
			break;
		if (have > j->limit - LZ4_BLOCK)
			return too_large(j);
		vec_reserve(j->out, j->out->n + LZ4_BLOCK + 1);
		n = decompress((const char *)j->data + at + 4, j->out->v + j->out->n, (int)size,
			       (int)LZ4_BLOCK);
		if (n < 0)
			return damaged(j, "lz4");
		took(j, (size_t)n);
		at += 4 + size;
	}
	return n_blocks ? 0 : damaged(j, "lz4");
}

static int unpack_lz4(struct job *j)
{
	static const char *const names[] = {"LZ4_decompress_safe"};
	__typeof__(LZ4_decompress_safe) *decompress;
	void *function;
	int err = load(j, "liblz4.so.1", "liblz4-1", ARRAY_SIZE(names), names, &function);

	if (err < 0)
		return err;
	memcpy(&decompress, &function, sizeof(decompress));
	if (j->size > INT_MAX || j->limit < LZ4_BLOCK)
		return too_large(j);
	return lz4_blocks(j, decompress);
}

#define MAGIC(text) (text), sizeof(text) - 1
static const struct packing packings[] = {
	{"gzip", MAGIC("\x1f\x8b\x08"), unpack_gzip},
	{"xz",
	 MAGIC("\xfd"
	       "7zXZ\0"),
	 unpack_xz},
	{"zstd", MAGIC("\x28\xb5\x2f\xfd"), unpack_zstd},
	{"lz4", MAGIC("\x02\x21\x4c\x18"), unpack_lz4},
	{"lz4's newer frames", MAGIC("\x04\x22\x4d\x18"), NULL},
	{"bzip2", MAGIC("BZh"), NULL},
	{"lzma", MAGIC("\x5d\0\0"), NULL},
	{"lzo", MAGIC("\x89LZO\0\r\n\x1a\n"), NULL},
};

static bool begins(const struct packing *p, const uint8_t *data, size_t size)
{
	return size >= p->magic_size && memcmp(data, p->magic, p->magic_size) == 0;
}

const struct packing *packing_of(const void *data, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(packings); i++)
		if (begins(&packings[i], data, size))
			return &packings[i];
	return NULL;
}

size_t packing_find(const void *data, size_t size, size_t from)
{
	const uint8_t *bytes = data;
	size_t first = size;

	for (size_t i = 0; i < ARRAY_SIZE(packings); i++) {
		const struct packing *p = &packings[i];
		const uint8_t *at = p->unpack && from < first ? memmem(bytes + from, first - from,
								       p->magic, p->magic_size)
							      : NULL;

		if (at)
			first = (size_t)(at - bytes);
	}
	return first;
}

int unpack(const struct packing *p, const void *data, size_t size, size_t limit, const char *what,
	   struct buf *ret)
{
	struct job j = {what, data, size, limit, ret, ret->n};
	int err;

	if (!p->unpack)
		return fail(&j, -EOPNOTSUPP,
			    "it is packed with %s; gzip, xz, zstd and lz4 (its old frames, as the "
			    "kernel takes them) are known",
			    p->name);
	err = p->unpack(&j);
	if (err < 0)
		ret->n = j.start;
	return err;
}
