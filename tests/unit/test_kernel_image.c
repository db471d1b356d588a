/* What is inside of kernel images, however they are packed, and what is no image. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "base/message.h"
#include "kernel/image.h"
#include "kernel/unpack.h"
#include "kernel_images.h"

#define LIMIT ((size_t)64 << 20)

static struct buf said;

static void keep_message(enum message_level level, const char *text, void *arg)
{
	(void)level;
	(void)arg;
	said.n = 0;
	buf_puts(&said, text);
}

static int parse(const struct buf *b, struct kernel_image *ret)
{
	said.n = 0;
	return kernel_image_parse("file", b->v ? b->v : "", b->n, LIMIT, ret);
}

static void assert_bytes(const struct buf *a, const struct buf *b)
{
	assert_int_equal(a->n, b->n);
	assert_memory_equal(a->v, b->v, b->n);
}

/* Reads an image that is good and compares what was found; NULL: not looked at. */
static void assert_image(const struct buf *image, const char *arch, const char *type,
			 const struct buf *boot)
{
	_cleanup_kernel_image_ struct kernel_image i = {0};
	_cleanup_buf_ struct buf btf = {0};

	if (parse(image, &i) != 0)
		fail_msg("%s", said.v);
	assert_ptr_equal(i.arch, arch_find(arch));
	assert_string_equal(i.release, IMAGE_RELEASE);
	put_btf(&btf, type, i.arch->big_endian);
	assert_bytes(&i.btf, &btf);
	assert_bytes(&i.boot, boot);
}

/* Every way of making one file of another: which also gives all there are. */
static void each_packed(void (*put)(struct buf *, const struct image_packing *, const struct buf *),
			const struct buf *in, const char *arch, const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(image_packings); i++) {
		_cleanup_buf_ struct buf image = {0};

		put(&image, &image_packings[i], in);
		assert_image(&image, arch, type, in);
	}
}

static void x86_images_are_unpacked(void **state)
{
	_cleanup_buf_ struct buf elf = {0};

	(void)state;
	put_vmlinux(&elf, EM_X86_64, "kernel_int");
	assert_image(&elf, "x86_64", "kernel_int", &elf);
	each_packed(put_bzimage, &elf, "x86_64", "kernel_int");
}

static void arm64_images_are_unpacked(void **state)
{
	_cleanup_buf_ struct buf raw = {0}, gzip = {0};

	(void)state;
	put_raw_image(&raw, "kernel_int");
	assert_image(&raw, "arm64", "kernel_int", &raw);
	put_gzip(&gzip, &raw);
	assert_image(&gzip, "arm64", "kernel_int", &raw);
	each_packed(put_zboot, &raw, "arm64", "kernel_int");
}

static void s390x_images_are_searched(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(image_packings); i++) {
		_cleanup_buf_ struct buf image = {0};

		put_s390(&image, &image_packings[i], "kernel_int");
		assert_image(&image, "s390x", "kernel_int", &image);
	}
}

static void elf_says_its_architecture(void **state)
{
	_cleanup_buf_ struct buf ppc = {0}, other = {0};
	_cleanup_kernel_image_ struct kernel_image i = {0};

	(void)state;
	put_vmlinux(&ppc, EM_PPC64, "kernel_int");
	assert_image(&ppc, "powerpc", "kernel_int", &ppc);
	put_vmlinux(&other, EM_XTENSA, "kernel_int");
	assert_int_equal(parse(&other, &i), -EOPNOTSUPP);
	assert_non_null(strstr(said.v, "architecture"));
}

static void a_kernel_may_have_no_types(void **state)
{
	_cleanup_buf_ struct buf elf = {0}, packed = {0};
	_cleanup_kernel_image_ struct kernel_image i = {0};

	(void)state;
	put_vmlinux(&elf, EM_X86_64, NULL);
	put_bzimage(&packed, &image_packings[0], &elf);
	assert_int_equal(parse(&packed, &i), 0);
	assert_int_equal(i.btf.n, 0);
	assert_bytes(&i.boot, &elf);
}

/* --- what is no kernel */

static void assert_refused(const struct buf *b, int err, const char *part)
{
	struct kernel_image i;
	int got = parse(b, &i);

	if (got != err || !strstr(said.v, "file") || !strstr(said.v, part))
		fail_msg("%d, expected %d and \"%s\" in \"%s\"", got, err, part, said.v);
}

static void other_files_are_refused(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		int err;
		const char *part;
	} cases[] = {
		{"", 0, -EBADMSG, "no kernel"},
		{"MZ", 2, -EBADMSG, "no kernel"},
		{"#include <stdio.h>\n", 19, -EBADMSG, "no kernel"},
		{"BZh91AY&SY", 10, -EOPNOTSUPP, "bzip2"},
		{"\x04\x22\x4d\x18....", 8, -EOPNOTSUPP, "lz4"},
		{"\x1f\x8b\x08", 3, -EBADMSG, "gzip"},
		{"\x28\xb5\x2f\xfd", 4, -EBADMSG, "zstd"},
		{"\xfd"
		 "7zXZ\0",
		 6, -EBADMSG, "xz"},
		{"\x02\x21\x4c\x18", 4, -EBADMSG, "lz4"},
		{"\177ELF", 4, -EBADMSG, "no kernel"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct buf b = {.v = (char *)cases[i].text, .n = cases[i].n};

		assert_refused(&b, cases[i].err, cases[i].part);
	}
}

