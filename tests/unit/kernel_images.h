/* Small kernel images, as the kernel's build would make them of very little. */
#ifndef SKEP_TESTS_KERNEL_IMAGES_H
#define SKEP_TESTS_KERNEL_IMAGES_H

#include <elf.h>
#include <endian.h>
#include <lz4.h>
#include <lzma.h>
#include <stdint.h>
#include <zlib.h>
#include <zstd.h>

#include "base/str.h"

#define IMAGE_RELEASE "6.12.9+test-amd64"

static inline void put_le32(struct buf *b, uint32_t v)
{
	v = htole32(v);
	buf_add(b, &v, sizeof(v));
}

static inline void set_le32(struct buf *b, size_t at, uint32_t v)
{
	v = htole32(v);
	memcpy(b->v + at, &v, sizeof(v));
}

/* Bytes of one value, up to a place. */
static inline void pad_to(struct buf *b, size_t n)
{
	while (b->n < n)
		buf_putc(b, '\0');
}

/* BTF with one type, an int called as it is said. */
static inline void put_btf(struct buf *b, const char *name, bool big_endian)
{
	const uint32_t strings = (uint32_t)strlen(name) + 2;
	const uint32_t words[] = {24, 0, 16, 16, strings, 1, 1u << 24, 4, 32};

	buf_add(b, big_endian ? "\xeb\x9f\x01\0" : "\x9f\xeb\x01\0", 4);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		uint32_t v = big_endian ? htobe32(words[i]) : htole32(words[i]);

		buf_add(b, &v, 4);
	}
	buf_putc(b, '\0');
	buf_add(b, name, strlen(name) + 1);
}

/* What tells a kernel from other programs. */
static inline void put_banner(struct buf *b)
{
	buf_puts(b, "Linux version %s (%s)\n");
	buf_puts(b, "Linux version " IMAGE_RELEASE " (debian-kernel@lists.debian.org) #1\n");
}

/* An ELF file of little endian with sections .rodata and, unless it is NULL, another. */
static inline void put_kernel_elf(struct buf *b, uint16_t type, uint16_t machine, bool banner,
				  const char *section, const struct buf *content)
{
	static const char names[] = "\0.shstrtab\0.rodata\0";
	_cleanup_buf_ struct buf rodata = {0}, strings = {0};
	Elf64_Ehdr h = {.e_type = type,
			.e_machine = machine,
			.e_version = 1,
			.e_ehsize = sizeof(h),
			.e_shentsize = sizeof(Elf64_Shdr),
			.e_shnum = section ? 4 : 3,
			.e_shstrndx = 1};
	Elf64_Shdr s[4] = {0};
	size_t at = sizeof(h) + sizeof(s);

	buf_puts(&rodata, "some code and data; ");
	for (int i = 0; i < 200; i++)
		buf_printf(&rodata, "%d, ", i * i);
	if (banner)
		put_banner(&rodata);
	buf_add(&strings, names, sizeof(names) - 1);
	buf_add(&strings, section ? section : "", section ? strlen(section) + 1 : 1);
	memcpy(h.e_ident, ELFMAG, SELFMAG);
	h.e_ident[EI_CLASS] = ELFCLASS64;
	h.e_ident[EI_DATA] = ELFDATA2LSB;
	h.e_ident[EI_VERSION] = 1;
	h.e_shoff = sizeof(h);
	s[1] = (Elf64_Shdr){
		.sh_name = 1, .sh_type = SHT_STRTAB, .sh_offset = at, .sh_size = strings.n};
	s[2] = (Elf64_Shdr){.sh_name = 11,
			    .sh_type = SHT_PROGBITS,
			    .sh_offset = at + strings.n,
			    .sh_size = rodata.n};
	s[3] = (Elf64_Shdr){.sh_name = sizeof(names) - 1,
			    .sh_type = SHT_PROGBITS,
			    .sh_offset = at + strings.n + rodata.n,
			    .sh_size = content ? content->n : 0};
	buf_add(b, &h, sizeof(h));
	buf_add(b, s, sizeof(s));
	buf_add(b, strings.v, strings.n);
	buf_add(b, rodata.v, rodata.n);
	if (content)
		buf_add(b, content->v, content->n);
}

/* A vmlinux with types in which an int has that name; without any when it is NULL. */
static inline void put_vmlinux(struct buf *b, uint16_t machine, const char *type)
{
	_cleanup_buf_ struct buf btf = {0};

	if (type)
		put_btf(&btf, type, false);
	put_kernel_elf(b, ET_EXEC, machine, true, type ? ".BTF" : NULL, type ? &btf : NULL);
}

