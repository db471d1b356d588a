/*
 * Kernel images as they are shipped: what is inside of them. All of it is outside data.
 */
#ifndef SKEP_KERNEL_IMAGE_H
#define SKEP_KERNEL_IMAGE_H

#include "base/arch.h"
#include "base/str.h"

/* Bytes; an image is refused when it, or what is in it, is larger. */
#define KERNEL_IMAGE_MAX ((size_t)1 << 30)

struct kernel_image {
	const struct arch *arch;
	struct buf boot; /* what QEMU starts: an ELF (x86-64), a raw Image (arm64) */
	struct buf btf;	 /* raw, not yet checked; n is 0 when the kernel has none */
	char *release;	 /* from "Linux version …" in it; "" when it is not there */
};

/*
 * Unpacks a vmlinuz or bzImage (gzip, xz, zstd, lz4), an ELF vmlinux, an arm64 Image (raw, gzip, or
 * an EFI zboot), ppc64le's ELF or s390x's. -EBADMSG or -EOPNOTSUPP after a message for what is no
 * kernel, or packed in a way that is not known.
 */
int kernel_image_read(const char *path, struct kernel_image *ret);
/* The same for bytes, of which at most limit are unpacked; path is for messages. */
int kernel_image_parse(const char *path, const void *data, size_t size, size_t limit,
		       struct kernel_image *ret);
/* Whether bytes are, by their headers, something that this reads. */
bool kernel_image_is(const void *data, size_t size);
void kernel_image_free(struct kernel_image *i);
#define _cleanup_kernel_image_ _cleanup_(kernel_image_free)

#endif