static void programs_and_modules_are_no_kernels(void **state)
{
	_cleanup_buf_ struct buf program = {0}, module = {0}, packed = {0}, text = {0};

	(void)state;
	put_kernel_elf(&program, ET_EXEC, EM_X86_64, false, NULL, NULL);
	assert_refused(&program, -EBADMSG, "an ELF file, but no kernel");
	put_kernel_elf(&module, ET_REL, EM_X86_64, true, NULL, NULL);
	assert_refused(&module, -EBADMSG, "an ELF file, but no kernel");
	buf_puts(&text, "some text");
	put_gzip(&packed, &text);
	assert_refused(&packed, -EBADMSG, "packed in it is no kernel");
}

static void packing_again_and_again_ends(void **state)
{
	_cleanup_buf_ struct buf b = {0};

	(void)state;
	put_vmlinux(&b, EM_X86_64, "kernel_int");
	for (int i = 0; i < 6; i++) {
		struct buf outer = {0};

		put_gzip(&outer, &b);
		buf_free(&b);
		b = outer;
	}
	assert_refused(&b, -EBADMSG, "too many times");
}

static void what_grows_too_large_is_refused(void **state)
{
	_cleanup_buf_ struct buf zeros = {0};

	(void)state;
	vec_reserve(&zeros, LIMIT + 2);
	zeros.n = LIMIT + 1;
	memset(zeros.v, 0, zeros.n);
	for (size_t i = 0; i < ARRAY_SIZE(image_packings); i++) {
		_cleanup_buf_ struct buf packed = {0};

		image_packings[i].put(&packed, &zeros);
		assert_refused(&packed, -EFBIG, "more than 67 MB");
	}
}

static void unpacking_stops_at_the_limit_and_takes_what_fits(void **state)
{
	_cleanup_buf_ struct buf in = {0};

	(void)state;
	pad_to(&in, 10000);
	for (size_t i = 0; i < ARRAY_SIZE(image_packings); i++) {
		_cleanup_buf_ struct buf packed = {0}, out = {0};
		const struct packing *p;

		image_packings[i].put(&packed, &in);
		buf_puts(&packed, "1234");
		p = packing_of(packed.v, packed.n);
		buf_puts(&out, "before");
		/* Whole blocks of 8 MiB are made room for. */
		assert_int_equal(unpack(p, packed.v, packed.n, 16 << 20, "file", &out), 0);
		assert_int_equal(out.n, 6 + in.n);
		assert_memory_equal(out.v, "before", 6);
		said.n = 0;
		assert_int_equal(unpack(p, packed.v, packed.n / 2, 16 << 20, NULL, &out), -EBADMSG);
		assert_int_equal(out.n, 6 + in.n);
		assert_int_equal(said.n, 0);
	}
}

/* --- damage */

/* Each kind of image once. */
static void make_image(size_t kind, struct buf *ret)
{
	const struct image_packing *p = &image_packings[kind % ARRAY_SIZE(image_packings)];
	_cleanup_buf_ struct buf elf = {0}, raw = {0};

	put_vmlinux(&elf, EM_X86_64, "kernel_int");
	put_raw_image(&raw, "kernel_int");
	switch (kind / ARRAY_SIZE(image_packings)) {
	case 0:
		put_bzimage(ret, p, &elf);
		break;
	case 1:
		put_zboot(ret, p, &raw);
		break;
	default:
		put_s390(ret, p, "kernel_int");
		break;
	}
}
#define N_KINDS (3 * ARRAY_SIZE(image_packings))

/* Cut off anywhere, it is refused, or only what is behind the kernel was missing. */
static void truncated_images_are_refused(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < N_KINDS; kind++) {
		_cleanup_buf_ struct buf image = {0};
		size_t n_good = 0;

		make_image(kind, &image);
		/* In memory of its own, so that a step too far is seen. */
		for (size_t n = 0; n < image.n; n += n < image.n - 3000 && n > 1000 ? 61 : 1) {
			struct buf cut = {.v = xmalloc(n + 1), .n = n};
			struct kernel_image i;

			memcpy(cut.v, image.v, n);
			if (parse(&cut, &i) == 0) {
				n_good++;
				assert_string_equal(i.release, IMAGE_RELEASE);
				kernel_image_free(&i);
			} else {
				assert_true(said.n > 0);
			}
			free(cut.v);
		}
		assert_true(n_good <= 128);
	}
}

static void flipped_bits_do_no_harm(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < N_KINDS; kind++) {
		_cleanup_buf_ struct buf image = {0};

		make_image(kind, &image);
		for (size_t at = 0; at < image.n; at++) {
			struct kernel_image i;

			/* The zeros between are not interesting. */
			if (!image.v[at] && at % 97)
				continue;
			image.v[at] ^= (char)(1 << at % 8);
			if (parse(&image, &i) == 0)
				kernel_image_free(&i);
			else
				assert_true(said.n > 0);
			image.v[at] ^= (char)(1 << at % 8);
		}
	}
}

static int set_up(void **state)
{
	(void)state;
	message_set_sink(keep_message, NULL);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(x86_images_are_unpacked),
		cmocka_unit_test(arm64_images_are_unpacked),
		cmocka_unit_test(s390x_images_are_searched),
		cmocka_unit_test(elf_says_its_architecture),
		cmocka_unit_test(a_kernel_may_have_no_types),
		cmocka_unit_test(other_files_are_refused),
		cmocka_unit_test(programs_and_modules_are_no_kernels),
		cmocka_unit_test(packing_again_and_again_ends),
		cmocka_unit_test(what_grows_too_large_is_refused),
		cmocka_unit_test(unpacking_stops_at_the_limit_and_takes_what_fits),
		cmocka_unit_test(truncated_images_are_refused),
		cmocka_unit_test(flipped_bits_do_no_harm),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