/* A raw Image of arm64. */
static inline void put_raw_image(struct buf *b, const char *type)
{
	pad_to(b, 56);
	buf_puts(b, "ARM\x64");
	pad_to(b, 200);
	put_banner(b);
	/* A module's types, in a kernel's data: smaller. */
	put_btf(b, "x", false);
	pad_to(b, 1000);
	if (type)
		put_btf(b, type, false);
	pad_to(b, b->n + 100);
}

/* --- packing */

static inline void put_gzip(struct buf *b, const struct buf *in)
{
	z_stream z = {.next_in = (Bytef *)in->v, .avail_in = (uInt)in->n};
	size_t room = in->n + 1000;

	vec_reserve(b, b->n + room + 1);
	z.next_out = (Bytef *)b->v + b->n;
	z.avail_out = (uInt)room;
	if (deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + 16, 8, 0) != Z_OK ||
	    deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	b->n += room - z.avail_out;
	deflateEnd(&z);
}

static inline void put_zstd(struct buf *b, const struct buf *in)
{
	size_t room = ZSTD_compressBound(in->n), n;

	vec_reserve(b, b->n + room + 1);
	n = ZSTD_compress(b->v + b->n, room, in->v, in->n, 3);
	if (ZSTD_isError(n))
		abort();
	b->n += n;
}

static inline void put_xz(struct buf *b, const struct buf *in)
{
	size_t room = lzma_stream_buffer_bound(in->n), n = 0;

	vec_reserve(b, b->n + room + 1);
	if (lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, (uint8_t *)in->v, in->n,
				    (uint8_t *)b->v + b->n, &n, room) != LZMA_OK)
		abort();
	b->n += n;
}

/* The old frame, in blocks of 8 MiB. */
static inline void put_lz4(struct buf *b, const struct buf *in)
{
	put_le32(b, 0x184c2102);
	for (size_t at = 0; at < in->n;) {
		int size = in->n - at < (8 << 20) ? (int)(in->n - at) : 8 << 20;
		int room = LZ4_compressBound(size), n;

		put_le32(b, 0);
		vec_reserve(b, b->n + (size_t)room + 1);
		n = LZ4_compress_default(in->v + at, b->v + b->n, size, room);
		set_le32(b, b->n - 4, (uint32_t)n);
		b->n += (size_t)n;
		at += (size_t)size;
	}
}

static const struct image_packing {
	const char *name;
	void (*put)(struct buf *b, const struct buf *in);
} image_packings[] = {
	{"gzip", put_gzip},
	{"zstd", put_zstd},
	{"xz", put_xz},
	{"lz4", put_lz4},
};

/* A bzImage around something packed; x86's build appends what is unpacked's size. */
static inline void put_bzimage(struct buf *b, const struct image_packing *p, const struct buf *in)
{
	const size_t sectors = 3, offset = 100;
	size_t at, start = b->n;

	pad_to(b, (sectors + 1) * 512 + offset);
	memcpy(b->v, "MZ", 2);
	b->v[0x1f1] = (char)sectors;
	memcpy(b->v + 0x202, "HdrS\x0f\x02", 6);
	at = b->n;
	p->put(b, in);
	put_le32(b, (uint32_t)in->n);
	set_le32(b, start + 0x248, offset);
	set_le32(b, start + 0x24c, (uint32_t)(b->n - at));
	buf_puts(b, "and what follows");
}

/* EFI's. */
static inline void put_zboot(struct buf *b, const struct image_packing *p, const struct buf *in)
{
	size_t at;

	pad_to(b, 512);
	memcpy(b->v, "MZ\0\0zimg", 8);
	at = b->n;
	p->put(b, in);
	set_le32(b, 8, (uint32_t)at);
	set_le32(b, 12, (uint32_t)(b->n - at));
	put_le32(b, (uint32_t)in->n);
}

/* One of s390x: code, among which there are bytes as a packed kernel begins with, then the packed
 * kernel. */
static inline void put_s390(struct buf *b, const struct image_packing *p, const char *type)
{
	_cleanup_buf_ struct buf in = {0};

	pad_to(&in, 5000);
	put_banner(&in);
	if (type)
		put_btf(&in, type, true);
	pad_to(b, 0x10008);
	buf_puts(b, "S390EP");
	pad_to(b, 0x11000);
	buf_puts(b, "\x1f\x8b\x08 no gzip \x28\xb5\x2f\xfd no zstd");
	p->put(b, &in);
	pad_to(b, b->n + 64);
}

#endif
